//! What every page needs: the application, forms, tokens against forged ones, errors that help, two doors.

pub mod answer;
pub mod assets;
pub mod citizen_form;
#[cfg(test)]
mod contrast;
pub mod errors;
pub mod form;
pub mod html;
pub mod kept;
pub mod pace;
pub mod page;
pub mod parts;
pub mod server;
pub mod sheet;
pub mod shell;

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Pool};
use crate::error::Result;
use crate::seal::Sealer;

/// What every handler is given.
pub struct App {
    /// The database.
    pub db: Pool,
    /// Times and ids.
    pub clock: Clock,
    /// The settings.
    pub config: Arc<Config>,
    /// Seals personal data.
    pub sealer: Sealer,
    /// What every page says of the city.
    pub city: Arc<page::City>,
    /// How often citizens may try.
    pub pace: pace::Pace,
    /// Public pages as they were last built.
    pub kept: kept::Kept,
}

/// [`App`] as handlers take it.
pub type Shared = actix_web::web::Data<App>;

impl App {
    /// Opens everything the settings name.
    ///
    /// # Errors
    /// When the data folder, the database or the sealing key cannot be opened.
    pub fn open(config: Config, clock: Clock) -> Result<App> {
        std::fs::create_dir_all(config.data.join("files"))
            .map_err(|e| crate::error::Error::Internal(format!("{}: {e}", config.data.display())))?;
        let db = Pool::open(&config.database_url(), config.pool_size)?;
        let sealer = {
            let (file, clock) = (config.seal_key_path(), clock.clone());
            db.write_now(move |db| Sealer::open(&file, db, &clock))?
        };
        let city = Arc::new(page::City {
            name: config.city_name.clone(),
            office: config.office_name.clone(),
            phone: config.office_phone.clone(),
            address: config.office_address.clone(),
            public_url: config.base_url.trim_end_matches('/').to_owned(),
            demo: config.demo,
            scanner: !config.clamd.is_empty(),
        });
        let pace = pace::Pace::new(&config);
        let kept = kept::Kept::new(&clock);
        Ok(App { db, clock, config: Arc::new(config), sealer, city, pace, kept })
    }

    /// The edition of what is public that stands, from memory or from the database.
    ///
    /// # Errors
    /// The database's.
    pub async fn edition(&self) -> Result<i64> {
        if let Some(edition) = self.kept.edition() {
            return Ok(edition);
        }
        match self.db.read(db::edition).await {
            Ok(edition) => {
                self.kept.saw(edition);
                Ok(edition)
            }
            Err(error) => {
                self.kept.look_again();
                Err(error)
            }
        }
    }
}

/// Which of the two doors a request came through. Each listener has its own, so neither can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The citizens' door.
    Citizen,
    /// The staff door.
    Staff,
}
