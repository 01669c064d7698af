//! The consultation an opinion is written to, as its form needs it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::consultations::handlers::number;
use crate::consultations::{self, Shown, flood};
use crate::db::edition;
use crate::error::Result;
use crate::web::App;

/// Consultations as citizens see them, kept while nothing public changes: in its last hour one form is opened and sent
/// thousands of times.
#[derive(Default)]
struct Known(Mutex<HashMap<i64, Arc<Shown>>>);

/// The consultation as citizens see it now, and whether its forms are slowed.
///
/// # Errors
/// [`Error::NotFound`] when it was never announced.
pub(super) async fn find(app: &App, id: &str) -> Result<(Arc<Shown>, bool)> {
    let id = number(id)?;
    let (edition, slowing) = app.db.read(move |db| Ok((edition(db)?, flood::is_slowing(db, id)?))).await?;
    app.kept.saw(edition);
    let known = app.kept.derived::<Known>();
    let known = known.unwrap_or_else(|| app.kept.keep_derived(edition, Known::default()));
    let there = known.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
    if let Some(shown) = there {
        return Ok((shown, slowing));
    }
    let shown = Arc::new(app.db.read(move |db| consultations::shown(db, id)).await?);
    known.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, shown.clone());
    Ok((shown, slowing))
}
