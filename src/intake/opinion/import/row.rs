//! A row of the table: the fields of the form by the same names, and when and how it came. Pure but for sealing.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};

use super::super::coming::Coming;
use super::super::draft::{Draft, MOST_POINTS, name_of};
use crate::calendar::start_of_tokyo_day;
use crate::consultations::consultation::{ChannelKind, SenderFields};
use crate::consultations::submission::{self, Arrival};
use crate::error::Result;
use crate::letters::letter::Relation;
use crate::letters::receipt::Ticket;
use crate::people::Viewer;
use crate::web::App;
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// Columns that must be there.
const NEEDED: [&str; 3] = ["key", "channel", "opinion"];

/// Columns that may be there.
const KNOWN: [&str; 15] = [
    "received_at",
    "received_on",
    "postmarked_on",
    "written_on",
    "name",
    "org_name",
    "rep_name",
    "address",
    "contact",
    "relation",
    "org_publish_ok",
    "paragraph",
    "target",
    "opinion",
    "reason",
];

/// Longest key, in characters.
const KEY_LIMIT: usize = 200;

/// The names of the columns, as they stand in the first line.
pub struct Columns(Vec<String>);

impl Columns {
    /// Reads the first line. A name nobody knows is a mistake, not a column to be left out in silence.
    ///
    /// # Errors
    /// A sentence for the person at the shell.
    pub fn read(first: &[String]) -> std::result::Result<Columns, String> {
        let names: Vec<String> =
            first.iter().map(|name| name.trim_matches(['\u{feff}', ' ', '\r']).to_owned()).collect();
        let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
        if let Some((_, name)) = twice {
            return Err(format!("1行目(見出し)に {name} の列が2つあります。"));
        }
        if let Some(name) = NEEDED.iter().find(|name| !names.iter().any(|n| n == *name)) {
            return Err(format!("1行目(見出し)に {name} の列がありません。"));
        }
        let further = |name: &str| {
            let points = ["paragraph", "target", "opinion", "reason"];
            (1..MOST_POINTS).any(|nth| points.iter().any(|field| name_of(field, nth) == name))
        };
        let strange = names.iter().find(|name| {
            !NEEDED.contains(&name.as_str()) && !KNOWN.contains(&name.as_str()) && !further(name)
        });
        match strange {
            Some(name) => Err(format!(
                "1行目(見出し)の {name} という列は分かりません。使える列: key, channel, {}(2つ目の意見からは opinion_2 のように)",
                KNOWN.join(", ")
            )),
            None => Ok(Columns(names)),
        }
    }

    /// A line as the fields of a form.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn fields(&self, values: &[&[u8]]) -> std::result::Result<Fields, String> {
        if values.len() != self.0.len() {
            return Err(format!(
                "列の数が見出しと違います(見出し {}、この行 {})。",
                self.0.len(),
                values.len()
            ));
        }
        let mut fields = Fields::default();
        for (name, value) in self.0.iter().zip(values) {
            let value = std::str::from_utf8(value)
                .map_err(|_| format!("{name} の文字コードがUTF-8ではありません。"))?;
            if name == "relation" {
                for code in value.split([',', ' ', '、']).filter(|code| !code.is_empty()) {
                    Relation::from_code(code).ok_or_else(|| {
                        format!("relation の「{code}」は分かりません。{}", codes(Relation::ALL))
                    })?;
                    fields.0.push(("relation[]".to_owned(), code.to_owned()));
                }
                continue;
            }
            if !value.is_empty() {
                fields.0.push((name.clone(), value.to_owned()));
            }
        }
        Ok(fields)
    }
}

fn codes<T: Copy + std::fmt::Display>(all: &[T]) -> String {
    let all: Vec<String> = all.iter().map(T::to_string).collect();
    format!("使える記号: {}", all.join(" "))
}

/// A row that can be stored.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its line in the file.
    pub line: u64,
    /// Its key.
    pub key: String,
    /// The receipts it may get.
    pub tickets: Vec<Ticket>,
    /// What is stored.
    pub arrival: Arrival,
}

/// Into what rows are read.
pub struct Import<'a> {
    /// The house.
    pub app: &'a App,
    /// The consultation.
    pub id: i64,
    /// What it asks of senders.
    pub asked: SenderFields,
    /// Who brings them.
    pub viewer: &'a Viewer,
}

impl Import<'_> {
    /// Makes a row of the fields of a line, by the rules of the form and of the entry by hand.
    ///
    /// # Errors
    /// Sentences on what is wrong with it, each naming its column; the outer error is the house's.
    pub fn row(
        &self,
        line: u64,
        fields: &Fields,
        now: DateTime<Utc>,
    ) -> Result<std::result::Result<Row, String>> {
        let key = fields.text("key").trim().to_owned();
        let mut errors = Errors::default();
        if key.is_empty() || key.chars().count() > KEY_LIMIT {
            errors.add("key", format!("1つずつ違う印を、{KEY_LIMIT}字までで入れてください。"));
        }
        if ChannelKind::from_code(fields.text("channel")).is_none() {
            errors.add(
                "channel",
                format!(
                    "「{}」という届き方は分かりません。{}",
                    fields.text("channel"),
                    codes(ChannelKind::ALL)
                ),
            );
        }
        let received_at = fields.filled("received_at").and_then(|typed| {
            let at = instant(typed);
            match at {
                None => {
                    errors.add("received_at", "2026-04-30T23:59:59+09:00 のような日時にしてください。");
                }
                Some(at) if at > now => errors.add("received_at", "いまより後の日時です。"),
                Some(_) => {}
            }
            at
        });
        let by_machine = matches!(fields.text("channel"), "web" | "email");
        if !by_machine && received_at.is_some() {
            errors.add("received_at", "紙とファクスは、received_on に受付日を入れてください。");
        }
        if received_at.is_none() && fields.filled("received_on").is_none() {
            let column = if by_machine { "received_at" } else { "received_on" };
            errors.add(column, "いつ届いたかを入れてください。");
        }
        let draft = Draft::read(fields);
        // what is not there cannot be asked for: it is noted as missing
        let checked = draft.check(&self.asked, self.app.config.body_limit, true);
        for (field, said) in checked.as_ref().err().iter().flat_map(|errors| errors.iter()) {
            errors.add(field, said);
        }
        let coming = Coming::read(fields, ChannelKind::ALL, received_at, self.viewer.today, &mut errors);
        let (Ok(ready), Some(coming)) = (checked, coming) else {
            let said: Vec<String> = errors.iter().map(|(field, said)| format!("{field}: {said}")).collect();
            return Ok(Err(said.join(" ")));
        };
        let number = format!("import:{}:{key}", self.id);
        let (tickets, arrival) =
            coming.arrival(self.app, &self.asked, ready, &number, self.viewer.id, now)?;
        Ok(Ok(Row { line, key, tickets, arrival }))
    }
}

impl Row {
    /// Its text as it is compared when it is there already.
    pub fn text(&self) -> String {
        submission::whole(&self.arrival.points)
    }
}

/// A moment with its zone (`2026-04-30T23:59:59+09:00`), or without one in Tokyo (`2026-04-30 23:59`).
fn instant(typed: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(typed) {
        return Some(at.to_utc());
    }
    let typed = typed.replace('T', " ").replace('/', "-");
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&typed, form).ok())
        .map(|wall| start_of_tokyo_day(wall.date()) + (wall.time() - NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> std::result::Result<Columns, String> {
        Columns::read(&names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_column_that_is_missing_twice_or_unknown_is_named() {
        assert!(columns(&["\u{feff}key", "channel", "opinion", "reason_2\r"]).is_ok());
        for (names, said) in [
            (vec!["channel", "opinion"], "key"),
            (vec!["key", "channel", "opinion", "key"], "2つ"),
            (vec!["key", "channel", "opinion", "adress"], "adress"),
            (vec!["key", "channel", "opinion", "opinion_21"], "opinion_21"),
        ] {
            let Err(why) = columns(&names) else { panic!("{names:?} is taken") };
            assert!(why.contains(said), "{why}");
        }
    }

    #[test]
    fn a_line_with_another_number_of_columns_or_another_encoding_is_told() {
        let columns = columns(&["key", "channel", "opinion", "relation"]).unwrap();
        let fields = columns.fields(&[b"1", b"post", b"a\nb", b"resident,worker"]).unwrap();
        assert_eq!(fields.text("opinion"), "a\nb");
        assert_eq!(fields.all("relation"), ["resident", "worker"]);
        assert!(columns.fields(&[b"1", b"post"]).is_err_and(|why| why.contains("見出し 4、この行 2")));
        assert!(columns.fields(&[b"1", b"post", b"\x93\xb9", b""]).is_err_and(|why| why.contains("UTF-8")));
        assert!(
            columns.fields(&[b"1", b"post", b"a", b"neighbour"]).is_err_and(|why| why.contains("resident"))
        );
    }

    #[test]
    fn a_moment_without_a_zone_is_one_in_tokyo() {
        let midnight = Some("2026-04-30T15:00:00Z".parse().unwrap());
        for typed in
            ["2026-05-01T00:00:00+09:00", "2026-04-30T15:00:00Z", "2026-05-01 00:00", "2026/05/01 00:00:00"]
        {
            assert_eq!(instant(typed), midnight, "{typed}");
        }
        assert_eq!(instant("5月1日"), None);
    }
}
