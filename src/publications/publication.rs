//! A publication: the three parts of a letter that may be shown, what is masked in them, and what the public reads;
//! long because its tests hold every public part.

use chrono::NaiveDate;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::calendar::FiscalYear;
use crate::db::schema::{mask_span, publication, publication_part};
use crate::db::{Backend, Instant};
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::Outcome;
use crate::text::{MaskReason, MaskSpan, NotPublic, PublicText};
use crate::text_enum;

text_enum! {
    /// Where a publication stands. Whether something of it is public is told by its voice, not by this: while a
    /// correction is prepared, the version before stays public.
    pub enum State {
        Candidate = "candidate" => "準備中",
        InApproval = "in_approval" => "決裁中",
        Returned = "returned" => "差戻し",
        Published = "published" => "公表中",
        Withdrawn = "withdrawn" => "取下げ",
        Dropped = "dropped" => "公表しない",
    }
}

impl State {
    /// Whether masks and texts may be changed now.
    pub fn is_open(self) -> bool {
        matches!(self, State::Candidate | State::Returned)
    }
}

text_enum! {
    /// The three parts of a published page that begin as somebody's words.
    pub enum Part {
        Subject = "subject" => "題名",
        Voice = "voice" => "市民の声",
        Answer = "answer" => "市の考え方",
    }
}

text_enum! {
    /// Why a letter is not shown, or no longer (`withheld`).
    pub enum Withheld {
        Identifiable = "identifiable" => "個人が特定されるおそれがあるため",
        ThirdPartyHarm = "third_party_harm" => "第三者の権利や利益を害するおそれがあるため",
        Discrimination = "discrimination" => "差別を助長するおそれがあるため",
        Ongoing = "ongoing" => "やりとりが続いているため",
        IllegalContent = "illegal_content" => "法令に反する内容を含むため",
        Other = "other" => "その他の事情のため",
    }
}

text_enum! {
    /// Who marked a span.
    pub enum Source {
        Finder = "finder" => "自動",
        Staff = "staff" => "職員",
    }
}

text_enum! {
    /// What was decided of a span. An undecided one is masked, but keeps the page from going up for approval.
    pub enum Decision {
        Candidate = "candidate" => "未判断",
        Accepted = "accepted" => "伏せる",
        Rejected = "rejected" => "伏せない",
    }
}

/// A publication as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = publication, check_for_backend(Backend))]
pub struct Publication {
    /// Its number, which is the number of the public page too.
    pub id: i64,
    /// The matter it tells of.
    pub matter_id: i64,
    /// Where it stands.
    pub state: State,
    /// The newest version's number; 0 before the first.
    pub current_no: i64,
    /// Kind shown.
    pub kind: MatterKind,
    /// Codes of [`Field`] with commas between.
    pub fields: String,
    /// 対応の種別.
    pub outcome: Outcome,
    /// What the version being prepared corrects.
    pub correction_note: Option<String>,
    /// Something that tells who the sender is would still be shown.
    pub name_left: bool,
    /// Who proposed it.
    pub proposed_by: i64,
    /// When.
    pub proposed_at: Instant,
    /// When it was withdrawn or dropped.
    pub ended_at: Option<Instant>,
    /// Why.
    pub ended_reason: Option<Withheld>,
    /// The same in words, for staff only.
    pub ended_note: Option<String>,
    /// By whom.
    pub ended_by: Option<i64>,
    /// Counts up with every change: a page carries the one it showed.
    pub version: i64,
}

/// One part as it stood when the matter was proposed, and the city's words in its place.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = publication_part, check_for_backend(Backend))]
pub struct PartText {
    /// Which.
    pub part: Part,
    /// Never changed: the spans count its bytes.
    pub original: String,
    /// A title, a gist or a statement of the city's.
    pub rewritten: Option<String>,
}

/// A span as stored, with who decided on it and when.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mask_span, check_for_backend(Backend))]
pub struct Span {
    /// Its number.
    pub id: i64,
    /// Which part.
    pub part: Part,
    /// First byte in the part's original.
    pub starts: i64,
    /// The byte after the last.
    pub ends: i64,
    /// Code of [`MaskReason`].
    pub reason: String,
    /// Why the finder marked it, or what staff wrote.
    pub note: Option<String>,
    /// Who marked it.
    pub source: Source,
    /// What was decided.
    pub state: Decision,
    /// By whom.
    pub decided_by: Option<i64>,
    /// When.
    pub decided_at: Option<Instant>,
}

impl Span {
    /// The span for masking; [`None`] for one that is not to be masked.
    pub fn mask(&self) -> Option<MaskSpan> {
        let reason = MaskReason::from_code(&self.reason)?;
        let (start, end) = (usize::try_from(self.starts).ok()?, usize::try_from(self.ends).ok()?);
        (self.state != Decision::Rejected).then_some(MaskSpan { start, end, reason })
    }

    /// The words it covers.
    pub fn words<'a>(&self, original: &'a str) -> &'a str {
        let at = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
        original.get(at(self.starts)..at(self.ends)).unwrap_or("")
    }
}

/// Where `words` stand in a text, as byte ranges that do not overlap.
pub fn occurrences(text: &str, words: &str) -> Vec<(usize, usize)> {
    if words.is_empty() {
        return Vec::new();
    }
    text.match_indices(words).map(|(at, found)| (at, at + found.len())).collect()
}

/// Codes with commas between, as fields.
pub fn fields_of(codes: &str) -> Vec<Field> {
    codes.split(',').filter_map(Field::from_code).collect()
}

/// Everything a public page of one version says. Citizens' words are in it as [`PublicText`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// 題名.
    pub title: PublicText,
    /// 市民の声.
    pub voice: PublicText,
    /// The voice is the city's gist of it (要旨).
    pub gist: bool,
    /// 市の考え方.
    pub answer: PublicText,
    /// 担当部署.
    pub unit_name: String,
    /// Its telephone.
    pub unit_phone: Option<String>,
    /// Kind of matter.
    pub kind: MatterKind,
    /// 分野.
    pub fields: Vec<Field>,
    /// 対応の種別.
    pub outcome: Outcome,
    /// 受付日.
    pub received_on: NaiveDate,
    /// 回答日.
    pub replied_on: Option<NaiveDate>,
    /// Whether the sender was answered.
    pub answered_sender: bool,
    /// 正誤.
    pub correction_note: Option<PublicText>,
}

impl Content {
    /// What approval is bound to: SHA-256 over every public part, hexadecimal.
    pub fn hash(&self, publication_id: i64, no: i64) -> String {
        let whole = serde_json::json!([
            publication_id,
            no,
            self.title,
            self.voice,
            self.gist,
            self.answer,
            self.unit_name,
            self.unit_phone,
            self.kind,
            self.fields,
            self.outcome,
            self.received_on,
            self.replied_on,
            self.answered_sender,
            self.correction_note,
        ]);
        hex::encode(Sha256::digest(whole.to_string().as_bytes()))
    }

    /// The fields' codes with commas between.
    pub fn field_codes(&self) -> String {
        self.fields.iter().map(|f| f.code()).collect::<Vec<_>>().join(",")
    }

    /// Everything a search looks through, parts kept apart.
    pub fn searched(&self) -> String {
        format!("{}\n{}\n{}", self.title, self.voice, self.answer)
    }
}

/// A published voice (公表された声).
#[derive(Clone, Debug)]
pub struct Voice {
    /// The number in its address.
    pub id: i64,
    /// The version that is shown.
    pub version_no: i64,
    /// The newest version's number.
    pub current_no: i64,
    /// What it says.
    pub content: Content,
    /// 公表日: of the first version.
    pub published_on: NaiveDate,
    /// 訂正日: of this version, when it is not the first.
    pub corrected_on: Option<NaiveDate>,
}

/// One line of a list of voices.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number in its address.
    pub id: i64,
    /// 題名.
    pub title: PublicText,
    /// The beginning of the voice.
    pub beginning: PublicText,
    /// Whether the voice goes on.
    pub cut: bool,
    /// 担当部署.
    pub unit_name: String,
    /// Kind.
    pub kind: MatterKind,
    /// 分野.
    pub fields: Vec<Field>,
    /// 対応の種別.
    pub outcome: Outcome,
    /// 受付日.
    pub received_on: NaiveDate,
    /// 公表日.
    pub published_on: NaiveDate,
    /// 訂正日.
    pub corrected_on: Option<NaiveDate>,
}

/// A published answer to a similar letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Similar {
    /// The number in its address.
    pub id: i64,
    /// 題名.
    pub title: PublicText,
    /// 公表日.
    pub published_on: NaiveDate,
}

/// Voices on one page of the list.
pub const PER_PAGE: u64 = 20;

/// What a reader asked for. Values it does not know are left out, so that an old link still shows something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words to search for, as typed.
    pub q: String,
    /// 分野.
    pub field: Option<Field>,
    /// 年度 of receipt.
    pub year: Option<i64>,
    /// Kind.
    pub kind: Option<MatterKind>,
    /// From 1.
    pub page: u64,
}

impl Filter {
    /// Reads `q`, `field`, `year`, `kind` and `page`; full-width digits are digits.
    pub fn read(pairs: &[(String, String)]) -> Filter {
        let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim());
        let number = |name: &str| crate::text::fold(value(name)).trim().parse::<i64>().ok();
        Filter {
            q: value("q").chars().take(200).collect(),
            field: Field::from_code(value("field")),
            year: number("year").filter(|y| (1900..3000).contains(y)),
            kind: MatterKind::from_code(value("kind")),
            page: number("page").and_then(|p| u64::try_from(p).ok()).unwrap_or(1).clamp(1, 1_000_000),
        }
    }

    /// Whether anything narrows the list.
    pub fn is_narrow(&self) -> bool {
        !self.q.is_empty() || self.field.is_some() || self.year.is_some() || self.kind.is_some()
    }

    /// The address of one of its pages under `path`: the one way to write it.
    pub fn href(&self, path: &str, page: u64) -> String {
        use crate::web::errors::percent;
        let mut parts = Vec::new();
        if !self.q.is_empty() {
            parts.push(format!("q={}", percent(&self.q)));
        }
        if let Some(field) = self.field {
            parts.push(format!("field={field}"));
        }
        if let Some(year) = self.year {
            parts.push(format!("year={year}"));
        }
        if let Some(kind) = self.kind {
            parts.push(format!("kind={kind}"));
        }
        if page > 1 {
            parts.push(format!("page={page}"));
        }
        if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
    }

    /// What it asks for in words, such as 「防災」「令和8年度」.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.q.is_empty() {
            words.push(format!("「{}」", self.q));
        }
        words.extend(self.field.map(|f| f.label().to_owned()));
        words.extend(self.year.and_then(|y| i32::try_from(y).ok()).map(|y| FiscalYear(y).label()));
        words.extend(self.kind.map(|k| k.label().to_owned()));
        words
    }
}

/// Masks one part, or takes the city's words in its place. `forbidden` is what would tell who the sender is (T-15).
pub fn public_part(part: &PartText, spans: &[Span], forbidden: &[String]) -> Result<PublicText, NotPublic> {
    match &part.rewritten {
        Some(text) => PublicText::written_by_city(text, forbidden),
        None => {
            let spans: Vec<MaskSpan> =
                spans.iter().filter(|s| s.part == part.part).filter_map(Span::mask).collect();
            PublicText::redact(&part.original, &spans, forbidden)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(String, String)> {
        crate::web::form::parse_urlencoded(query.as_bytes())
    }

    #[test]
    fn a_filter_is_kept_in_the_links_of_its_pages() {
        let filter = Filter::read(&pairs("q=%E9%98%B2%E7%81%BD&field=safety&year=２０２６&page=3&x=1"));
        assert_eq!(filter.href("/voices", 4), "/voices?q=%E9%98%B2%E7%81%BD&field=safety&year=2026&page=4");
        assert_eq!(Filter::read(&pairs(&filter.href("", 3)[1..])), filter);
        assert_eq!(filter.words(), ["「防災」", "防災・防犯・交通・消防", "令和8年度"]);
    }

    #[test]
    fn what_a_filter_does_not_know_is_left_out() {
        let filter = Filter::read(&pairs("field=';--&year=abc&page=-4&kind=x"));
        assert_eq!(filter, Filter { page: 1, ..Filter::default() });
        assert_eq!(filter.href("/voices", 1), "/voices");
    }

    #[test]
    fn every_public_part_changes_the_hash() {
        let text = |t: &str| PublicText::written_by_city(t, &[]).expect("nothing is forbidden");
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).expect("a day");
        let content = Content {
            title: text("題"),
            voice: text("声"),
            gist: false,
            answer: text("答"),
            unit_name: "課".to_owned(),
            unit_phone: None,
            kind: MatterKind::Request,
            fields: vec![Field::Safety],
            outcome: Outcome::Explained,
            received_on: day,
            replied_on: None,
            answered_sender: true,
            correction_note: None,
        };
        let first = content.hash(1, 1);
        let changed = [
            Content { title: text("声"), voice: text("題"), ..content.clone() },
            Content { gist: true, ..content.clone() },
            Content { answer: text("答え"), ..content.clone() },
            Content { unit_name: "部".to_owned(), ..content.clone() },
            Content { unit_phone: Some("1".to_owned()), ..content.clone() },
            Content { kind: MatterKind::Thanks, ..content.clone() },
            Content { fields: vec![], ..content.clone() },
            Content { outcome: Outcome::Other, ..content.clone() },
            Content { replied_on: Some(day), ..content.clone() },
            Content { answered_sender: false, ..content.clone() },
            Content { correction_note: Some(text("正誤")), ..content.clone() },
        ];
        for other in changed {
            assert_ne!(other.hash(1, 1), first, "{other:?}");
        }
        assert_ne!(content.hash(1, 2), first);
        assert_eq!(content.hash(1, 1), first);
    }
}
