//! A letter (通): one envelope, one mail, one call. What it is made of and which words its fields take.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::calendar::FiscalYear;
use crate::db::schema::letter_paper;
use crate::db::{Backend, Instant};
use crate::text_enum;

text_enum! {
    /// How a letter came in (`intake_channel`); kept as received whoever typed it.
    pub enum Channel {
        PostcardPrepaid = "postcard_prepaid" => "市長へのはがき",
        Letter = "letter" => "手紙",
        Box = "box" => "投書箱",
        WebForm = "web_form" => "ウェブ",
        Email = "email" => "eメール",
        Fax = "fax" => "ファクス",
        Phone = "phone" => "電話",
        Counter = "counter" => "窓口",
        Line = "line" => "LINE",
        MeetingSlip = "meeting_slip" => "懇談会の用紙",
        TransferredIn = "transferred_in" => "他機関から",
        Other = "other" => "その他",
    }
}

text_enum! {
    /// Where a letter as a whole stands; its matters have states of their own.
    pub enum LetterState {
        Received = "received" => "受付",
        Registered = "registered" => "処理中",
        Closed = "closed" => "完結",
    }
}

text_enum! {
    /// By which way a reply is wanted.
    pub enum ReplyVia {
        Email = "email" => "eメール",
        Post = "post" => "郵便",
        Phone = "phone" => "電話",
        Fax = "fax" => "ファクス",
    }
}

text_enum! {
    /// Age bands of the form.
    pub enum AgeBand {
        Teens = "10s" => "10代以下",
        Twenties = "20s" => "20代",
        Thirties = "30s" => "30代",
        Forties = "40s" => "40代",
        Fifties = "50s" => "50代",
        Sixties = "60s" => "60代",
        Seventies = "70s" => "70代",
        Eighties = "80s" => "80代以上",
        NotTold = "none" => "答えない",
    }
}

text_enum! {
    /// Areas of the city: the old city's branch areas and the four former towns.
    pub enum District {
        Honcho = "honcho" => "本庁地区",
        Hikoshima = "hikoshima" => "彦島地区",
        Chofu = "chofu" => "長府地区",
        Oji = "oji" => "王司地区",
        Kiyosue = "kiyosue" => "清末地区",
        Ozuki = "ozuki" => "小月地区",
        OukiYoshida = "ouki_yoshida" => "王喜・吉田地区",
        Katsuyama = "katsuyama" => "勝山・内日地区",
        Kawanaka = "kawanaka" => "川中地区",
        Yasuoka = "yasuoka" => "安岡・吉見地区",
        Kikugawa = "kikugawa" => "菊川地区",
        Toyota = "toyota" => "豊田地区",
        Toyoura = "toyoura" => "豊浦地区",
        Hohoku = "hohoku" => "豊北地区",
        Outside = "outside" => "市外",
    }
}

text_enum! {
    /// What ties a sender to the city.
    pub enum Relation {
        Resident = "resident" => "市内に住んでいる",
        Worker = "worker" => "市内で働いている",
        Student = "student" => "市内で学んでいる",
        Business = "business" => "市内で事業をしている",
        Other = "other" => "その他",
    }
}

text_enum! {
    /// Kinds of matter, after 東京都's definitions.
    pub enum MatterKind {
        Proposal = "proposal" => "提言",
        Opinion = "opinion" => "意見",
        Thanks = "thanks" => "感謝",
        Request = "request" => "要望",
        Complaint = "complaint" => "苦情",
        Inquiry = "inquiry" => "問合せ",
        Consultation = "consultation" => "相談",
        Report = "report" => "通報",
        Other = "other" => "その他",
    }
}

text_enum! {
    /// Policy fields (`policy_field`); a matter may have several.
    pub enum Field {
        Administration = "administration" => "職員・情報公開・財政・施設",
        Publicity = "publicity" => "広報・広聴",
        Tax = "tax" => "税・保険・年金",
        Certificates = "certificates" => "届出・証明",
        Welfare = "welfare" => "健康・福祉",
        Children = "children" => "子育て",
        Culture = "culture" => "人権・文化・生涯学習・スポーツ",
        Volunteers = "volunteers" => "市民活動・交流",
        Industry = "industry" => "観光・産業・雇用・消費生活",
        Environment = "environment" => "環境・ごみ",
        Safety = "safety" => "防災・防犯・交通・消防",
        Infrastructure = "infrastructure" => "道路・公園・都市計画・上下水道",
        Schools = "schools" => "学校",
        Assembly = "assembly" => "議会",
        Other = "other" => "その他",
    }
}

/// What a writer is shown and given: the code is no secret, the secret is shown once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Twelve digits with a check digit.
    pub code: String,
    /// A keyed hash of code and secret; the secret itself is stored nowhere.
    pub secret_mac: String,
}

/// What a letter on paper says of its way; nothing for all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = letter_paper, check_for_backend(Backend))]
pub struct Paper {
    /// As dated by the writer.
    pub written_on: Option<NaiveDate>,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// Taken out of a box.
    pub collected_on: Option<NaiveDate>,
    /// Which box.
    pub box_location: Option<String>,
}

/// A letter as it arrives, ready to be stored: everything that needs time, chance or keys is in it already.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The form's own number; a second arrival with the same number is the same letter.
    pub submission_key: Option<String>,
    /// Receipts to choose from, the first free one is taken.
    pub receipts: Vec<Receipt>,
    /// The way it came.
    pub channel: Channel,
    /// What a letter on paper says of its way.
    pub paper: Paper,
    /// 受付日: the day the city received it; starts the thirty days (Tokyo).
    pub received_on: NaiveDate,
    /// When this program got it.
    pub server_received_at: Instant,
    /// Who typed it in, for paper, telephone and counter.
    pub entered_by: Option<i64>,
    /// One line; empty when the writer gave none.
    pub subject: String,
    /// As typed, never changed.
    pub body: String,
    /// `ja`, `en`, …
    pub language: String,
    /// The place it is about, in words.
    pub place_text: Option<String>,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// By which way.
    pub reply_via: Option<ReplyVia>,
    /// Whether it may be published.
    pub publish_ok: bool,
    /// Age band.
    pub age_band: Option<AgeBand>,
    /// Area.
    pub district: Option<District>,
    /// Ties to the city.
    pub relation: Vec<Relation>,
    /// The sender, sealed; none for a nameless letter.
    pub party: Option<crate::people::party::SealedParty>,
    /// No name was given.
    pub anonymous: bool,
    /// The matter of an earlier letter that this one continues.
    pub follow_up_of: Option<i64>,
    /// Attachments uploaded with the form, by id.
    pub attachments: Vec<String>,
    /// Days until a needed reply is due by the rule (30) and by the city's own target (14).
    pub due_days: (u64, u64),
}

impl Arrival {
    /// The fiscal year it is counted in: by the day of receipt.
    pub fn fiscal_year(&self) -> FiscalYear {
        FiscalYear::of(self.received_on)
    }

    /// The title of its first matter: the subject, or the beginning of the text.
    pub fn title(&self) -> String {
        title_of(&self.subject, &self.body)
    }
}

/// What is never to change in a letter, as one SHA-256 in hexadecimal: the line of its arrival in the trail carries it,
/// so that a changed byte of the original is noticed for ever.
pub fn original_digest(
    receipt_code: &str,
    channel: Channel,
    received_on: NaiveDate,
    server_received_at: Instant,
    subject: &str,
    body: &str,
) -> String {
    use sha2::{Digest, Sha256};
    let (on, at) = (received_on.to_string(), server_received_at.to_string());
    let mut hash = Sha256::new();
    for part in [receipt_code, channel.code(), &on, &at, subject, body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// A title from a subject, or from the first line with something in it, cut at forty characters.
pub fn title_of(subject: &str, body: &str) -> String {
    let line = if subject.trim().is_empty() {
        body.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("(無題)")
    } else {
        subject.trim()
    };
    let mut title: String = line.chars().take(40).collect();
    if line.chars().count() > 40 {
        title.push('…');
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_without_subject_is_called_by_its_first_line() {
        assert_eq!(title_of("", "\n  \n公園の街灯が消えています。\n場所は…"), "公園の街灯が消えています。");
        assert_eq!(title_of("  ", &"長".repeat(50)), format!("{}…", "長".repeat(40)));
        assert_eq!(title_of("街灯", "本文"), "街灯");
    }
}
