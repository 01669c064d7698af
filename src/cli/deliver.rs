//! `deliver`: one pass over the outbox.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::mail::deliver;
use crate::web::App;

pub(super) fn run(config: Config) -> Result<()> {
    if config.smtp_url.is_empty() {
        println!("smtp_url が空なので送りません。メールは送信箱で読めます。");
        return Ok(());
    }
    let app = App::open(config, Clock::System)?;
    loop {
        let counts = deliver::pass(&app)?;
        if !counts.any() {
            return Ok(());
        }
        println!(
            "送った {}通、後でもう一度 {}通、送れない {}通、届いたか分からない {}通",
            counts.sent, counts.again, counts.failed, counts.in_doubt
        );
        if let Some(why) = counts.trouble {
            return Err(Error::Unavailable(why));
        }
    }
}
