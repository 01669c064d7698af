//! Addresses and Message-IDs in header fields.
//!
//! Who is answered depends on them, so nothing is decoded inside an address and nothing doubtful becomes one.

use super::charset::{self, Charset};
use super::fields::unfolded;
use super::reading::{Correspondent, Warning};
use super::words;

/// People of a field and what was odd about them.
#[derive(Debug, Default)]
pub(super) struct People {
    /// In their order.
    pub list: Vec<Correspondent>,
    /// What staff should know.
    pub warnings: Vec<Warning>,
    /// Whether a character set was guessed.
    pub guessed: bool,
    /// Whether some were left out for their number.
    pub cut: bool,
}

/// Reads an address field as it stands in the header.
pub(super) fn people(value: &[u8], others: &[Charset], most: usize) -> People {
    let mut out = People::default();
    let value = unfolded(value);
    // octets of a raw name can look like commas and brackets: they are text before they are cut
    let raw = !value.is_ascii() || value.contains(&0x1B);
    let text = charset::read(&value, None, others).text;
    out.guessed = raw;
    for piece in mailboxes(&text) {
        if out.list.len() >= most {
            out.cut = true;
            break;
        }
        out.list.extend(person(piece, others, &mut out.warnings));
    }
    out
}

/// Cuts a list at its commas, outside quotes, comments and angle brackets; a group's name is dropped.
fn mailboxes(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (mut quoted, mut angle, mut depth, mut escaped, mut at_seen) =
                (false, false, 0usize, false, false);
            let mut cut = (rest.len(), rest.len());
            let mut group = false;
            for (n, c) in rest.char_indices() {
                if escaped {
                    escaped = false;
                    continue;
                }
                match c {
                    '\\' if quoted || depth > 0 => escaped = true,
                    '"' if depth == 0 => quoted = !quoted,
                    _ if quoted => {}
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ if depth > 0 => {}
                    '<' => angle = true,
                    '>' => angle = false,
                    '@' => at_seen = true,
                    ':' if !angle && !at_seen => {
                        (cut, group) = ((n, n + 1), true);
                        break;
                    }
                    ',' | ';' if !angle => {
                        cut = (n, n + 1);
                        break;
                    }
                    _ => {}
                }
            }
            // a quote or bracket that is never closed must not swallow everyone behind it
            if cut.0 == rest.len()
                && (quoted || angle || depth > 0)
                && let Some(n) = rest.find(',')
            {
                cut = (n, n + 1);
            }
            let piece = rest[..cut.0].trim();
            rest = &rest[cut.1..];
            if !group && !piece.is_empty() {
                return Some(piece);
            }
        }
        None
    })
}

fn person(written: &str, others: &[Charset], warnings: &mut Vec<Warning>) -> Option<Correspondent> {
    let (mut name, inside, comment) = taken_apart(written);
    if name.is_empty() {
        name = comment;
    }
    let decode = |text: &str| words::decode(text.as_bytes(), others).text.trim().to_owned();
    let address = address(&inside);
    let as_written = decode(written);
    if address.is_none() {
        let warning = if inside.contains("=?") && inside.contains('@') {
            Warning::EncodedAddress
        } else {
            Warning::BadAddress
        };
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    let name = match (address.is_some(), name.is_empty()) {
        (false, true) => as_written.clone(),
        _ => decode(&name),
    };
    (!as_written.is_empty()).then_some(Correspondent { name, address, as_written })
}

/// The name, what stands in angle brackets (or the whole, without a bracket), and the comments.
fn taken_apart(written: &str) -> (String, String, String) {
    let (mut plain, mut inside, mut comment) = (String::new(), String::new(), String::new());
    let (mut quoted, mut angle, mut had_angle, mut depth, mut escaped) = (false, false, false, 0usize, false);
    let mut had_quote = false;
    for c in written.chars() {
        let target = if depth > 0 {
            &mut comment
        } else if angle {
            &mut inside
        } else {
            &mut plain
        };
        if escaped {
            escaped = false;
            target.push(c);
            continue;
        }
        match c {
            // in an address the backslash and the quotes are part of it
            '\\' if depth > 0 || (quoted && !angle) => escaped = true,
            '"' if depth == 0 => {
                quoted = !quoted;
                had_quote = true;
                target.push('"');
            }
            _ if quoted => target.push(c),
            '(' => {
                depth += 1;
                if depth > 1 {
                    comment.push(c);
                }
            }
            ')' if depth > 0 => {
                depth -= 1;
                if depth > 0 {
                    comment.push(c);
                }
            }
            _ if depth > 0 => comment.push(c),
            '<' if !angle => {
                // the last pair of brackets holds the address; earlier ones belong to the name
                if had_angle {
                    plain.push_str(&std::mem::take(&mut inside));
                }
                (angle, had_angle) = (true, true);
            }
            '>' if angle => angle = false,
            _ => target.push(c),
        }
    }
    let comment = comment.trim().to_owned();
    if !had_angle {
        return (String::new(), plain.trim().to_owned(), comment);
    }
    let name = if had_quote { plain.replace('"', "") } else { plain };
    (name.trim().to_owned(), inside.trim().to_owned(), comment)
}

/// An address that mail can be sent to, as it is written on an envelope; quotes that only a strict parser needs
/// (`"a..b"@docomo.ne.jp`) are taken off, as carriers' customers write it.
pub(super) fn address(text: &str) -> Option<String> {
    let text = text.trim();
    // an old source route: @relay:hanako@example.jp
    let text = if text.starts_with('@') { text.split_once(':').map_or(text, |(_, rest)| rest) } else { text };
    let (local, domain) = text.rsplit_once('@')?;
    let (local, domain) = (local.trim(), domain.trim().trim_end_matches('.'));
    let fits = |c: char| {
        c.is_ascii_graphic() && !"\"()<>,;:\\@[]".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
    };
    let local = match local.strip_prefix('"').and_then(|l| l.strip_suffix('"')) {
        Some(inner) if !inner.is_empty() && inner.chars().all(fits) => inner.to_owned(),
        Some(inner)
            if !inner.is_empty() && inner.chars().all(|c| c == ' ' || c.is_ascii_graphic() && c != '"') =>
        {
            local.to_owned()
        }
        Some(_) => return None,
        None if !local.is_empty() && local.chars().all(fits) => local.to_owned(),
        None => return None,
    };
    let label = |l: &str| {
        !l.is_empty() && l.len() <= 63 && l.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let whole = local.len() <= 128 && domain.len() <= 253 && domain.split('.').all(label);
    (whole && !local.contains("=?")).then(|| format!("{local}@{domain}"))
}

/// The ids of Message-ID, In-Reply-To or References, without their brackets, in their order.
pub(super) fn ids(value: &[u8]) -> Vec<String> {
    const MOST: usize = 500;
    const LONGEST: usize = 998;
    let text = words::decode(value, &[]).text;
    let fits = |id: &str| !id.is_empty() && id.len() <= LONGEST;
    let squeezed = |id: &str| id.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let mut ids: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while let Some(open) = rest.find('<') {
        let Some(length) = rest[open + 1..].find('>') else { break };
        let id = squeezed(&rest[open + 1..open + 1 + length]);
        let id = id.rsplit('<').next().unwrap_or_default().to_owned();
        if fits(&id) {
            ids.push(id);
        }
        rest = &rest[open + length + 2..];
        if ids.len() >= MOST {
            return ids;
        }
    }
    if ids.is_empty() {
        let bare = text.split_whitespace().map(|w| w.trim_matches(['<', '>', ',', '"']));
        ids = bare.filter(|w| w.contains('@') && fits(w)).take(MOST).map(str::to_owned).collect();
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, Option<String>)> {
        people(value.as_bytes(), &[], 1000).list.into_iter().map(|p| (p.name, p.address)).collect()
    }

    fn one(value: &str) -> (String, String) {
        let list = read(value);
        assert_eq!(list.len(), 1, "{value}: {list:?}");
        let (name, address) = list.into_iter().next().expect("one");
        (name, address.unwrap_or_default())
    }

    #[test]
    fn people_are_understood_however_they_are_written() {
        for (written, name, address) in [
            ("hanako@example.jp", "", "hanako@example.jp"),
            ("<hanako@example.jp>", "", "hanako@example.jp"),
            ("hanako@example.jp (山田 花子)", "山田 花子", "hanako@example.jp"),
            ("\"Yamada, Hanako\" <hanako@example.jp>", "Yamada, Hanako", "hanako@example.jp"),
            ("山田 花子 <hanako@example.jp>", "山田 花子", "hanako@example.jp"),
            ("=?utf-8?B?5bGx55Sw?= <hanako@example.jp>", "山田", "hanako@example.jp"),
            ("\"=?utf-8?B?5bGx55Sw?=\" <hanako@example.jp>", "山田", "hanako@example.jp"),
            ("a..b@docomo.ne.jp", "", "a..b@docomo.ne.jp"),
            ("\"a..b\"@docomo.ne.jp", "", "a..b@docomo.ne.jp"),
            (".a.@ezweb.ne.jp", "", ".a.@ezweb.ne.jp"),
            ("<@relay.example,@b.example:hanako@example.jp>", "", "hanako@example.jp"),
            ("花子 <花子@例え.example>", "花子", "花子@例え.example"),
            ("hanako@example.jp <hanako@example.jp", "hanako@example.jp", "hanako@example.jp"),
        ] {
            assert_eq!(one(written), (name.to_owned(), address.to_owned()), "{written}");
        }
    }

    #[test]
    fn a_list_gives_everyone_once_and_groups_give_their_members() {
        let addresses = |v: &str| read(v).into_iter().filter_map(|(_, a)| a).collect::<Vec<_>>();
        assert_eq!(
            addresses("a@x.example, \"b, c\" <b@x.example>; c@x.example"),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert_eq!(
            addresses("市民: a@x.example, b@x.example;, c@x.example"),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert!(read("undisclosed-recipients:;").is_empty());
        assert_eq!(addresses("\"never closed <a@x.example>, b@x.example"), ["b@x.example"]);
    }

    #[test]
    fn what_is_no_address_is_shown_and_never_written_to() {
        for written in [
            "hanako",
            "@example.jp",
            "a b@example.jp",
            "a@b@example.jp",
            "a@exa mple.jp",
            "a@example..jp",
            "=?utf-8?Q?staff?=@example.jp",
            "<=?utf-8?B?c3RhZmY=?=@example.jp>",
            "a@",
            "a\u{202e}@example.jp",
        ] {
            let list = people(written.as_bytes(), &[], 10).list;
            assert!(
                list.len() == 1 && list[0].address.is_none() && !list[0].as_written.is_empty(),
                "{written}: {list:?}"
            );
        }
    }

    #[test]
    fn ids_are_taken_whole_even_when_they_were_folded_or_encoded() {
        assert_eq!(
            ids(b"<a@x.example>\r\n <b@x.example>,<c@\r\n x.example>"),
            ["a@x.example", "b@x.example", "c@x.example"]
        );
        assert_eq!(ids(b"a@x.example"), ["a@x.example"]);
        assert_eq!(ids(b"=?us-ascii?Q?=3Ca=40x=2Eexample=3E?="), ["a@x.example"]);
        assert_eq!(ids(b"Your message of Monday <a@x.example>"), ["a@x.example"]);
        assert!(ids(b"none").is_empty());
    }
}
