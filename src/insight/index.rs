//! The worker that makes letters and opinions findable. Intake never waits for it.

use crate::consultations;
use crate::db::{Db, Instant};
use crate::error::Result;
use crate::letters;
use crate::web::App;

/// Texts read at once.
const BATCH: i64 = 500;

/// Texts per write: short enough that a citizen's letter slips in between.
const SHARE: usize = 25;

/// Indexes waiting letters, at most `most`, and gives how many were looked at. Call it again while it gives `most`.
///
/// Blocks: for the background worker and the command line.
///
/// # Errors
/// The database's; what was indexed before stays indexed.
pub fn run(app: &App, most: usize) -> Result<usize> {
    work_off(app, most, letters::search::waiting, letters::search::keep)
}

/// The same for the opinions that came in.
///
/// # Errors
/// As [`run`].
pub fn submissions(app: &App, most: usize) -> Result<usize> {
    work_off(app, most, consultations::search::waiting, consultations::search::keep)
}

fn work_off<T: Clone + Send + 'static>(
    app: &App,
    most: usize,
    waiting: fn(&mut Db, i64) -> Result<Vec<T>>,
    keep: fn(&mut Db, &[T], Instant) -> Result<()>,
) -> Result<usize> {
    let mut done = 0;
    while done < most {
        let batch = BATCH.min(i64::try_from(most - done).unwrap_or(BATCH));
        // terms are made outside the write
        let made = app.db.read_now(move |db| waiting(db, batch))?;
        if made.is_empty() {
            break;
        }
        done += made.len();
        for share in made.chunks(SHARE) {
            let (share, at) = (share.to_vec(), app.clock.now().into());
            app.db.write_behind(move |db| keep(db, &share, at))?;
        }
    }
    Ok(done)
}
