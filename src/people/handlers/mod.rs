//! HTTP of signing in, one's own account, and the staff directory.

pub mod account;
pub mod directory;
pub mod door;
pub mod organisation;
pub mod person;

use chrono::NaiveDate;

use crate::web::form::Fields;
use crate::web::parts::Errors;

/// Where somebody was going when the sign-in came in between, and what was being sent there.
#[derive(Clone, Debug, Default)]
pub struct Onward {
    /// A page of ours.
    pub back: String,
    /// A form's address of ours.
    pub resume: String,
    /// The form's fields, urlencoded.
    pub kept: String,
}

impl Onward {
    /// From a form or a query; other sites' addresses are dropped.
    pub fn of(fields: &Fields) -> Onward {
        let own = |name: &str| own_path(fields.text(name)).unwrap_or_default().to_owned();
        Onward { back: own("back"), resume: own("resume"), kept: fields.text("kept").to_owned() }
    }
}

/// A path of our own door, or nothing: never `//host` or `/\host`, which browsers take for another site.
fn own_path(path: &str) -> Option<&str> {
    let fine = path.starts_with('/')
        && !path[1..].starts_with(['/', '\\'])
        && !path.contains(['\\', '\n', '\r', '\t'])
        && path.is_ascii();
    fine.then_some(path)
}

/// A date that must be there; notes what is wrong under the field's name.
fn date(fields: &Fields, name: &str, errors: &mut Errors) -> Option<NaiveDate> {
    crate::calendar::parse_date(fields.text(name)).map_err(|e| errors.add(name, e.to_string())).ok()
}

/// A date that may be left out.
fn date_if_any(fields: &Fields, name: &str, errors: &mut Errors) -> Option<NaiveDate> {
    fields.filled(name)?;
    date(fields, name, errors)
}

/// A text of one line within a limit.
fn line(fields: &Fields, name: &str, label: &str, most: usize, errors: &mut Errors) -> String {
    let text = fields.filled(name).unwrap_or_default().to_owned();
    if text.is_empty() {
        errors.add(name, format!("{label}を入力してください。"));
    } else if text.chars().count() > most {
        errors.add(name, format!("{label}は{most}文字までにしてください。"));
    }
    text
}

/// A mail address that may be left out.
fn email(fields: &Fields, errors: &mut Errors) -> Option<String> {
    match crate::text::input::email(fields.filled("email")?) {
        Ok(typed) => Some(typed.normal),
        Err(e) => {
            errors.add("email", e.to_string());
            None
        }
    }
}

/// A reading in full-width katakana.
fn kana(fields: &Fields, errors: &mut Errors) -> String {
    match crate::text::input::reading(fields.text("name_kana")) {
        Ok(typed) => typed.normal,
        Err(e) => {
            let empty = e == crate::text::input::InputError::Empty;
            errors.add(
                "name_kana",
                if empty { "フリガナを入力してください。".to_owned() } else { e.to_string() },
            );
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_our_own_are_gone_back_to() {
        for good in ["/", "/letters?state=received", "/matters/3/replies/new"] {
            assert_eq!(own_path(good), Some(good));
        }
        for bad in ["", "letters", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/ö"]
        {
            assert_eq!(own_path(bad), None, "{bad}");
        }
    }
}
