//! A reply and its versions: the rules, without a database.

use chrono::NaiveDate;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::calendar;
use crate::db::schema::{reply, reply_version};
use crate::db::{Backend, Instant};
use crate::text::input;
use crate::text::personal::{Confidence, KnownNames, find};
use crate::text_enum;
use crate::web::form::Fields;
use crate::web::parts::Errors;

text_enum! {
    /// What a reply is.
    pub enum ReplyKind {
        Final = "final" => "回答",
        Interim = "interim" => "中間回答",
        Question = "question" => "お尋ね",
    }
}

text_enum! {
    /// By which way it leaves the house.
    pub enum Via {
        Email = "email" => "eメール",
        Post = "post" => "郵便",
        Phone = "phone" => "電話",
        Fax = "fax" => "ファクス",
        Counter = "counter" => "窓口で手渡し",
    }
}

text_enum! {
    /// Where a reply stands.
    pub enum ReplyState {
        Draft = "draft" => "下書き",
        InApproval = "in_approval" => "回議中",
        Returned = "returned" => "差戻し",
        Approved = "approved" => "決裁済み(未発送)",
        Sent = "sent" => "発送済み",
        Void = "void" => "取りやめ",
    }
}

/// Longest subject, in characters.
pub const SUBJECT_LIMIT: usize = 100;
/// Longest text, in characters.
pub const BODY_LIMIT: usize = 20_000;

/// A reply as stored; its words are in its versions.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = reply, check_for_backend(Backend))]
pub struct Reply {
    /// Its number inside.
    pub id: i64,
    /// The matter it answers.
    pub matter_id: i64,
    /// What it is.
    pub kind: ReplyKind,
    /// By which way it goes.
    pub via: Via,
    /// Where it stands.
    pub state: ReplyState,
    /// The newest version.
    pub current_no: i64,
    /// Who began it.
    pub created_by: i64,
    /// When.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i64,
}

impl Reply {
    /// Its page.
    pub fn path(&self) -> String {
        path(self.id)
    }
}

/// The page of a reply.
pub fn path(id: i64) -> String {
    format!("/replies/{id}")
}

/// One version of a reply's words; never changed.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = reply_version, check_for_backend(Backend))]
pub struct Version {
    /// Its number inside: what an approval is bound to.
    pub id: i64,
    /// The reply.
    pub reply_id: i64,
    /// 1, 2, …
    pub no: i64,
    /// The heading of the text.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The day an interim reply names.
    pub expected_on: Option<NaiveDate>,
    /// [`content_hash`].
    pub content_hash: String,
    /// Who wrote it.
    pub author_id: i64,
    /// When.
    pub created_at: Instant,
}

impl Version {
    /// Heading, expected day and text in one, as versions are compared.
    pub fn whole(&self) -> String {
        whole(&self.subject, &self.body)
    }
}

/// Heading and text in one, as versions are compared.
pub fn whole(subject: &str, body: &str) -> String {
    format!("{subject}\n\n{body}")
}

/// Who a reply goes to, without telling who it is: changes whenever the receiver or the address used changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    /// `party.id`; none for a nameless letter.
    pub party_id: Option<String>,
    /// A fingerprint of the address that the way of sending uses; none when there is no such address.
    pub mark: Option<String>,
}

/// What stands around the words in the message and comes neither from its writer nor from the house's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The subject of the mail.
    pub mail_subject: String,
    /// Who signs: department, section, telephone.
    pub signed_by: [String; 3],
}

/// What an approval holds: sha256 over everything that makes the message what it is and to whom it goes. Each part is
/// preceded by its length, so that no two messages share a hash by moving a word over a border. A reply has no copies
/// and no attachments: their places are kept empty.
pub fn content_hash(
    kind: ReplyKind,
    via: Via,
    words: (&str, &str),
    expected_on: Option<NaiveDate>,
    recipient: &Recipient,
    frame: &Frame,
) -> String {
    let expected = expected_on.map(|d| d.to_string()).unwrap_or_default();
    let (copies, attachments) = ("", "");
    let parts = [
        "hirokiku.reply.2",
        kind.code(),
        via.code(),
        words.0,
        words.1,
        &expected,
        recipient.party_id.as_deref().unwrap_or_default(),
        recipient.mark.as_deref().unwrap_or_default(),
        copies,
        &frame.mail_subject,
        &frame.signed_by[0],
        &frame.signed_by[1],
        &frame.signed_by[2],
        attachments,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// The words of a version, as they will be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The heading.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The day by which the answer can be expected.
    pub expected_on: Option<NaiveDate>,
}

/// What stands above a text when the box for it is ticked.
pub const OPENING: &str = "このたびは、市長への手紙をお寄せいただき、ありがとうございます。\n\
    お尋ねの件について、次のとおりお答えします。\n\n";

/// What stands below a text when the box for it is ticked.
pub const CLOSING: &str = "\n\nこの回答についてご不明な点がありましたら、下の担当までお気軽にお尋ねください。\n\
    今後とも、お気づきのことがありましたら市へお寄せください。";

/// Reads the words of a form. Ticked phrases are put in, an interim reply is labelled as one and names its day; what
/// is wrong is told field by field.
pub fn words_of(kind: ReplyKind, fields: &Fields, today: NaiveDate) -> Result<Words, Errors> {
    let mut errors = Errors::default();
    let mut subject = input::single_line(fields.text("subject")).text;
    let mut body = input::multi_line(fields.text("body")).text;
    let phrases = fields.all("phrases");
    if subject.is_empty() {
        errors.add("subject", "見出しを入力してください。");
    } else if input::char_count(&subject) > SUBJECT_LIMIT {
        errors.add("subject", format!("見出しは{SUBJECT_LIMIT}字までにしてください。"));
    }
    if body.trim().is_empty() {
        errors.add("body", "文面を入力してください。");
    }
    if phrases.contains(&"opening") && !body.contains(OPENING.trim()) {
        body = format!("{OPENING}{}", body.trim_start_matches('\n'));
    }
    if phrases.contains(&"closing") && !body.contains(CLOSING.trim()) {
        body = format!("{}{CLOSING}", body.trim_end());
    }
    let mut expected_on = None;
    if kind == ReplyKind::Interim {
        match calendar::parse_date(fields.text("expected_on")) {
            Ok(day) if day <= today => {
                errors.add("expected_on", "最終の回答を予定する日は、今日より後の日にしてください。");
            }
            Ok(day) => {
                expected_on = Some(day);
                (subject, body) = labelled(&subject, &body, day);
            }
            Err(calendar::DateTrouble::Empty) => {
                errors
                    .add("expected_on", "中間回答には、最終の回答を予定する日が要ります。例:令和8年5月20日");
            }
            Err(trouble) => errors.add("expected_on", trouble.to_string()),
        }
    }
    if input::char_count(&body) > BODY_LIMIT {
        errors.add("body", "文面は20,000字までにしてください。");
    }
    if errors.is_empty() { Ok(Words { subject, body, expected_on }) } else { Err(errors) }
}

/// An interim reply says in heading and text that it is one, and by when the answer can be expected.
fn labelled(subject: &str, body: &str, expected_on: NaiveDate) -> (String, String) {
    let subject = if subject.contains("中間回答") {
        subject.to_owned()
    } else {
        format!("【中間回答】{subject}")
    };
    let day = calendar::era_date(expected_on);
    let mut body = if body.contains("中間回答") {
        body.to_owned()
    } else {
        format!("これは中間回答です。\n\n{body}")
    };
    if !body.contains(&day) {
        body = format!("{}\n\n最終の回答は、{day}までにお送りする予定です。", body.trim_end());
    }
    (subject, body)
}

/// Kind remarks on a text; none of them stops anybody.
pub fn hints(via: Via, body: &str) -> Vec<String> {
    let mut hints = Vec::new();
    if via == Via::Email {
        let mut odd: Vec<char> = body.chars().filter(|c| machine_dependent(*c)).collect();
        odd.sort_unstable();
        odd.dedup();
        if !odd.is_empty() {
            hints.push(format!(
                "「{}」は、古いメールソフトや携帯電話では読めないことがあります。(1)や(株)などに替えると確実です。",
                odd.iter().collect::<String>()
            ));
        }
    }
    let thanks = body.matches("貴重なご意見").count();
    if thanks > 0 {
        hints.push(format!(
            "「貴重なご意見」という決まり文句が{thanks}か所あります。どこをどう受け止めたかを書くと、読んだことが伝わります。"
        ));
    }
    let found = personal(body);
    if !found.is_empty() {
        let named = found.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
        let more = if found.len() > NAMED { "など" } else { "" };
        hints.push(format!(
            "個人情報かもしれないところが{}か所あります({named}{more})。差出人以外の方のものでないか、お確かめください。",
            found.len()
        ));
    }
    hints
}

fn machine_dependent(c: char) -> bool {
    matches!(c, '①'..='⑳' | 'Ⅰ'..='Ⅻ' | 'ⅰ'..='ⅻ' | '㈱' | '㈲' | '㈹' | '㊤'..='㊨' | '㌃'..='㍗' | '㍻'..='㍿' | '㎎'..='㏄' | '№' | '℡')
}

/// The most findings a hint names.
const NAMED: usize = 5;

/// What in a text may tell of a person, each with its kind; what the finder is unsure of is left out.
fn personal(body: &str) -> Vec<String> {
    let mut found: Vec<String> = find(body, &KnownNames::default())
        .into_iter()
        .filter(|c| c.confidence > Confidence::Low)
        .filter_map(|c| Some(format!("{}「{}」", c.kind.label(), body.get(c.range)?)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_interim_reply_without_the_expected_day_is_refused_at_its_field() {
        let form = fields(&[("subject", "街灯"), ("body", "調べています。")]);
        let errors = words_of(ReplyKind::Interim, &form, day("2026-04-01")).unwrap_err();
        assert!(errors.of("expected_on").unwrap().contains("予定する日"));
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn an_interim_reply_says_what_it_is_and_names_its_day_once() {
        let form = fields(&[("subject", "街灯"), ("body", "調べています。"), ("expected_on", "R8.5.20")]);
        let words = words_of(ReplyKind::Interim, &form, day("2026-04-01")).unwrap();
        assert_eq!(words.subject, "【中間回答】街灯");
        assert!(words.body.starts_with("これは中間回答です。\n\n調べています。"));
        assert!(words.body.contains("令和8年(2026年)5月20日(水)までに"), "{}", words.body);
        let again =
            fields(&[("subject", &words.subject), ("body", &words.body), ("expected_on", "2026-05-20")]);
        assert_eq!(words_of(ReplyKind::Interim, &again, day("2026-04-01")).unwrap(), words);
    }

    #[test]
    fn a_phrase_ticked_twice_stands_once() {
        let form = fields(&[
            ("subject", "街灯"),
            ("body", "直します。"),
            ("phrases[]", "opening"),
            ("phrases[]", "closing"),
        ]);
        let words = words_of(ReplyKind::Final, &form, day("2026-04-01")).unwrap();
        let again = fields(&[
            ("subject", "街灯"),
            ("body", &words.body),
            ("phrases[]", "opening"),
            ("phrases[]", "closing"),
        ]);
        assert_eq!(words_of(ReplyKind::Final, &again, day("2026-04-01")).unwrap().body, words.body);
        assert!(words.body.starts_with("このたびは") && words.body.contains("直します。"));
    }

    #[test]
    fn another_receiver_or_another_word_is_another_hash() {
        let to =
            |party: &str, mark: &str| Recipient { party_id: Some(party.into()), mark: Some(mark.into()) };
        let hash = |body: &str, to: &Recipient| {
            content_hash(ReplyKind::Final, Via::Email, ("題", body), None, to, &Frame::default())
        };
        let one = hash("文", &to("p", "m"));
        assert_eq!(one, hash("文", &to("p", "m")));
        for other in [hash("文 ", &to("p", "m")), hash("文", &to("q", "m")), hash("文", &to("pm", ""))] {
            assert_ne!(one, other);
        }
        let framed = |mail_subject: &str, unit: &str| {
            let frame = Frame {
                mail_subject: mail_subject.into(),
                signed_by: [String::new(), unit.into(), String::new()],
            };
            content_hash(ReplyKind::Final, Via::Email, ("題", "文"), None, &to("p", "m"), &frame)
        };
        let two = framed("Re: 街灯", "道路課");
        assert_eq!(two, framed("Re: 街灯", "道路課"));
        assert!(two != framed("Re: 街灯2", "道路課") && two != framed("Re: 街灯", "公園課"));
    }

    #[test]
    fn hints_speak_of_marks_phrases_and_numbers_but_stay_silent_otherwise() {
        assert_eq!(hints(Via::Email, "四月中に直します。").len(), 0);
        assert_eq!(hints(Via::Post, "①直します。").len(), 0);
        assert_eq!(hints(Via::Email, "①直します。").len(), 1);
        assert_eq!(hints(Via::Post, "貴重なご意見をありがとうございます。").len(), 1);
        assert_eq!(hints(Via::Post, "隣の田中さん(083-231-1111)").len(), 1);
    }
}
