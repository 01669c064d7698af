//! Names that sign a letter.

use super::names::with_family_name;
use super::page::{Page, is_kanji, is_katakana};
use super::surnames::leading_surname;
use super::words::{NOBODY, NOBODY_ENDINGS};
use super::{Candidate, Confidence, PersonalKind};

/// Short lines that are a name, or a name with より: anywhere with より, without only among the last lines.
pub(super) fn find(page: &Page, found: &mut Vec<Candidate>) {
    let mut lines = Vec::new();
    let mut from = 0;
    while from <= page.len() {
        let end = page.on_while(from, usize::MAX, |c| c != '\n');
        let start = page.on_while(from, end - from, |c| c == ' ');
        let stop = page.back_while(end, end - start, |c| c == ' ');
        if stop > start {
            lines.push((start, stop));
        }
        from = end + 1;
    }
    let last = lines.len().saturating_sub(4);
    for (nth, (from, end)) in lines.into_iter().enumerate() {
        if end - from > 40 {
            continue;
        }
        signed(page, from, end, nth >= last, found);
    }
}

fn signed(page: &Page, from: usize, end: usize, among_last: bool, found: &mut Vec<Candidate>) {
    let mut stop = end;
    if page.before(stop) == ')' {
        let open = page.back_while(stop, stop - from, |c| c != '(');
        stop = if open > from + 1 { open - 1 } else { from };
        if stop == from {
            // (山田)
            stop = end - 1;
        }
    }
    let marked = ["より", "拝", "記", "敬具"].iter().find(|mark| page.ends(stop, mark));
    if let Some(mark) = marked {
        stop = (stop - mark.chars().count()).max(from);
    }
    stop = page.back_while(stop, stop - from, |c| c == ' ');
    let start = page.back_while(stop, (stop - from).min(8), |c| is_kanji(c) || is_katakana(c));
    let word = page.text(start, stop);
    let length = stop - start;
    let begins = start == from || matches!(page.before(start), ' ' | '(' | ':');
    if !(1..=8).contains(&length)
        || !begins
        || NOBODY.contains(&word.as_str())
        || NOBODY_ENDINGS.iter().any(|ending| word.ends_with(ending))
        || ["匿名", "匿名希望", "有志", "一同", "主婦", "以上", "敬具", "草々"].contains(&word.as_str())
    {
        return;
    }
    let start = with_family_name(page, start);
    let surname = leading_surname(&page.text(start, stop));
    let name_like = surname.is_some_and(|len| stop - start <= len + 4 && stop - start >= 2);
    let (confidence, why) = match (marked, name_like) {
        (Some(&"より"), true) => (Confidence::High, "署名（より）"),
        (Some(&"より"), false) if start == from && length >= 2 => (Confidence::Medium, "署名（より）"),
        (Some(_), true) => (Confidence::High, "署名"),
        (None, true) if among_last => (Confidence::Medium, "終わりの署名"),
        _ => return,
    };
    found.push(page.candidate(start, stop, PersonalKind::Name, confidence, why));
}
