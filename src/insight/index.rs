//! The worker that makes letters findable. Intake never waits for it.

use crate::error::Result;
use crate::letters::search;
use crate::web::App;

/// Letters read at once.
const BATCH: i64 = 500;

/// Letters per write: short enough that a citizen's letter slips in between.
const SHARE: usize = 25;

/// Indexes waiting letters, at most `most`, and gives how many were looked at. Call it again while it gives `most`.
///
/// Blocks: for the background worker and the command line.
///
/// # Errors
/// The database's; what was indexed before stays indexed.
pub fn run(app: &App, most: usize) -> Result<usize> {
    let mut done = 0;
    while done < most {
        let batch = BATCH.min(i64::try_from(most - done).unwrap_or(BATCH));
        // terms are made outside the write
        let made = app.db.read_now(|db| search::waiting(db, batch))?;
        if made.is_empty() {
            break;
        }
        done += made.len();
        for share in made.chunks(SHARE) {
            let (share, at) = (share.to_vec(), app.clock.now().into());
            app.db.write_behind(move |db| search::keep(db, &share, at))?;
        }
    }
    Ok(done)
}
