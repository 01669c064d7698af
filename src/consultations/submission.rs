//! An opinion as it was sent in (提出意見): its points, its sender's fields, when it came.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::consultation::{ChannelKind, Need, SenderFields};
use crate::db::schema::submission;
use crate::db::{Backend, Instant};
use crate::letters::letter::{Receipt, Relation};
use crate::people::party::{PartyDetails, SealedParty};
use crate::text_enum;

text_enum! {
    /// Where a submission stands. Every one is stored and read; late ones and those off topic are counted apart.
    pub enum State {
        Received = "received" => "受付",
        Accepted = "accepted" => "受理",
        Late = "late" => "期限後",
        Incomplete = "incomplete" => "記載に不足あり",
        OffTopic = "off_topic" => "案件外",
        Withdrawn = "withdrawn" => "取下げ",
    }
}

text_enum! {
    /// What staff decide about a submission, each with its reason but the way back.
    pub enum Handling {
        Accept = "accept" => "受理する(件数に数える)",
        SetAside = "set_aside" => "案件外にする",
        TakeBack = "take_back" => "取下げを記録する",
        Undo = "undo" => "元の扱いに戻す",
    }
}

impl State {
    /// Where a decision leads. `first` is where the submission stood before staff decided anything: late ones stay late,
    /// whatever is decided in between.
    pub fn after(self, handling: Handling, first: State) -> Option<State> {
        use Handling as H;
        use State as S;
        match (self, handling) {
            (S::Received | S::Incomplete, H::Accept) => Some(S::Accepted),
            (S::Received | S::Incomplete | S::Late | S::Accepted | S::Withdrawn, H::SetAside) => {
                Some(S::OffTopic)
            }
            (S::Received | S::Incomplete | S::Late | S::Accepted | S::OffTopic, H::TakeBack) => {
                Some(S::Withdrawn)
            }
            (S::Accepted | S::OffTopic | S::Withdrawn, H::Undo) => Some(first),
            _ => None,
        }
    }

    /// What may be decided here.
    pub fn handlings(self) -> Vec<Handling> {
        let may = |h: &Handling| self.after(*h, State::Received).is_some();
        Handling::ALL.iter().copied().filter(may).collect()
    }

    /// Whether it stands where it came to stand by itself.
    pub fn is_first(self) -> bool {
        matches!(self, State::Received | State::Late | State::Incomplete)
    }
}

/// One point of a submission, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// The paper and the code of the paragraph it was written at; none for the whole draft.
    pub paragraph: Option<(i64, String)>,
    /// The place in the draft, in the writer's words.
    pub target: String,
    /// The opinion.
    pub opinion: String,
    /// The reason; may be empty.
    pub reason: String,
}

/// What stands between opinion and reason in [`Point::text`].
const JOIN: &str = "\n\n";

impl Point {
    /// Opinion and reason as one text: what items are cut out of.
    pub fn text(&self) -> String {
        joined(&self.opinion, &self.reason)
    }
}

/// Opinion and reason of a point as one text.
pub fn joined(opinion: &str, reason: &str) -> String {
    if reason.is_empty() { opinion.to_owned() } else { format!("{opinion}{JOIN}{reason}") }
}

/// All points of a submission as one text: its original, sealed by its row.
pub fn whole(points: &[Point]) -> String {
    points.iter().map(Point::text).collect::<Vec<_>>().join("\n\n\n")
}

/// A submission as it arrives, ready to be stored.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The form's own number; a second arrival with the same number is the same submission.
    pub submission_key: Option<String>,
    /// Receipts to choose from, the first free one is taken.
    pub receipts: Vec<Receipt>,
    /// The way it came.
    pub channel: ChannelKind,
    /// Its points, one at least.
    pub points: Vec<Point>,
    /// The instant the request or mail began to reach this program.
    pub received_at: Instant,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// As dated by the writer.
    pub written_on: Option<NaiveDate>,
    /// Who typed it in.
    pub entered_by: Option<i64>,
    /// Required fields that are empty.
    pub missing: Vec<&'static str>,
    /// Ties to the city.
    pub relation: Vec<Relation>,
    /// No name was given.
    pub anonymous: bool,
    /// The sender, sealed.
    pub party: Option<SealedParty>,
    /// Keyed hash by which one sender's submissions are counted once.
    pub sender_mark: Option<String>,
    /// A body agrees that its name stands beside its opinion.
    pub org_publish_ok: bool,
    /// Attachments uploaded with the form, by id.
    pub attachments: Vec<String>,
}

/// Required fields that were left empty, by their ids in the form.
pub fn missing(asked: &SenderFields, details: &PartyDetails, relation: &[Relation]) -> Vec<&'static str> {
    let name = !details.name.is_empty() || (!details.org_name.is_empty() && !details.rep_name.is_empty());
    let contact = !details.phone.is_empty() || !details.email.is_empty();
    [
        (asked.name, name, "name"),
        (asked.address, !details.address.is_empty(), "address"),
        (asked.contact, contact, "contact"),
        (asked.relation, !relation.is_empty(), "relation"),
    ]
    .into_iter()
    .filter(|(need, told, _)| *need == Need::Required && !told)
    .map(|(_, _, field)| field)
    .collect()
}

/// The ids of fields as a row keeps them, with commas.
pub fn listed(missing: &str) -> Vec<&str> {
    missing.split(',').filter(|field| !field.is_empty()).collect()
}

/// The words for a field of the sender.
pub fn field_label(field: &str) -> &'static str {
    match field {
        "name" => "お名前",
        "address" => "住所",
        "contact" => "連絡先",
        "relation" => "市との関係",
        _ => "記載",
    }
}

/// By what a sender is known again for counting: mail address, telephone, or name with address. Whoever gave none of
/// them is counted as a sender of his or her own.
pub fn sender_words(details: &PartyDetails) -> Option<String> {
    let squeezed = |text: &str| crate::text::comparable(text);
    if !details.email.is_empty() {
        Some(format!("mail {}", details.email.to_lowercase()))
    } else if !details.phone.is_empty() {
        Some(format!("phone {} {}", details.phone, squeezed(&details.name)))
    } else if !(details.address.is_empty() || (details.name.is_empty() && details.org_name.is_empty())) {
        Some(format!(
            "name {} {} {}",
            squeezed(&details.name),
            squeezed(&details.org_name),
            squeezed(&details.address)
        ))
    } else {
        None
    }
}

/// The state a submission begins in: late before incomplete, for the deadline is the same for all.
pub fn first_state(in_time: bool, missing: &[&str]) -> State {
    match (in_time, missing.is_empty()) {
        (false, _) => State::Late,
        (true, false) => State::Incomplete,
        (true, true) => State::Received,
    }
}

/// A submission as stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submission, check_for_backend(Backend))]
#[expect(missing_docs, reason = "the migration explains the columns")]
pub struct Submission {
    pub id: i64,
    pub consultation_id: i64,
    pub receipt_code: String,
    pub secret_mac: String,
    pub channel: ChannelKind,
    pub state: State,
    pub missing: String,
    pub state_reason: Option<String>,
    pub received_on: NaiveDate,
    pub postmarked_on: Option<NaiveDate>,
    pub received_at: Instant,
    pub entered_by: Option<i64>,
    pub text_original: String,
    pub text_exact: String,
    pub text_key: String,
    pub anonymous: bool,
    pub party_id: Option<String>,
    pub sender_mark: Option<String>,
    pub org_publish_ok: bool,
    pub confirmed_at: Option<Instant>,
    pub disputed_at: Option<Instant>,
    pub version: i64,
    pub written_on: Option<NaiveDate>,
    pub checked_by: Option<i64>,
    pub checked_at: Option<Instant>,
    pub relation: String,
    pub letter_id: Option<i64>,
    pub resume_state: Option<State>,
    pub extended_by: Option<i64>,
}

impl Submission {
    /// Its page at the staff door.
    pub fn path(&self) -> String {
        format!("/consultations/{}/submissions/{}", self.consultation_id, self.id)
    }

    /// Whether somebody typed it in and nobody else has compared it with the paper.
    pub fn wants_second_look(&self) -> bool {
        self.entered_by.is_some() && self.checked_by.is_none()
    }
}

/// What is never to change in a submission, as one SHA-256: the trail's line of its arrival carries it.
pub fn original_digest(
    consultation_id: i64,
    receipt_code: &str,
    channel: ChannelKind,
    received_at: Instant,
    text: &str,
) -> String {
    use sha2::{Digest, Sha256};
    let (id, at) = (consultation_id.to_string(), received_at.to_string());
    let mut hash = Sha256::new();
    for part in [&id, receipt_code, channel.code(), &at, text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_field_left_empty_is_named_and_a_body_with_its_representative_has_a_name() {
        let asked = SenderFields::default();
        assert_eq!(missing(&asked, &PartyDetails::default(), &[]), ["name", "address"]);
        let body = PartyDetails {
            org_name: "長府自治会".to_owned(),
            rep_name: "長田 結".to_owned(),
            address: "下関市長府".to_owned(),
            ..PartyDetails::default()
        };
        assert_eq!(missing(&asked, &body, &[]), Vec::<&str>::new());
    }

    #[test]
    fn late_ones_are_late_whatever_else_they_lack() {
        assert_eq!(first_state(false, &["name"]), State::Late);
        assert_eq!(first_state(true, &["name"]), State::Incomplete);
        assert_eq!(first_state(true, &[]), State::Received);
    }

    #[test]
    fn what_was_set_aside_goes_back_to_where_it_stood_and_late_ones_never_become_timely() {
        for first in [State::Received, State::Incomplete, State::Late] {
            for aside in [Handling::SetAside, Handling::TakeBack] {
                let there = first.after(aside, first).unwrap();
                assert_eq!(there.after(Handling::Undo, first), Some(first));
            }
            assert_eq!(first.after(Handling::Undo, first), None, "there is nothing to undo");
        }
        assert_eq!(State::Incomplete.after(Handling::Accept, State::Incomplete), Some(State::Accepted));
        assert_eq!(State::Late.after(Handling::Accept, State::Late), None);
        assert_eq!(State::OffTopic.after(Handling::Accept, State::Late), None);
        assert_eq!(State::OffTopic.handlings(), [Handling::TakeBack, Handling::Undo]);
    }

    #[test]
    fn one_sender_is_known_again_by_what_he_or_she_left() {
        let by = |email: &str, name: &str, address: &str| {
            sender_words(&PartyDetails {
                email: email.to_owned(),
                name: name.to_owned(),
                address: address.to_owned(),
                ..PartyDetails::default()
            })
        };
        assert_eq!(by("A@example.jp", "", ""), by("a@example.jp", "長田", ""));
        assert_eq!(by("", "長田 結", "下関市長府"), by("", "長田　結", "下関市長府"));
        assert_eq!(by("", "長田 結", ""), None);
    }
}
