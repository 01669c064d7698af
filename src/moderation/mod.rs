//! Moderation: staff's workbench for masking and publishing. The rules and rows are the publications' own.

pub mod handlers;
pub mod store;
pub mod views;

use chrono::{DateTime, Utc};

use crate::approval::{self, SubjectKind};
use crate::db::Db;
use crate::error::Result;
use crate::people::Viewer;
use crate::publications;
use crate::seal::Sealer;

/// Puts a publication up for approval (起案): the version and the start of its approval in one transaction.
pub fn circulate(
    db: &mut Db,
    sealer: &Sealer,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: i64,
    seen: i64,
) -> Result<i64> {
    let ready = publications::submit(db, sealer, viewer, now, id, seen)?;
    let draft = approval::Draft {
        subject_kind: SubjectKind::Publication,
        subject_id: ready.version_id,
        class: "publication",
        content_hash: &ready.content_hash,
        about: approval::About::Matter { matter_id: ready.matter_id, letter_id: ready.letter_id },
        title: &ready.title,
        author_id: viewer.id,
        unit_id: None,
        joint: &[],
    };
    approval::start(db, viewer, now, &draft)
}
