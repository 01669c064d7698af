//! Telephone numbers, postal codes, e-mail addresses.

use super::{InputError, Typed, is_hyphen};
use crate::text::fold::is_invisible;
use unicode_normalization::UnicodeNormalization;

/// A telephone number. Normal form: digits only, `0832311111`; a foreign one `+821012345678`.
///
/// Any width, hyphens, brackets, dots and blanks; `TEL:` before it and an extension (内線) after it are allowed and not
/// part of the normal form; +81 is read as the leading 0.
pub fn phone(typed: &str) -> Result<Typed, InputError> {
    let flat: String = typed.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect();
    let lower = flat.to_lowercase();
    let mut rest = lower.as_str();
    for label in ["電話番号", "電話", "携帯", "自宅", "tel", "℡"] {
        rest = rest.strip_prefix(label).unwrap_or(rest);
    }
    let rest = rest.trim_start_matches([':', '.']);
    let rest = rest.find("内線").map_or(rest, |at| rest[..at].trim_end_matches(['(', '、', ',']));

    let foreign = rest.starts_with('+') || rest.starts_with("(+");
    let mut digits = String::new();
    for c in rest.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '(' | ')' | '.' | '・' | '/' | '+' => {}
            _ if is_hyphen(c) => {}
            _ => return Err(InputError::PhoneStrange(c)),
        }
    }
    if digits.is_empty() {
        return Err(InputError::Empty);
    }
    if foreign {
        match digits.strip_prefix("81") {
            Some(inland) => digits = format!("0{}", inland.strip_prefix('0').unwrap_or(inland)),
            None if digits.len() < 8 => return Err(InputError::PhoneTooShort(digits.len())),
            None if digits.len() > 15 => return Err(InputError::PhoneTooLong(digits.len())),
            None => return Ok(Typed { typed: typed.to_owned(), normal: format!("+{digits}") }),
        }
    }
    match digits.len() {
        ..=9 => Err(InputError::PhoneTooShort(digits.len())),
        10 | 11 if !digits.starts_with('0') => Err(InputError::PhoneStart),
        10 | 11 => Ok(Typed { typed: typed.to_owned(), normal: digits }),
        long => Err(InputError::PhoneTooLong(long)),
    }
}

/// A postal code. Normal form: seven digits, `7508521`. 〒, any width, any hyphen and blanks are allowed.
pub fn postal_code(typed: &str) -> Result<Typed, InputError> {
    let mut normal = String::new();
    for c in typed.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)) {
        match c {
            '0'..='9' => normal.push(c),
            '〒' | '〠' | '.' => {}
            _ if is_hyphen(c) => {}
            _ => return Err(InputError::PostalStrange(c)),
        }
    }
    match normal.len() {
        0 => Err(InputError::Empty),
        7 => Ok(Typed { typed: typed.to_owned(), normal }),
        other => Err(InputError::PostalLength(other)),
    }
}

/// An e-mail address. Normal form: half width, no blanks, domain in lower case, the part before the @ as typed.
///
/// Old Japanese carriers gave out `a..b@` and `a.@` against RFC 5321; such addresses exist and are accepted.
pub fn email(typed: &str) -> Result<Typed, InputError> {
    let flat: String = typed.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).collect();
    let flat = flat.strip_prefix("mailto:").unwrap_or(&flat);
    if flat.is_empty() {
        return Err(InputError::Empty);
    }
    let (local, domain) = flat.split_once('@').ok_or(InputError::EmailAt)?;
    if domain.contains('@') {
        return Err(InputError::EmailAt);
    }
    // Some write the carrier addresses in the quotes that RFC 5321 wants around them.
    let local = local.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(local);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || !local.chars().all(allowed) {
        return Err(InputError::EmailLocal);
    }
    let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let named = domain.rsplit('.').next().is_some_and(|top| top.chars().any(|c| c.is_ascii_alphabetic()));
    if !domain.contains('.') || !named || !domain.split('.').all(label) {
        return Err(InputError::EmailDomain);
    }
    if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
        return Err(InputError::EmailLong);
    }
    Ok(Typed { typed: typed.to_owned(), normal: format!("{local}@{domain}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn telephone_numbers_are_read_as_people_write_them() {
        for typed in [
            "083-231-1111",
            "０８３－２３１－１１１１",
            "083ー231ー1111",
            "083−231‐1111",
            "(083)231-1111",
            "０８３（２３１）１１１１",
            " 083 231 1111",
            "0832311111",
            "+81-83-231-1111",
            "＋81（0）83-231-1111",
            "TEL：083-231-1111",
            "電話 083.231.1111",
            "083-231-1111（内線2345）",
        ] {
            let read = phone(typed).unwrap();
            assert_eq!((read.normal.as_str(), read.typed.as_str()), ("0832311111", typed));
        }
        assert_eq!(phone("090-1234-5678").unwrap().normal, "09012345678");
        assert_eq!(phone("0120-123-456").unwrap().normal, "0120123456");
        assert_eq!(phone("+82 10-1234-5678").unwrap().normal, "+821012345678");
    }

    #[test]
    fn a_telephone_number_that_cannot_be_dialled_is_explained() {
        assert_eq!(
            phone("231-1111").unwrap_err().to_string(),
            "電話番号は市外局番から入力してください。いまは7桁です。例:083-231-1111、090-1234-5678"
        );
        assert_eq!(phone("1234567890"), Err(InputError::PhoneStart));
        assert_eq!(phone("083-231-1111 090-1234-5678"), Err(InputError::PhoneTooLong(21)));
        assert_eq!(phone("083-231-111X"), Err(InputError::PhoneStrange('x')));
        assert_eq!(phone("　"), Err(InputError::Empty));
    }

    #[test]
    fn postal_codes_need_seven_digits_and_nothing_else() {
        for typed in ["750-8521", "〒750-8521", "〒７５０－８５２１", "7508521", "〒 750ー8521"] {
            assert_eq!(postal_code(typed).unwrap().normal, "7508521", "{typed}");
        }
        assert_eq!(postal_code("750-852"), Err(InputError::PostalLength(6)));
        assert!(postal_code("下関市").unwrap_err().to_string().contains("例:750-8521"));
    }

    #[test]
    fn addresses_of_old_carriers_are_accepted() {
        for address in ["a..b@docomo.ne.jp", "a.@ezweb.ne.jp", ".a-b_c@softbank.ne.jp", "a/b@docomo.ne.jp"] {
            assert_eq!(email(address).unwrap().normal, address);
        }
        assert_eq!(email("\"a..b\"@docomo.ne.jp").unwrap().normal, "a..b@docomo.ne.jp");
    }

    #[test]
    fn addresses_typed_in_full_width_or_with_blanks_are_read() {
        let typed = "　ｈａｎａｋｏ＠Example．ＪＰ ";
        let read = email(typed).unwrap();
        assert_eq!((read.normal.as_str(), read.typed.as_str()), ("hanako@example.jp", typed));
    }

    #[test]
    fn what_is_not_an_address_is_explained() {
        for (typed, error) in [
            ("hanako.example.jp", InputError::EmailAt),
            ("a@b@example.jp", InputError::EmailAt),
            ("@example.jp", InputError::EmailLocal),
            ("はなこ@example.jp", InputError::EmailLocal),
            ("a@b\r\nBcc: c@example.jp", InputError::EmailAt),
            ("hanako@example", InputError::EmailDomain),
            ("hanako@example..jp", InputError::EmailDomain),
            ("hanako@192.168.0.1", InputError::EmailDomain),
            ("<a>@example.jp", InputError::EmailLocal),
            (" ", InputError::Empty),
        ] {
            assert_eq!(email(typed), Err(error), "{typed}");
        }
        assert_eq!(email(&format!("{}@example.jp", "a".repeat(65))), Err(InputError::EmailLong));
    }

    proptest! {
        #[test]
        fn no_input_panics_and_normal_forms_are_stable(typed in "\\PC{0,24}", mess in "[0-9０-９ー+()@.a-z内線 -]{0,20}") {
            for text in [&typed, &mess] {
                for read in [phone, postal_code, email] {
                    if let Ok(once) = read(text) {
                        prop_assert_eq!(read(&once.normal).map(|t| t.normal), Ok(once.normal));
                    }
                }
            }
        }
    }
}
