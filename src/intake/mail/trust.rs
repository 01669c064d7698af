//! How far a mail's From may be believed: only what the city's own mail server wrote on top counts.

use crate::text_enum;

text_enum! {
    /// What the city's own mail server found out about the sender's domain (DMARC).
    pub enum Dmarc {
        Pass = "pass" => "送信元を確認できました",
        Fail = "fail" => "送信元の確認に失敗しました",
        None = "none" => "送信元は確認できません",
    }
}

/// The server's finding, from the Authentication-Results of a mail, topmost first. Fields count from the top as long as
/// they carry our server's name; anything below may have been written by the sender. Without a name in the settings
/// nothing is believed.
pub fn dmarc(fields: &[String], own_id: &str) -> Dmarc {
    if own_id.is_empty() {
        return Dmarc::None;
    }
    for field in fields {
        let plain = without_comments(field);
        let mut parts = plain.split(';');
        let id = parts.next().and_then(|first| first.split_whitespace().next()).unwrap_or_default();
        if !id.eq_ignore_ascii_case(own_id) {
            return Dmarc::None;
        }
        for part in parts {
            let Some((method, rest)) = part.trim().split_once('=') else { continue };
            if !method.trim().eq_ignore_ascii_case("dmarc") {
                continue;
            }
            let result = rest.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
            return match result.as_str() {
                "pass" => Dmarc::Pass,
                "fail" => Dmarc::Fail,
                _ => Dmarc::None,
            };
        }
    }
    Dmarc::None
}

/// The field without what stands in brackets, where a sender's words may be repeated.
fn without_comments(field: &str) -> String {
    let (mut plain, mut depth) = (String::with_capacity(field.len()), 0_usize);
    for c in field.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[&str]) -> Dmarc {
        let fields: Vec<String> = fields.iter().map(|f| (*f).to_owned()).collect();
        dmarc(&fields, "mx.city.example.lg.jp")
    }

    #[test]
    fn rule_28_only_the_top_results_of_our_own_server_count() {
        let own = "mx.city.example.lg.jp; spf=pass smtp.mailfrom=a@example.jp; dmarc=fail (p=none) header.from=example.jp";
        assert_eq!(of(&[own]), Dmarc::Fail);
        assert_eq!(of(&["mx.city.example.lg.jp 1; dmarc=pass header.from=example.jp"]), Dmarc::Pass);
        // two filters of our server, then what the sender wrote
        let forged = "mx.city.example.lg.jp; dmarc=pass";
        assert_eq!(of(&["mx.city.example.lg.jp; dkim=none", own, forged]), Dmarc::Fail);
        assert_eq!(of(&["mx.example.com; dmarc=pass", forged]), Dmarc::None, "a stranger's field on top");
        assert_eq!(of(&["mx.city.example.lg.jp; spf=none (dmarc=pass; dmarc=pass)"]), Dmarc::None);
        assert_eq!(of(&[]), Dmarc::None);
        assert_eq!(dmarc(&[forged.to_owned()], ""), Dmarc::None, "no server named, nobody believed");
    }
}
