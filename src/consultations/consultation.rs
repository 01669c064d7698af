//! A consultation (意見募集): its words, its dates, and what may be done when. Pure; long because the rules of a period and their tests are one.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::calendar::{self, days_left, earliest_close, end_of_tokyo_day, start_of_tokyo_day};
use crate::db::schema::{consultation, consultation_event};
use crate::db::{Backend, Instant, Json};
use crate::text_enum;

text_enum! {
    /// Where the staff's work on a consultation stands. Whether it is open, only dates and the clock say: [`Phase`].
    pub enum State {
        Planned = "planned" => "準備中",
        InApproval = "in_approval" => "決裁中",
        Approved = "approved" => "決裁済み・公示前",
        Announced = "announced" => "公示済み",
        Sorting = "sorting" => "意見の整理中",
        Answering = "answering" => "市の考え方を作成中",
        ResultInApproval = "result_in_approval" => "結果の決裁中",
        Decided = "decided" => "結果の決裁済み",
        ResultPublished = "result_published" => "結果公表済み",
        Cancelled = "cancelled" => "中止",
        Archived = "archived" => "保存",
    }
}

impl State {
    /// Whether nothing more is to be done about it but to keep what was promised.
    pub fn is_over(self) -> bool {
        matches!(self, State::ResultPublished | State::Cancelled | State::Archived)
    }

    /// Whether the public has been told of it.
    pub fn is_public(self) -> bool {
        !matches!(self, State::Planned | State::InApproval | State::Approved)
    }
}

text_enum! {
    /// What the city did with its draft.
    pub enum Decision {
        AdoptedAsDrafted = "adopted_as_drafted" => "案のとおり決定",
        AdoptedRevised = "adopted_revised" => "案を修正して決定",
        NotAdopted = "not_adopted" => "決定しない",
        Reconsult = "reconsult" => "あらためて意見を募集",
    }
}

text_enum! {
    /// The ways an opinion can come.
    pub enum ChannelKind {
        Web = "web" => "ウェブの入力フォーム",
        Email = "email" => "電子メール",
        Post = "post" => "郵送",
        Fax = "fax" => "ファクス",
        HandIn = "hand_in" => "持参",
    }
}

text_enum! {
    /// What the last day means for a way.
    pub enum DeadlineKind {
        ArriveBy = "arrive_by" => "必着",
        Postmark = "postmark" => "当日消印有効",
    }
}

text_enum! {
    /// Who is invited to comment: shown, never a check that refuses anybody.
    pub enum Eligibility {
        Resident = "resident" => "市内にお住まいの方",
        Worker = "worker" => "市内で働いている方",
        Student = "student" => "市内で学んでいる方",
        Business = "business" => "市内に事務所や事業所がある方・団体",
        Taxpayer = "taxpayer" => "市に税を納めている方",
        Interested = "interested" => "この案に利害関係のある方",
    }
}

text_enum! {
    /// How the number of opinions is counted in the result.
    pub enum CountUnit {
        Submission = "submission" => "提出1通を1件と数える",
        Item = "item" => "内容ごとに1件と数える",
    }
}

text_enum! {
    /// Whether a field of the sender must be filled in.
    pub enum Need {
        Required = "required" => "必ず書いてもらう",
        Asked = "asked" => "書いてもよい",
        Left = "left" => "きかない",
    }
}

/// What is asked of senders. A submission without a required one is stored, read and marked, never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderFields {
    /// Name, or the body's name with who stands for it.
    pub name: Need,
    /// Address, or the body's office.
    pub address: Need,
    /// Telephone or mail address.
    pub contact: Need,
    /// What ties the sender to the city.
    pub relation: Need,
}

impl Default for SenderFields {
    fn default() -> Self {
        SenderFields {
            name: Need::Required,
            address: Need::Required,
            contact: Need::Asked,
            relation: Need::Asked,
        }
    }
}

/// Whom to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Where the section is found.
    pub place: String,
    /// Telephone.
    pub phone: String,
    /// Fax.
    pub fax: String,
    /// Mail address.
    pub email: String,
}

/// Who may send, and what is asked of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Senders {
    /// Who is invited.
    pub invited: Vec<Eligibility>,
    /// More on that, in words.
    pub note: String,
    /// The fields asked of them.
    pub asked: SenderFields,
}

/// What the result will be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultTerms {
    /// How opinions are handled and the result is published, in words.
    pub note: String,
    /// It shows masked full texts; otherwise the gist of each group.
    pub publish_full: bool,
    /// What one opinion is when they are counted.
    pub count_unit: CountUnit,
}

text_enum! {
    /// What happens to a period once it is announced.
    pub enum EventKind {
        Extension = "extension" => "募集期間の延長",
        Suspension = "suspension" => "募集の一時停止",
        Resumption = "resumption" => "募集の再開",
        Cancellation = "cancellation" => "募集の中止",
        Outage = "outage" => "受付システムの停止",
    }
}

/// A consultation as stored; what the public reads is [`super::content::Content`].
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = consultation, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the fields of the form, by their names; the migration says more")]
pub struct Consultation {
    pub id: i64,
    pub state: State,
    pub decision: Option<Decision>,
    pub decided_on: Option<NaiveDate>,
    pub title: String,
    pub draft_label: String,
    pub unit_id: i64,
    pub contact: Json<Contact>,
    pub basis: String,
    pub summary: String,
    pub plain_summary: String,
    pub background: String,
    pub prenotice_on: Option<NaiveDate>,
    pub noticed_on: Option<NaiveDate>,
    pub opens_on: Option<NaiveDate>,
    pub closes_on: Option<NaiveDate>,
    pub closing_on: Option<NaiveDate>,
    pub min_days: i64,
    pub short_reason: String,
    pub grace_seconds: i64,
    pub senders: Json<Senders>,
    pub count_incomplete: bool,
    pub result_terms: Json<ResultTerms>,
    pub originals_place: String,
    pub decision_planned_on: Option<NaiveDate>,
    pub current_no: i64,
    pub created_by: i64,
    pub created_at: Instant,
    pub version: i64,
}

impl Consultation {
    /// Its page at the staff door.
    pub fn path(&self) -> String {
        format!("/consultations/{}", self.id)
    }

    /// Whether the texts may still be edited: a draft before its approvers is changed by pulling it back.
    pub fn is_editable(&self) -> bool {
        self.state == State::Planned
    }
}

/// What happened to a period.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = consultation_event, check_for_backend(Backend))]
pub struct Event {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// What.
    pub kind: EventKind,
    /// From when it holds.
    pub from_at: Instant,
    /// Until when; an outage has an end.
    pub to_at: Option<Instant>,
    /// The new last day of an extension.
    pub new_closes_on: Option<NaiveDate>,
    /// Why, as the public reads it.
    pub reason: String,
    /// Hash of all that.
    pub content_hash: String,
    /// Who wrote it.
    pub author_id: i64,
    /// When it was written.
    pub created_at: Instant,
    /// When it was published; only then it holds.
    pub published_at: Option<Instant>,
    /// Given up before it was published.
    pub withdrawn_at: Option<Instant>,
}

/// A period with what happened to it: opening and closing follow from it and the clock, without anybody at a keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub opens_on: NaiveDate,
    /// The last day that counts now.
    pub closing_on: NaiveDate,
    /// Since when it is suspended, by the latest published suspension that no resumption followed.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Since when it is cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Seconds a form may come after midnight.
    pub grace: Duration,
}

text_enum! {
    /// How a period stands at a moment.
    pub enum Phase {
        Coming = "coming" => "まもなく募集",
        Open = "open" => "募集中",
        Suspended = "suspended" => "一時停止中",
        Closed = "closed" => "募集終了",
        Cancelled = "cancelled" => "中止",
    }
}

impl Period {
    /// From the dates and the published events, oldest first.
    pub fn new(opens_on: NaiveDate, closing_on: NaiveDate, grace_seconds: i64, events: &[Event]) -> Period {
        let mut period = Period {
            opens_on,
            closing_on,
            suspended_at: None,
            cancelled_at: None,
            grace: Duration::seconds(grace_seconds),
        };
        for event in events.iter().filter(|e| e.published_at.is_some()) {
            match event.kind {
                EventKind::Extension => {
                    period.closing_on = period.closing_on.max(event.new_closes_on.unwrap_or(closing_on));
                }
                EventKind::Suspension => period.suspended_at = Some(event.from_at.utc()),
                EventKind::Resumption => period.suspended_at = None,
                EventKind::Cancellation => period.cancelled_at = Some(event.from_at.utc()),
                EventKind::Outage => {}
            }
        }
        period
    }

    /// How it stands at a moment. The last day ends at midnight in Tokyo.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        if self.cancelled_at.is_some_and(|at| at <= now) {
            Phase::Cancelled
        } else if now < start_of_tokyo_day(self.opens_on) {
            Phase::Coming
        } else if now >= end_of_tokyo_day(self.closing_on) {
            Phase::Closed
        } else if self.suspended_at.is_some_and(|at| at <= now) {
            Phase::Suspended
        } else {
            Phase::Open
        }
    }

    /// Days left, the last one counted as 0.
    pub fn days_left(&self, today: NaiveDate) -> i64 {
        days_left(self.closing_on, today)
    }

    /// Whether what came by a way is in time. What decides: for forms and mails the instant at which the request or
    /// mail began to reach this program (`received_at`), for paper the day, and for post that counts by its postmark
    /// the postmark's, or the day of arrival where no postmark can be read.
    pub fn in_time(&self, kind: ChannelKind, deadline: DeadlineKind, came: &Came) -> bool {
        match (kind, deadline) {
            (ChannelKind::Web | ChannelKind::Email, _) if came.entered => came.received_on <= self.closing_on,
            (ChannelKind::Web | ChannelKind::Email, _) => {
                came.received_at < end_of_tokyo_day(self.closing_on) + self.grace
            }
            (ChannelKind::Post, DeadlineKind::Postmark) => {
                came.postmarked_on.unwrap_or(came.received_on) <= self.closing_on
            }
            (ChannelKind::Post | ChannelKind::Fax | ChannelKind::HandIn, _) => {
                came.received_on <= self.closing_on
            }
        }
    }
}

/// When a submission came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Came {
    /// The instant the request or mail began to reach this program; for paper, when it was typed in.
    pub received_at: DateTime<Utc>,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// Typed in by staff: then the day counts, not the instant.
    pub entered: bool,
}

impl Came {
    /// As a submission is stored.
    pub fn stored(
        received_at: Instant,
        received_on: NaiveDate,
        postmarked_on: Option<NaiveDate>,
        entered_by: Option<i64>,
    ) -> Came {
        Came { received_at: received_at.utc(), received_on, postmarked_on, entered: entered_by.is_some() }
    }

    /// By a form or mail that began to reach this program at a moment.
    pub fn at(received_at: DateTime<Utc>) -> Came {
        Came {
            received_at,
            received_on: calendar::tokyo_day(received_at),
            postmarked_on: None,
            entered: false,
        }
    }
}

/// The days of a period, both ends counted, the day of notice being day 1.
pub fn days_of_period(noticed_on: NaiveDate, closes_on: NaiveDate) -> i64 {
    (closes_on - noticed_on).num_days() + 1
}

/// One thing that stands in the way of announcing: the field to mend, and the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    /// The field's name in the form, or the place of the page.
    pub field: &'static str,
    /// What to do about it.
    pub sentence: String,
}

/// Everything that stands in the way of putting a consultation before its approvers (domain rules 9.1 and 9.3); empty
/// when nothing does. `today` is the day on which it would be announced at the earliest.
pub fn lacks(row: &Consultation, on_page: &OnPage, today: NaiveDate) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let mut lack = |field, sentence: &str| lacks.push(Lack { field, sentence: sentence.to_owned() });
    for (field, value, sentence) in [
        ("title", &row.title, "案件名を入力してください。"),
        ("draft_label", &row.draft_label, "案の呼び名(案・素案・原案など)を入力してください。"),
        ("basis", &row.basis, "根拠となる法令や計画を入力してください。"),
        ("summary", &row.summary, "案の要点を、はじめて読む方に分かる言葉で入力してください。"),
        ("background", &row.background, "なぜ案を作るのか(背景)を入力してください。"),
        ("result_note", &row.result_terms.note, "意見の扱いと結果の公表のしかたを入力してください。"),
        ("contact_place", &row.contact.place, "問合せ先の場所を入力してください。"),
    ] {
        if value.trim().is_empty() {
            lack(field, sentence);
        }
    }
    if [&row.contact.phone, &row.contact.email].iter().all(|v| v.trim().is_empty()) {
        lack("contact_phone", "問合せ先の電話番号かメールアドレスを入力してください。");
    }
    if row.senders.invited.is_empty() {
        lack("eligibility[]", "意見を出せる方を選んでください。表示するだけで、だれの意見も断りません。");
    }
    if on_page.papers == 0 {
        lack("papers", "案の資料を1つ以上載せてください。");
    }
    for title in &on_page.unreadable {
        lacks.push(Lack {
            field: "papers",
            sentence: format!(
                "「{title}」は、読み上げや拡大で読める文章がありません。文章を取り込むか、読めない方の問合せ先を入力してください。"
            ),
        });
    }
    let mut lack = |field, sentence: &str| lacks.push(Lack { field, sentence: sentence.to_owned() });
    if on_page.channels == 0 {
        lack("channel_web", "意見を出す方法を1つ以上選んでください。");
    }
    if on_page.places == 0 {
        lack("places", "案を閲覧できる場所を入力してください。");
    }
    if !row.result_terms.publish_full && row.originals_place.trim().is_empty() {
        lack("originals_place", "結果に要旨を載せるときは、意見の全文を読める場所を入力してください。");
    }
    lacks.extend(period_lacks(row, today));
    lacks
}

fn period_lacks(row: &Consultation, today: NaiveDate) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let mut lack = |field, sentence: String| lacks.push(Lack { field, sentence });
    for (field, day, what) in [
        ("noticed_on", row.noticed_on, "公示日"),
        ("opens_on", row.opens_on, "募集の初日"),
        ("closes_on", row.closes_on, "募集の最終日"),
    ] {
        if day.is_none() {
            lack(field, format!("{what}を入力してください。"));
        }
    }
    let (Some(noticed), Some(opens), Some(closes)) = (row.noticed_on, row.opens_on, row.closes_on) else {
        return lacks;
    };
    if noticed < today {
        lack("noticed_on", "公示日が過ぎています。これから公示する日にしてください。".to_owned());
    }
    if opens < noticed {
        lack("opens_on", "募集の初日が、公示日より前です。".to_owned());
    }
    if closes < opens {
        lack("closes_on", "募集の最終日が、初日より前です。".to_owned());
    }
    let days = days_of_period(noticed, closes);
    if days < row.min_days && row.short_reason.trim().is_empty() {
        let min = u64::try_from(row.min_days).unwrap_or(0);
        lack(
            "closes_on",
            format!(
                "公示日から数えて{days}日しかありません(公示日を1日目とし、最終日も数えます)。{}日以上にするには、最終日を{}以後にします。\
                 やむを得ず短くするときは、その理由を「短い理由」に書いてください。理由は案とともに公表されます。",
                row.min_days,
                calendar::era_date(earliest_close(noticed, min)),
            ),
        );
    }
    lacks
}

/// What hangs on a consultation, counted for [`lacks`].
#[derive(Clone, Debug, Default)]
pub struct OnPage {
    /// Papers.
    pub papers: usize,
    /// Titles of papers with neither text nor somebody to ask.
    pub unreadable: Vec<String>,
    /// Ways to send.
    pub channels: usize,
    /// Reading places.
    pub places: usize,
}

/// Why an extension's new last day cannot be; `None` when it can.
pub fn extension_trouble(period: &Period, new_last: NaiveDate, today: NaiveDate) -> Option<String> {
    if new_last <= period.closing_on {
        return Some(format!(
            "新しい最終日は、いまの最終日({})より後にしてください。",
            calendar::era_date(period.closing_on)
        ));
    }
    if new_last < today {
        return Some("新しい最終日が過ぎています。".to_owned());
    }
    let most = today.checked_add_days(Days::new(366)).unwrap_or(NaiveDate::MAX);
    (new_last > most).then(|| "新しい最終日は、1年以内にしてください。".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2015, m, d).unwrap()
    }

    fn row() -> Consultation {
        let text = || "あり".to_owned();
        Consultation {
            id: 1,
            state: State::Planned,
            decision: None,
            decided_on: None,
            title: text(),
            draft_label: "案".to_owned(),
            unit_id: 1,
            contact: Json(Contact { place: text(), phone: "000-000-0000".to_owned(), ..Contact::default() }),
            basis: text(),
            summary: text(),
            plain_summary: String::new(),
            background: text(),
            prenotice_on: None,
            noticed_on: Some(day(9, 3)),
            opens_on: Some(day(9, 3)),
            closes_on: Some(day(10, 2)),
            closing_on: None,
            min_days: 30,
            short_reason: String::new(),
            grace_seconds: 0,
            senders: Json(Senders { invited: vec![Eligibility::Resident], ..Senders::default() }),
            count_incomplete: true,
            result_terms: Json(ResultTerms { note: text(), publish_full: true, count_unit: CountUnit::Item }),
            originals_place: String::new(),
            decision_planned_on: None,
            current_no: 0,
            created_by: 1,
            created_at: DateTime::UNIX_EPOCH.into(),
            version: 1,
        }
    }

    fn page() -> OnPage {
        OnPage { papers: 1, unreadable: Vec::new(), channels: 1, places: 1 }
    }

    fn event(kind: EventKind, from: &str, new_closes_on: Option<NaiveDate>) -> Event {
        let at: Instant = from.parse::<DateTime<Utc>>().unwrap().into();
        Event {
            id: 1,
            consultation_id: 1,
            kind,
            from_at: at,
            to_at: None,
            new_closes_on,
            reason: String::new(),
            content_hash: String::new(),
            author_id: 1,
            created_at: at,
            published_at: Some(at),
            withdrawn_at: None,
        }
    }

    #[test]
    fn thirty_days_from_the_day_of_notice_are_enough_and_twenty_nine_need_a_reason() {
        assert_eq!(lacks(&row(), &page(), day(9, 1)), []);
        let mut short = row();
        short.closes_on = Some(day(10, 1));
        let found = lacks(&short, &page(), day(9, 1));
        assert_eq!(found.len(), 1);
        assert!(
            found[0].sentence.contains("29日しかありません")
                && found[0].sentence.contains("平成27年(2015年)10月2日(金)以後"),
            "{found:?}"
        );
        short.short_reason = "議会の議決を要する日が決まっているため。".to_owned();
        assert_eq!(lacks(&short, &page(), day(9, 1)), []);
    }

    #[test]
    fn every_missing_part_is_named() {
        let mut bare = row();
        bare.contact.0.phone.clear();
        bare.result_terms.0.note.clear();
        bare.result_terms.0.publish_full = false;
        let on_page = OnPage { papers: 1, unreadable: vec!["図面".to_owned()], channels: 0, places: 0 };
        let fields: Vec<&str> = lacks(&bare, &on_page, day(9, 1)).iter().map(|l| l.field).collect();
        assert_eq!(
            fields,
            ["result_note", "contact_phone", "papers", "channel_web", "places", "originals_place"]
        );
    }

    #[test]
    fn a_period_opens_and_closes_by_the_clock_alone() {
        let period = Period::new(day(9, 3), day(10, 2), 0, &[]);
        let phase = |at: &str| period.phase(at.parse().unwrap());
        assert_eq!(phase("2015-09-02T23:59:59+09:00"), Phase::Coming);
        assert_eq!(phase("2015-09-03T00:00:00+09:00"), Phase::Open);
        assert_eq!(phase("2015-10-02T23:59:59+09:00"), Phase::Open);
        assert_eq!(phase("2015-10-03T00:00:00+09:00"), Phase::Closed);
        assert_eq!(period.days_left(day(10, 2)), 0);
    }

    #[test]
    fn a_published_extension_moves_the_last_day_and_an_unpublished_one_does_not() {
        let mut extension = event(EventKind::Extension, "2015-10-01T00:00:00Z", Some(day(10, 9)));
        let extended = Period::new(day(9, 3), day(10, 2), 0, std::slice::from_ref(&extension));
        assert_eq!(extended.closing_on, day(10, 9));
        extension.published_at = None;
        let same = Period::new(day(9, 3), day(10, 2), 0, &[extension]);
        assert_eq!(same.closing_on, day(10, 2));
    }

    #[test]
    fn a_suspension_holds_until_it_is_lifted() {
        let suspension = event(EventKind::Suspension, "2015-09-10T00:00:00Z", None);
        let resumption = event(EventKind::Resumption, "2015-09-12T00:00:00Z", None);
        let at = "2015-09-11T00:00:00Z".parse().unwrap();
        let events = [suspension, resumption];
        assert_eq!(Period::new(day(9, 3), day(10, 2), 0, &events[..1]).phase(at), Phase::Suspended);
        assert_eq!(Period::new(day(9, 3), day(10, 2), 0, &events).phase(at), Phase::Open);
    }

    fn came(at: &str, on: NaiveDate, postmarked_on: Option<NaiveDate>) -> Came {
        Came { received_at: at.parse().unwrap(), received_on: on, postmarked_on, entered: false }
    }

    #[test]
    fn a_form_is_in_time_until_midnight_in_tokyo_and_within_the_grace_the_city_gives() {
        let web = |grace, at: &str| {
            Period::new(day(9, 3), day(10, 2), grace, &[]).in_time(
                ChannelKind::Web,
                DeadlineKind::ArriveBy,
                &came(at, day(10, 2), None),
            )
        };
        assert!(web(0, "2015-10-02T23:59:59+09:00"));
        assert!(!web(0, "2015-10-03T00:00:00+09:00"));
        assert!(web(60, "2015-10-03T00:00:59+09:00"));
        assert!(!web(60, "2015-10-03T00:01:00+09:00"));
    }

    #[test]
    fn post_counts_by_its_postmark_where_the_city_said_so() {
        let period = Period::new(day(9, 3), day(10, 2), 0, &[]);
        let late = came("2015-10-04T01:00:00Z", day(10, 4), Some(day(10, 2)));
        assert!(period.in_time(ChannelKind::Post, DeadlineKind::Postmark, &late));
        assert!(!period.in_time(ChannelKind::Post, DeadlineKind::ArriveBy, &late));
        let unreadable = Came { postmarked_on: None, ..late };
        assert!(!period.in_time(ChannelKind::Post, DeadlineKind::Postmark, &unreadable));
        assert!(!period.in_time(ChannelKind::Fax, DeadlineKind::ArriveBy, &late));
    }

    #[test]
    fn an_extension_goes_forward() {
        let period = Period::new(day(9, 3), day(10, 2), 0, &[]);
        assert!(extension_trouble(&period, day(10, 2), day(9, 20)).is_some());
        assert_eq!(extension_trouble(&period, day(10, 9), day(9, 20)), None);
    }
}
