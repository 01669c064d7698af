//! A submission cut anew: its points' texts in finer or coarser items.

use chrono::{DateTime, Utc};

use super::{Doing, STALE, editable, home_of, sameness, sortable};
use crate::consultations;
use crate::consultations::submission::Point;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::act::{Done, Kind, Seen};
use crate::opinions::item::{self, Item, Stretch};
use crate::opinions::store::{self, NewItem, Put, Which};
use crate::people::Viewer;
use crate::text::{l0, l1};

/// Most items one submission is cut into.
pub const MOST_CUTS: usize = 200;

/// One cut of a submission as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The point, from 1.
    pub point_no: i64,
    /// Where in its text.
    pub at: Stretch,
    /// Where in the draft it belongs.
    pub place: Option<(i64, String)>,
}

/// What the page of a submission's items was made from: ids and versions, to be seen again by [`recut`].
pub fn cuts_seen(items: &[Item]) -> String {
    items.iter().map(|i| Seen { id: i.id, version: i.version }.value()).collect::<Vec<_>>().join(",")
}

/// Cuts a submission anew. Cuts that are as before stay; others go, and new ones come: each into the group of texts
/// equal to it or a new one, withheld where something withheld stood.
///
/// # Errors
/// As for [`super::merge`]; [`Error::Refused`] for cuts that overlap, leave the text, are none or too many, and for a submission
/// that does not count.
pub fn recut(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    submission_id: i64,
    seen: &str,
    cuts: &[Cut],
) -> Result<Done> {
    let found = consultations::store::submission(db, submission_id)?;
    let consultation_id = found.consultation_id;
    let row = sortable(db, viewer, consultation_id)?;
    if !item::counts(found.state, row.count_incomplete) {
        return Err(Error::Refused(format!(
            "この提出は「{}」なので、件数に入りません。項目には分けません。",
            found.state.label()
        )));
    }
    let points = consultations::store::points(db, submission_id)?;
    checked(&points, cuts)?;
    for cut in cuts {
        if let Some((paper, code)) = &cut.place
            && !store::is_place(db, consultation_id, *paper, code)?
        {
            return Err(Error::Refused("その段落は、この案にありません。".to_owned()));
        }
    }
    let standing = store::items_of(db, submission_id)?;
    if cuts_seen(&standing) != seen {
        return Err(Error::Stale(STALE.to_owned()));
    }
    let groups: Vec<i64> = standing.iter().filter_map(|i| i.group_id).collect();
    let groups = store::groups_of(db, consultation_id, &groups)?;
    editable(db, &groups)?;
    let same = |i: &Item, c: &Cut| {
        i.point_no == c.point_no
            && (i.start_char, i.end_char) == c.at
            && i.paper_id.zip(i.paragraph.clone()) == c.place
    };
    let gone: Vec<i64> = standing.iter().filter(|i| !cuts.iter().any(|c| same(i, c))).map(|i| i.id).collect();
    let new: Vec<&Cut> = cuts.iter().filter(|c| !standing.iter().any(|i| same(i, c))).collect();
    if gone.is_empty() && new.is_empty() {
        return Err(Error::Refused("前と同じ分け方です。".to_owned()));
    }
    let doing = Doing::begin(db, viewer, now, consultation_id, Kind::Cut, None)?;
    store::note_moves(db, doing.act, Which::Items(&gone), Put::Removed)?;
    store::carry_out(db, doing.act, now.into())?;
    let mut made = Vec::new();
    for cut in new {
        let point = usize::try_from(cut.point_no - 1).ok().and_then(|at| points.get(at)).map(Point::text);
        let point = point.unwrap_or_default();
        let text = item::cut(&point, cut.at.0, cut.at.1);
        let (exact, key) = (l0(text.as_bytes()).to_string(), l1(text).to_string());
        let place = cut.place.as_ref().map(|(paper, code)| (*paper, code.as_str()));
        let withheld = standing.iter().find(|i| {
            i.withheld.is_some()
                && i.point_no == cut.point_no
                && i.start_char < cut.at.1
                && i.end_char > cut.at.0
        });
        let withheld = withheld.and_then(|i| Some((i.withheld?, i.withheld_note.as_str())));
        let group_id = match withheld {
            Some(_) => None,
            None => {
                let same = sameness(db, submission_id, &key, cut.at.1 - cut.at.0)?;
                Some(home_of(db, now, consultation_id, &same, place, None)?)
            }
        };
        let new = NewItem {
            consultation_id,
            submission_id,
            point_no: cut.point_no,
            start_char: cut.at.0,
            end_char: cut.at.1,
            place,
            text_exact: &exact,
            text_key: &key,
            group_id,
            withheld,
            made_by: Some(viewer.id),
        };
        made.push(store::insert_item(db, &new, now.into())?);
    }
    store::note_made(db, doing.act, &made)?;
    store::texts_came(db, consultation_id)?;
    let moved = i64::try_from(gone.len() + made.len()).unwrap_or(i64::MAX);
    doing.end(db, moved, None, Some(submission_id))
}

/// Refuses cuts that are no cuts of these points.
fn checked(points: &[Point], cuts: &[Cut]) -> Result<()> {
    if cuts.is_empty() {
        return Err(Error::Refused(
            "件数に入る提出には、項目が1つ以上要ります。案件外のときは、提出の扱いを「案件外」にしてください。".to_owned(),
        ));
    }
    if cuts.len() > MOST_CUTS {
        return Err(Error::Refused(format!("1通を分けられるのは{MOST_CUTS}項目までです。")));
    }
    for (at, cut) in cuts.iter().enumerate() {
        let point = usize::try_from(cut.point_no - 1).ok().and_then(|no| points.get(no)).map(Point::text);
        let long = point.map_or(0, |text| i64::try_from(text.chars().count()).unwrap_or(0));
        if cut.at.0 < 0 || cut.at.1 <= cut.at.0 || cut.at.1 > long {
            return Err(Error::BadRequest("項目が文章の外に出ています。".to_owned()));
        }
        let overlaps =
            |other: &Cut| other.point_no == cut.point_no && other.at.0 < cut.at.1 && cut.at.0 < other.at.1;
        if cuts[at + 1..].iter().any(overlaps) {
            return Err(Error::Refused("項目が重なっています。1つの文は、1つの項目に入れます。".to_owned()));
        }
    }
    Ok(())
}
