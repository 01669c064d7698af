//! Full-text terms: overlapping bigrams of each run of letters and digits, so that a phrase of terms finds exactly
//! what a substring search over the folded text would, in SQLite's FTS5 and in PostgreSQL's `tsvector` alike.
//!
//! A run `待機児童` gives the terms 待機 機児 児童 童, one position each; its last character alone lets a query of one
//! character be a prefix query. Only letters and digits become terms: no quote, operator or blank of a query
//! survives, so the built expressions are safe against any input.

use super::fold::fold;
use std::fmt::Write;

/// Stands between two runs in FTS5 text, so that no phrase reaches across unless the query does. It is neither letter
/// nor digit (never part of a term) and not ASCII (a term to the `ascii` tokenizer).
const BREAK: &str = "¦";

/// More of a query than this is ignored: longer ones find the same and cost the database time.
const MAX_QUERY_CHARS: usize = 200;

/// The highest position PostgreSQL keeps apart in a `tsvector`.
const MAX_POSITION: usize = 16_383;

/// The terms of a text for a contentless FTS5 table with `tokenize='ascii'`. Takes the text as written; folds it.
pub fn terms(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len() * 3);
    for (nth, run) in runs(&folded).enumerate() {
        if nth > 0 {
            out.push(' ');
            out.push_str(BREAK);
            out.push(' ');
        }
        for (nth, term) in bigrams(run).enumerate() {
            if nth > 0 {
                out.push(' ');
            }
            out.push_str(term);
        }
    }
    out
}

/// An FTS5 `MATCH` expression for what a person typed: each word a phrase, all words required; `None` when there is
/// no letter or digit in it.
pub fn fts5_query(typed: &str) -> Option<String> {
    let mut query = String::new();
    for word in words(typed) {
        if !query.is_empty() {
            query.push_str(" AND ");
        }
        query.push('"');
        for (nth, (gap, term)) in word.terms.iter().enumerate() {
            if nth > 0 {
                query.push(' ');
            }
            if *gap > 1 {
                query.push_str(BREAK);
                query.push(' ');
            }
            query.push_str(term);
        }
        query.push('"');
        if word.ends_in_prefix {
            query.push('*');
        }
    }
    (!query.is_empty()).then_some(query)
}

/// A `tsvector` literal of the text, to be cast with `::tsvector` (never `to_tsvector`: its parser depends on the
/// server's locale). Phrases are exact while PostgreSQL counts: for the first 16,383 positions, and the first 255
/// places of one term. A text far longer than that is better indexed in parts.
pub fn tsvector_literal(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::with_capacity(folded.len() * 4);
    let mut position = 0;
    for run in runs(&folded) {
        for term in bigrams(run) {
            position += 1;
            let sep = if out.is_empty() { "" } else { " " };
            let _ = write!(out, "{sep}'{term}':{}", position.min(MAX_POSITION));
        }
        position += 1; // the break
    }
    out
}

/// A `tsquery` literal (cast with `::tsquery`) that finds in [`tsvector_literal`] what [`fts5_query`] finds in
/// [`terms`].
pub fn tsquery_literal(typed: &str) -> Option<String> {
    let mut query = String::new();
    for word in words(typed) {
        if !query.is_empty() {
            query.push_str(" & ");
        }
        for (nth, (gap, term)) in word.terms.iter().enumerate() {
            match (nth, gap) {
                (0, _) => {}
                (_, 1) => query.push_str("<->"),
                (_, gap) => {
                    let _ = write!(query, "<{gap}>");
                }
            }
            let _ = write!(query, "'{term}'");
        }
        if word.ends_in_prefix {
            query.push_str(":*");
        }
    }
    (!query.is_empty()).then_some(query)
}

/// One word of a query as terms, each with its distance from the term before it (2 across a break).
struct Word {
    terms: Vec<(usize, String)>,
    /// The last term is a single character and may begin a longer term.
    ends_in_prefix: bool,
}

fn words(typed: &str) -> Vec<Word> {
    let cut: String = typed.chars().take(MAX_QUERY_CHARS).collect();
    let folded = fold(&cut);
    let mut found = Vec::new();
    for word in folded.split_whitespace() {
        let mut terms = Vec::new();
        let mut runs = runs(word).peekable();
        let mut ends_in_prefix = false;
        while let Some(run) = runs.next() {
            let count = run.chars().count();
            // Inside the word a run must end where the text's run ends; the last one may go on.
            let keep = if runs.peek().is_some() || count == 1 { count } else { count - 1 };
            ends_in_prefix = runs.peek().is_none() && count == 1;
            for (nth, term) in bigrams(run).take(keep).enumerate() {
                let gap = if nth == 0 && !terms.is_empty() { 2 } else { 1 };
                terms.push((gap, term.to_owned()));
            }
        }
        if !terms.is_empty() {
            found.push(Word { terms, ends_in_prefix });
        }
    }
    found
}

/// Stretches of letters and digits.
fn runs(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !in_a_run(c)).filter(|run| !run.is_empty())
}

fn in_a_run(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{3041}'..='\u{3096}' | '\u{4e00}'..='\u{9fff}' => true,
        _ => c.is_alphanumeric(),
    }
}

/// Every two neighbouring characters, then the last one alone.
fn bigrams(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run.chars();
    std::iter::from_fn(move || {
        let here = rest.as_str();
        let first = rest.next()?.len_utf8();
        let second = rest.clone().next().map_or(0, char::len_utf8);
        Some(&here[..first + second])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terms_are_bigrams_with_the_last_character_alone_and_breaks_between_runs() {
        assert_eq!(terms("待機児童、ゼロ"), "待機 機児 児童 童 ¦ ぜろ ろ");
        assert_eq!(terms("  "), "");
        assert_eq!(tsvector_literal("待機、ゼロ"), "'待機':1 '機':2 'ぜろ':4 'ろ':5");
    }

    #[test]
    fn a_word_becomes_a_phrase_and_a_single_character_a_prefix() {
        assert_eq!(fts5_query("待機児童").as_deref(), Some("\"待機 機児 児童\""));
        assert_eq!(fts5_query("待機　防災").as_deref(), Some("\"待機\" AND \"防災\""));
        assert_eq!(fts5_query("騒").as_deref(), Some("\"騒\"*"));
        assert_eq!(tsquery_literal("待機児童 騒").as_deref(), Some("'待機'<->'機児'<->'児童' & '騒':*"));
        assert_eq!(tsquery_literal("3-45").as_deref(), Some("'3'<2>'45'"));
        assert_eq!(fts5_query("「」 -- * \" '"), None);
        assert_eq!(tsquery_literal("' | !*"), None);
    }

    #[test]
    fn positions_stop_where_postgresql_stops() {
        let long = tsvector_literal(&"あい".repeat(10_000));
        assert!(long.ends_with("'い':16383"));
    }

    /// What the database does with FTS5 text and an expression of ours.
    fn matches(text: &str, query: &str) -> bool {
        let text = terms(text);
        let tokens: Vec<&str> = text.split(' ').collect();
        query.split(" AND ").all(|phrase| {
            let prefix = phrase.ends_with('*');
            let phrase: Vec<&str> = phrase.trim_matches(['"', '*']).split(' ').collect();
            tokens.windows(phrase.len()).any(|window| {
                window.iter().zip(&phrase).enumerate().all(|(nth, (token, want))| {
                    if prefix && nth + 1 == phrase.len() { token.starts_with(want) } else { token == want }
                })
            })
        })
    }

    /// What the database does with a `tsvector` and a `tsquery` of ours.
    fn pg_matches(text: &str, query: &str) -> bool {
        let vector = tsvector_literal(text);
        let vector: Vec<(&str, usize)> = vector
            .split(' ')
            .filter_map(|entry| entry.rsplit_once(':'))
            .map(|(term, at)| (term.trim_matches('\''), at.parse().unwrap()))
            .collect();
        query.split(" & ").all(|phrase| {
            let (phrase, prefix) = phrase.strip_suffix(":*").map_or((phrase, false), |p| (p, true));
            let marked = phrase.replace("<->", "<1>");
            let mut wanted = Vec::new();
            let mut offset = 0;
            for (nth, part) in marked.split('<').enumerate() {
                let (gap, term) = if nth == 0 { ("0", part) } else { part.split_once('>').unwrap() };
                offset += gap.parse::<usize>().unwrap();
                wanted.push((term.trim_matches('\''), offset));
            }
            (0..vector.len()).any(|start| {
                wanted.iter().enumerate().all(|(nth, (want, offset))| {
                    vector.iter().any(|(term, at)| {
                        *at == vector[start].1 + offset
                            && if prefix && nth + 1 == wanted.len() {
                                term.starts_with(want)
                            } else {
                                term == want
                            }
                    })
                })
            })
        })
    }

    /// The truth: every word, its runs joined by one mark, is a substring of the text's runs joined the same way.
    fn contains(text: &str, typed: &str) -> bool {
        let joined = |text: &str| runs(text).collect::<Vec<_>>().join("|");
        let text = joined(&fold(text));
        fold(typed).split_whitespace().all(|word| text.contains(&joined(word)))
    }

    proptest! {
        #[test]
        fn a_query_finds_exactly_what_a_substring_search_finds(
            text in "[あいア1２a、-]{0,14}",
            typed in "[あいｱ12A、 -]{1,5}",
        ) {
            match (fts5_query(&typed), tsquery_literal(&typed)) {
                (Some(fts), Some(pg)) => {
                    prop_assert_eq!(matches(&text, &fts), contains(&text, &typed), "fts5 {}", fts);
                    prop_assert_eq!(pg_matches(&text, &pg), contains(&text, &typed), "pg {}", pg);
                }
                (None, None) => {}
                other => prop_assert!(false, "{other:?}"),
            }
        }

        #[test]
        fn no_input_breaks_out_of_the_quotes(typed in "\\PC{0,40}") {
            if let Some(query) = fts5_query(&typed) {
                let inside = query.replace(" AND ", "").replace(['"', '*', ' '], "");
                prop_assert!(inside.chars().all(|c| c.is_alphanumeric() || c == '¦'));
            }
            if let Some(query) = tsquery_literal(&typed) {
                let inside = query.replace("<->", "").replace(['<', '>', '\'', ' ', '&', '*', ':'], "");
                prop_assert!(inside.chars().all(char::is_alphanumeric));
            }
        }
    }
}
