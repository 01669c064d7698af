//! What a bounce says of itself: in a delivery report (RFC 3464), or in words.

use super::super::address;

/// One recipient of a delivery report.
#[derive(Default)]
pub(super) struct Report {
    pub(super) recipient: Option<String>,
    pub(super) status: Option<String>,
    pub(super) action: String,
    pub(super) diagnostic: Option<String>,
}

/// The first failed recipient of a delivery report (RFC 3464), else the first one named.
pub(super) fn failed_recipient(delivery: &str) -> Option<Report> {
    let mut reports = Vec::new();
    for block in delivery.split("\n\n").take(200) {
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in block.lines() {
            match (line.starts_with([' ', '\t']), fields.last_mut()) {
                (true, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => fields.extend(
                    line.split_once(':').map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().to_owned())),
                ),
            }
        }
        let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let Some(recipient) = field("final-recipient").or_else(|| field("original-recipient")) else {
            continue;
        };
        let untyped = |v: &str| v.split_once(';').map_or(v, |(_, rest)| rest).trim().to_owned();
        // the address the city wrote to, not the one it was passed on to
        let original = field("original-recipient")
            .map(untyped)
            .and_then(|a| address::address(a.trim_matches(['<', '>'])));
        reports.push(Report {
            recipient: original.or_else(|| address::address(untyped(recipient).trim_matches(['<', '>']))),
            status: field("status")
                .and_then(status_in)
                .or_else(|| field("diagnostic-code").and_then(status_in)),
            action: field("action").unwrap_or_default().to_ascii_lowercase(),
            diagnostic: field("diagnostic-code").map(untyped).map(|d| d.chars().take(500).collect()),
        });
    }
    let failed = reports.iter().position(|r| r.action == "failed").unwrap_or(0);
    (failed < reports.len()).then(|| reports.swap_remove(failed))
}

/// An enhanced status code (RFC 3463), or what a plain reply code amounts to.
pub(super) fn status_in(text: &str) -> Option<String> {
    let enhanced = text.split(|c: char| !c.is_ascii_digit() && c != '.').find(|word| {
        let mut numbers = word.trim_matches('.').split('.');
        let class = numbers.next();
        let rest: Vec<&str> = numbers.collect();
        matches!(class, Some("2" | "4" | "5"))
            && rest.len() == 2
            && rest.iter().all(|n| (1..=3).contains(&n.len()))
    });
    enhanced.map(|w| w.trim_matches('.').to_owned()).or_else(|| {
        text.lines().find_map(code_in).map(|code| match code {
            550 | 551 | 553 => "5.1.1".to_owned(),
            552 => "5.2.2".to_owned(),
            400..=499 => "4.0.0".to_owned(),
            _ => "5.0.0".to_owned(),
        })
    })
}

/// An SMTP reply code in a line: a number of three digits that a server would refuse with.
pub(super) fn code_in(line: &str) -> Option<u32> {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|w| w.len() == 3)
        .filter_map(|w| w.parse().ok())
        .find(|n| matches!(n, 421 | 450..=452 | 550..=554))
}

/// The first address in a text that is not the machine's own.
pub(super) fn address_in(text: &str, own: Option<&str>) -> Option<String> {
    let edges = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '「' | '」' | '、' | '。')
    };
    text.split(edges)
        .filter(|w| w.contains('@'))
        .filter_map(|w| address::address(w.trim_matches(['.', '\'', '[', ']'])))
        .find(|a| a.is_ascii() && own.is_none_or(|own| !own.eq_ignore_ascii_case(a)))
}

/// The Message-ID in a header that was copied into a text.
pub(super) fn id_in(text: &str) -> Option<String> {
    let line = text.lines().find(|l| {
        let l = l.trim_start_matches([' ', '>', '\t']).as_bytes();
        l.get(..11).is_some_and(|name| name.eq_ignore_ascii_case(b"message-id:"))
    })?;
    address::ids(line.split_once(':')?.1.as_bytes()).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_who_failed_and_why() {
        let report = failed_recipient(
            "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ok@example.jp\nAction: relayed\nStatus: 2.0.0\n\n\
             Final-Recipient: rfc822;hanako@example.jp\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1\n user unknown\n",
        )
        .expect("a report");
        assert_eq!(report.recipient.as_deref(), Some("hanako@example.jp"));
        assert_eq!((report.status.as_deref(), report.action.as_str()), (Some("5.1.1"), "failed"));
        assert_eq!(report.diagnostic.as_deref(), Some("550 5.1.1 user unknown"));
    }

    #[test]
    fn codes_are_found_in_what_servers_say() {
        for (text, status) in [
            ("host said: 550 5.1.1 <a@example.jp>: no such user", Some("5.1.1")),
            ("550 Unknown user", Some("5.1.1")),
            ("452 try later", Some("4.0.0")),
            ("Version 5.1 of 2024.05.01, 192.0.2.1", None),
            ("電話 083-555-1234", None),
        ] {
            assert_eq!(status_in(text).as_deref(), status, "{text}");
        }
    }
}
