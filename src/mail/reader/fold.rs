//! Quotes and signatures, found so that pages can fold them. Nothing is ever taken away: a span says where.

/// A stretch of text that pages show folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Byte offset of its first line.
    pub start: usize,
    /// Byte offset behind its last line.
    pub end: usize,
    /// What it is.
    pub kind: FoldKind,
}

/// What a folded stretch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// An earlier mail, quoted.
    Quote,
    /// The writer's signature.
    Signature,
}

/// Finds quotes and signatures in a mail's text, in their order, without overlap. A text that would be folded away
/// whole is not folded: somebody wrote below or between, or only passed a mail on.
pub fn fold_spans(text: &str) -> Vec<Fold> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push(Line { start, end: start + line.len(), text: line.trim_end() });
        start += line.len();
    }
    let mut kinds: Vec<Option<FoldKind>> = vec![None; lines.len()];
    quotes(&lines, &mut kinds);
    signature(&lines, &mut kinds);
    let left =
        lines.iter().zip(&kinds).any(|(l, k)| k.is_none() && l.text.chars().any(char::is_alphanumeric));
    if !left {
        return Vec::new();
    }
    let mut folds: Vec<Fold> = Vec::new();
    for (line, kind) in lines.iter().zip(&kinds) {
        let Some(kind) = *kind else { continue };
        match folds.last_mut() {
            Some(fold) if fold.end == line.start && fold.kind == kind => fold.end = line.end,
            _ => folds.push(Fold { start: line.start, end: line.end, kind }),
        }
    }
    folds
}

struct Line<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with(['>', '＞', '｜', '|', '≫'])
}

fn quotes(lines: &[Line<'_>], kinds: &mut [Option<FoldKind>]) {
    let quote = Some(FoldKind::Quote);
    for (n, line) in lines.iter().enumerate() {
        if is_quoted(line.text) {
            kinds[n] = quote;
            // blank lines between quoted ones belong to them
            let gap = kinds[..n].iter().rposition(|k| *k == quote);
            if let Some(before) = gap
                && lines[before + 1..n].iter().all(|l| l.text.trim().is_empty())
            {
                kinds[before + 1..n].fill(quote);
            } else {
                introduction(lines, n, kinds);
            }
        } else if begins_original(lines, n) {
            // everything below an original's header is the original
            kinds[n..].fill(quote);
            return;
        }
    }
}

/// Marks the one or two lines above a quote that say whose words it has.
fn introduction(lines: &[Line<'_>], quote: usize, kinds: &mut [Option<FoldKind>]) {
    let Some(last) = lines[..quote].iter().rposition(|l| !l.text.trim().is_empty()) else { return };
    if quote - last > 2 || kinds[last].is_some() {
        return;
    }
    let one = lines[last].text.trim();
    let above = last.checked_sub(1).filter(|n| kinds[*n].is_none()).map_or("", |n| lines[n].text.trim());
    // a long introduction was wrapped before its address or its verb
    let wrapped = !above.is_empty()
        && (one.starts_with('<') || above.starts_with("On "))
        && above.chars().any(|c| c.is_ascii_digit());
    let first = if wrapped && says_who_wrote(&format!("{above} {one}")) {
        last - 1
    } else if says_who_wrote(one) {
        last
    } else {
        return;
    };
    kinds[first..quote].fill(Some(FoldKind::Quote));
}

/// `2024/05/01 10:00、花子 <a@example.jp>のメール:`, `花子さんは書きました:`, `On …, Hanako wrote:`.
fn says_who_wrote(line: &str) -> bool {
    let line = line.trim().trim_end_matches([':', '：', '。', ' ']);
    if line.chars().count() > 200 {
        return false;
    }
    let ends = [
        "wrote",
        "writes",
        "書きました",
        "のメール",
        "のメッセージ",
        "からのメール",
        "より",
        "wrote in message",
        "さん曰く",
    ];
    let digits = line.chars().filter(char::is_ascii_digit).count();
    ends.iter().any(|e| line.ends_with(e)) || (digits >= 6 && line.ends_with('>') && line.contains('@'))
}

/// Whether an earlier mail follows below with its own header, as Outlook and its kin write it.
fn begins_original(lines: &[Line<'_>], n: usize) -> bool {
    let line = lines[n].text.trim();
    let marked = line.trim_matches(['-', '－', '―', ' ', '_']);
    let original = [
        "Original Message",
        "Original message",
        "元のメッセージ",
        "オリジナルメッセージ",
        "Reply Message",
        "Original Appointment",
    ];
    if line.starts_with(['-', '－', '―', '_']) && original.contains(&marked) {
        return true;
    }
    let label = |line: &str, names: &[&str]| {
        let line = line.trim().trim_start_matches('*');
        names.iter().any(|name| {
            line.strip_prefix(name)
                .is_some_and(|r| r.trim_start_matches(['*', ' ', '\u{3000}']).starts_with([':', '：']))
        })
    };
    if !label(line, &["差出人", "From", "送信者", "送信元"]) {
        return false;
    }
    // a forwarded mail is what the writer wants read
    let above = lines[n.saturating_sub(2)..n].iter().any(|l| {
        let l = l.text.to_lowercase();
        l.contains("forwarded") || l.contains("転送")
    });
    let others: &[&str] =
        &["送信日時", "送信日", "日時", "日付", "宛先", "件名", "Sent", "Date", "To", "Subject", "CC", "Cc"];
    let found = lines[n + 1..].iter().take(8).filter(|l| label(l.text, others)).count();
    found >= 2 && !above
}

/// A signature is short: past this many lines it is a text.
const SIGNATURE_LINES: usize = 12;

fn signature(lines: &[Line<'_>], kinds: &mut [Option<FoldKind>]) {
    // it stands before the first quote that runs to the end, else at the very end
    let end = kinds.iter().rposition(|k| *k != Some(FoldKind::Quote)).map_or(0, |n| n + 1);
    let Some(last) = lines[..end].iter().rposition(|l| !l.text.trim().is_empty()) else { return };
    let from = last.saturating_sub(SIGNATURE_LINES);
    let dashes = lines[from..=last].iter().rposition(|l| matches!(l.text, "--" | "－－"));
    let start = dashes
        .map(|n| from + n)
        .or_else(|| drawn(lines, from, last))
        .or_else(|| (last.saturating_sub(2)..=last).find(|n| sent_from(lines[*n].text)));
    if let Some(start) = start
        && start > 0
        && kinds[start..end].iter().all(Option::is_none)
    {
        kinds[start..end].fill(Some(FoldKind::Signature));
    }
}

/// `iPhoneから送信` and its kin.
fn sent_from(line: &str) -> bool {
    let line = line.trim();
    let short = line.chars().count() <= 60;
    short
        && (line.ends_with("から送信")
            || line.ends_with("から送信されました")
            || line.starts_with("Sent from ")
            || line.contains("Outlook for ")
            || line.starts_with("Get Outlook for"))
}

/// A signature between drawn lines, or below one, with an address or a number in it.
fn drawn(lines: &[Line<'_>], from: usize, last: usize) -> Option<usize> {
    let rules: Vec<usize> = (from..=last).filter(|n| is_rule(lines[*n].text)).collect();
    let above = *rules.iter().rev().find(|n| **n < last)?;
    let closed = rules.last() == Some(&last);
    let reach = lines[above..=last].iter().any(|l| {
        ["@", "TEL", "Tel", "tel", "電話", "〒", "http", "携帯", "E-mail", "住所"]
            .iter()
            .any(|mark| l.text.contains(mark))
    });
    (reach || (closed && last - above <= 6 && last - above >= 2)).then_some(above)
}

/// A line that only draws: `━━━━━━`, `-*-*-*-*-`, `＝＝＝＝`, `☆☆☆☆☆☆`.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let count = line.chars().count();
    let drawing = |c: char| {
        !c.is_alphanumeric()
            && !c.is_whitespace()
            && !matches!(c, '。' | '、' | '「' | '」' | '(' | ')' | '>' | '.')
    };
    let mut kinds: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    count >= 6 && kinds.len() <= 4 && line.chars().all(|c| drawing(c) || c == ' ' || c == 'ー')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<(FoldKind, &str)> {
        fold_spans(text).into_iter().map(|f| (f.kind, &text[f.start..f.end])).collect()
    }

    #[test]
    fn japanese_quotes_are_found_with_the_line_that_introduces_them() {
        use FoldKind::Quote;
        for (text, quote) in [
            (
                "答えます。\n\n2024/05/01 10:00、花子 <a@example.jp>のメール:\n> 前の文\n>\n> 二行目\n",
                "2024/05/01 10:00、花子 <a@example.jp>のメール:\n> 前の文\n>\n> 二行目\n",
            ),
            ("答えます。\n花子さんは書きました：\n＞前の文\n", "花子さんは書きました：\n＞前の文\n"),
            (
                "Yes.\n\nOn Wed, 1 May 2024 at 10:00, Hanako\n<a@example.jp> wrote:\n\n> before\n",
                "On Wed, 1 May 2024 at 10:00, Hanako\n<a@example.jp> wrote:\n\n> before\n",
            ),
            (
                "答えます。\n2024年5月1日(水) 10:00 花子 <a@example.jp>:\n> 前\n",
                "2024年5月1日(水) 10:00 花子 <a@example.jp>:\n> 前\n",
            ),
            (
                "答えます。\n-----Original Message-----\nFrom: a\n前の文\n",
                "-----Original Message-----\nFrom: a\n前の文\n",
            ),
            (
                "答えます。\n差出人: 花子\n送信日時: 2024年5月1日\n宛先: 市長\n件名: 街灯\n\n前の文\n",
                "差出人: 花子\n送信日時: 2024年5月1日\n宛先: 市長\n件名: 街灯\n\n前の文\n",
            ),
            ("答えます。\n｜前の文\n", "｜前の文\n"),
        ] {
            assert_eq!(folded(text), [(Quote, quote)], "{text}");
        }
    }

    #[test]
    fn signatures_are_found_where_people_put_them() {
        use FoldKind::Signature;
        for (text, signature) in [
            ("本文です。\n-- \n山田花子\n", "-- \n山田花子\n"),
            ("本文です。\n\niPhoneから送信\n", "iPhoneから送信\n"),
            (
                "本文です。\n━━━━━━━━━━\n山田花子\n〒750-0000\n━━━━━━━━━━\n",
                "━━━━━━━━━━\n山田花子\n〒750-0000\n━━━━━━━━━━\n",
            ),
            ("本文です。\n-*-*-*-*-*-\n山田 TEL 083-000-0000\n", "-*-*-*-*-*-\n山田 TEL 083-000-0000\n"),
        ] {
            assert_eq!(folded(text), [(Signature, signature)], "{text}");
        }
    }

    #[test]
    fn what_somebody_wants_read_is_not_folded() {
        for text in [
            "> 全部が引用\n> です\n",
            "これを見てください。\n---------- Forwarded message ----------\nFrom: a\nDate: b\nSubject: c\nTo: d\n\n本文\n",
            "一\n二\n三\n",
            "表題\n==========\n本文がここから始まります。\nとても長い\n",
            "",
        ] {
            assert!(folded(text).is_empty(), "{text}: {:?}", folded(text));
        }
    }

    #[test]
    fn an_answer_between_quotes_stays_in_sight() {
        let text = "> 一つ目\nはい。\n> 二つ目\nいいえ。\n";
        assert_eq!(folded(text).len(), 2);
    }
}
