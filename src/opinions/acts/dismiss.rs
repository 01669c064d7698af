//! What looks like a copy and is none.

use chrono::{DateTime, Utc};

use super::{Doing, STALE, sortable};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::act::{Done, Kind};
use crate::opinions::store;
use crate::people::Viewer;

/// Says that the suggested texts of these groups are no copies of a family's: they are not proposed again, unless this is
/// taken back.
///
/// # Errors
/// As for [`super::merge`]; [`Error::Refused`] without a group, [`Error::Stale`] when none of them is proposed any more.
pub fn dismiss(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    model_group: i64,
    groups: &[i64],
) -> Result<Done> {
    sortable(db, viewer, consultation_id)?;
    if groups.is_empty() {
        return Err(Error::Refused("まとまりを選んでください。".to_owned()));
    }
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Dismiss, None)?;
    let by = (viewer.id, now.into());
    let texts = store::dismiss(db, doing.act, consultation_id, model_group, groups, by)?;
    if texts == 0 {
        return Err(Error::Stale(STALE.to_owned()));
    }
    doing.end(db, texts, Some(model_group), None)
}
