//! What a letter's seal covers: the columns of every table that belongs to a letter. Left out are counters that say
//! nothing (`version`), the state of background work (`indexed_at`, a mail's attempts), and what is sealed by itself.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Serialize;

use crate::db::schema::{
    approval, approval_step, attachment, dispatch, exchange, feedback, incoming, incoming_bounce, letter,
    letter_paper, letter_place, mail_automatic, mail_freeze, mail_return, mask_span, matter, matter_field,
    matter_joint_unit, outbox, publication, publication_part, publication_release, publication_version,
    reply, reply_version, voice,
};
use crate::db::{Backend, Instant};

macro_rules! covered {
    ($($row:ident of $table:ident { $($column:ident: $type:ty),+ $(,)? })+) => {
        $(
            #[derive(Debug, Serialize, Queryable, Selectable)]
            #[diesel(table_name = $table, check_for_backend(Backend))]
            pub(super) struct $row { $(pub(super) $column: $type),+ }
        )+
    };
}

covered! {
    LetterRow of letter {
        id: i64, receipt_code: String, secret_mac: String, submission_key: Option<String>, channel: String,
        state: String, fiscal_year: i64, register_no: Option<i64>,
        received_on: NaiveDate, server_received_at: Instant, registered_at: Option<Instant>,
        closed_at: Option<Instant>, entered_by: Option<i64>, checked_by: Option<i64>, checked_at: Option<Instant>,
        subject: String, body_original: String, body_working: Option<String>, language: String,
        reply_wanted: bool,
        reply_via: Option<String>, publish_ok: bool, age_band: Option<String>, district: Option<String>,
        relation: String, anonymous: bool, party_id: Option<String>, text_exact: String, text_key: String,
        read_at: Option<Instant>,
    }
    PaperRow of letter_paper {
        letter_id: i64, written_on: Option<NaiveDate>, postmarked_on: Option<NaiveDate>,
        collected_on: Option<NaiveDate>, box_location: Option<String>,
    }
    PlaceRow of letter_place { letter_id: i64, words: Option<String>, lat: Option<f64>, lon: Option<f64> }
    MatterRow of matter {
        id: i64, letter_id: i64, no: i64, title: String, kind: Option<String>, state: String,
        resume_state: Option<String>, owning_unit_id: Option<i64>, drafter_id: Option<i64>, reply_needed: bool,
        received_on: NaiveDate, statutory_due_on: NaiveDate, target_due_on: NaiveDate,
        extended_due_on: Option<NaiveDate>, due_on: NaiveDate, outcome: Option<String>, reason: Option<String>,
        reason_note: Option<String>, passed_to: Option<String>, follow_up_of: Option<i64>,
        circulated_at: Option<Instant>, assigned_at: Option<Instant>, replied_at: Option<Instant>,
        closed_at: Option<Instant>, created_at: Instant,
    }
    FieldRow of matter_field { matter_id: i64, field: String }
    JointRow of matter_joint_unit {
        matter_id: i64, unit_id: i64, part: Option<String>, written_by: Option<i64>, written_at: Option<Instant>,
    }
    ExchangeRow of exchange {
        id: i64, letter_id: i64, matter_id: Option<i64>, kind: String, body: String, staff_id: Option<i64>,
        submission_key: Option<String>, at: Instant,
    }
    FeedbackRow of feedback { matter_id: i64, helped: bool, comment: String, at: Instant }
    AttachmentRow of attachment {
        id: String, letter_id: Option<i64>, purpose: String, name_original: String, name_shown: String, size: i64,
        declared_type: String, detected_type: String, sha256: String, created_at: Instant,
    }
    ApprovalRow of approval {
        id: i64, subject_kind: String, subject_id: i64, matter_id: Option<i64>, letter_id: Option<i64>, class_code: String,
        content_hash: String, title: String, state: String, drafted_by: i64, author_id: i64, drafted_at: Instant, decided_by: Option<i64>,
        decided_as: Option<String>, decided_at: Option<Instant>, executed_at: Option<Instant>,
    }
    StepRow of approval_step {
        id: i64, approval_id: i64, no: i64, kind: String, unit_id: Option<i64>, role: String, state: String,
        staff_id: Option<i64>, acted_as: Option<String>, absent_id: Option<i64>, role_then: Option<String>,
        comment: Option<String>, acted_at: Option<Instant>, seen_later_at: Option<Instant>,
    }
    ReplyRow of reply {
        id: i64, matter_id: i64, kind: String, via: String, state: String, current_no: i64, created_by: i64,
        created_at: Instant,
    }
    ReplyVersionRow of reply_version {
        id: i64, reply_id: i64, no: i64, subject: String, body: String, expected_on: Option<NaiveDate>,
        content_hash: String, author_id: i64, created_at: Instant,
    }
    DispatchRow of dispatch {
        id: i64, approval_id: i64, reply_version_id: i64, content_hash: String, via: String, sent_by: i64, at: Instant,
    }
    MailRow of outbox {
        id: String, message_id: String, kind: String, letter_id: Option<i64>, matter_id: Option<i64>,
        dispatch_id: Option<i64>, content_hash: Option<String>, created_at: Instant,
    }
    IncomingRow of incoming {
        id: String, source: String, account: String, received_at: Instant, received_on: NaiveDate, size: i64,
        sha256: String, state: String, reason: Option<String>, content_key: Option<String>, letter_id: Option<i64>,
        exchange_id: Option<i64>, mail_id: Option<String>, standing: Option<String>, flags: String,
    }
    BounceRow of incoming_bounce { incoming_id: String, hard: bool, status: Option<String> }
    AutomaticRow of mail_automatic {
        outbox_id: String, occasion: String, address_mark: String, domain_mark: String, letter_id: Option<i64>,
        at: Instant,
    }
    ReturnRow of mail_return {
        id: i64, outbox_id: String, kind: String, status: Option<String>, said: String, at: Instant,
        settled_at: Option<Instant>,
    }
    FreezeRow of mail_freeze { letter_id: i64, reason: String, at: Instant }
    PublicationRow of publication {
        id: i64, matter_id: i64, state: String, current_no: i64, kind: String, fields: String, outcome: String,
        correction_note: Option<String>, name_left: bool, proposed_by: i64, proposed_at: Instant,
        ended_at: Option<Instant>, ended_reason: Option<String>, ended_note: Option<String>, ended_by: Option<i64>,
    }
    PartRow of publication_part {
        publication_id: i64, part: String, original: String, rewritten: Option<String>,
    }
    ReleaseRow of publication_release {
        id: i64, version_id: i64, publication_id: i64, no: i64, published_on: NaiveDate, released_by: Option<i64>,
        at: Instant,
    }
    MaskRow of mask_span {
        id: i64, publication_id: i64, part: String, starts: i64, ends: i64, reason: String, note: Option<String>,
        source: String, state: String, decided_by: Option<i64>, decided_at: Option<Instant>,
    }
    PublicationVersionRow of publication_version {
        id: i64, publication_id: i64, no: i64, title: String, voice_text: String, gist: bool, answer_text: String,
        unit_name: String, unit_phone: Option<String>, kind: String, fields: String, outcome: String,
        received_on: NaiveDate, replied_on: Option<NaiveDate>, answered_sender: bool,
        correction_note: Option<String>, content_hash: String, masked_by: i64, created_at: Instant,
    }
    VoiceRow of voice {
        id: i64, seq: i64, version_id: i64, version_no: i64, title: String, voice_text: String, gist: bool, answer_text: String,
        unit_name: String, unit_phone: Option<String>, kind: String, fields: String, outcome: String,
        fiscal_year: i64, received_on: NaiveDate, replied_on: Option<NaiveDate>, answered_sender: bool,
        published_on: NaiveDate, corrected_on: Option<NaiveDate>, correction_note: Option<String>,
        content_hash: String,
    }
}
