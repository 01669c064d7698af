//! What the public reads of a consultation, as one text: what is approved is, byte for byte, what is shown.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::consultation::{ChannelKind, DeadlineKind, Eligibility, SenderFields};
use super::paper::PaperKind;
use crate::error::{Error, Result};

/// A released or releasable version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of the form, by their names")]
pub struct Content {
    pub title: String,
    pub draft_label: String,
    pub unit_name: String,
    pub contact_place: String,
    pub contact_phone: String,
    pub contact_fax: String,
    pub contact_email: String,
    pub basis: String,
    pub summary: String,
    pub plain_summary: String,
    pub background: String,
    pub noticed_on: NaiveDate,
    pub opens_on: NaiveDate,
    pub closes_on: NaiveDate,
    pub short_reason: String,
    pub eligibility: Vec<Eligibility>,
    pub eligibility_note: String,
    pub sender_fields: SenderFields,
    pub result_note: String,
    pub publish_full: bool,
    pub originals_place: String,
    pub decision_planned_on: Option<NaiveDate>,
    pub channels: Vec<Channel>,
    pub places: Vec<Place>,
    pub papers: Vec<PaperLink>,
}

/// A way to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Which.
    pub kind: ChannelKind,
    /// Where to.
    pub address: String,
    /// What the last day means.
    pub deadline: DeadlineKind,
    /// Office hours and the like.
    pub note: String,
}

/// A reading place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// When it is open.
    pub hours: String,
}

/// A paper of this version: the exact version of its text and the exact bytes of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperLink {
    /// `paper.id`.
    pub paper_id: i64,
    /// `paper_version.id`.
    pub version_id: i64,
    /// What it is.
    pub kind: PaperKind,
    /// Its title.
    pub title: String,
    /// Whom to ask who cannot read it.
    pub access_note: String,
    /// Hash over paragraphs and file.
    pub content_hash: String,
    /// How many paragraphs its text has.
    pub paragraphs: i64,
    /// Its file: id, name, size in bytes.
    pub file: Option<(String, String, i64)>,
}

impl Content {
    /// The text that is stored.
    ///
    /// # Errors
    /// [`Error::Internal`], never met.
    pub fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// [`Error::Internal`] when it is none.
    pub fn read(text: &str) -> Result<Content> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// What the last day means for a way; ways that were not offered count by arrival.
    pub fn deadline(&self, kind: ChannelKind) -> DeadlineKind {
        self.channels.iter().find(|c| c.kind == kind).map_or(DeadlineKind::ArriveBy, |c| c.deadline)
    }
}

/// The hash that is approved.
pub fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
