//! Telling everybody who left a mail address that the result is out: once, a few at a time, whatever is interrupted.

use super::{store, views};
use crate::consultations::store as consulted;
use crate::db::Db;
use crate::error::Result;
use crate::mail::{self, Letterform, MailKind, Prepared};
use crate::people::party;
use crate::trail::{self, Act, By};
use crate::web::App;
use serde_json::json;

/// Mails written in one go.
const BATCH: i64 = 50;

/// Writes some of the mails that are due and says whether there was anything to do.
///
/// Blocks: for the background worker. Each address is noted in the transaction that puts its mail in the outbox.
pub fn run(app: &App) -> Result<bool> {
    let Some(id) = app.db.read_now(store::telling)?.into_iter().next() else { return Ok(false) };
    let now = app.clock.now();
    let (title, some) = app.db.read_now(|db| {
        let (version, _) =
            store::released(db, id)?.into_iter().next().ok_or(crate::error::Error::NotFound)?;
        let content = super::content::Content::read(&version.content)?;
        Ok((content.whole_title(), store::to_tell(db, id, BATCH)?))
    })?;
    if some.is_empty() {
        app.db.write_behind(move |db| store::end_telling(db, id, now.into()))?;
        return Ok(true);
    }
    let mut mails = Vec::new();
    for one in some {
        let (key, sealed) = app.db.read_now(|db| store::sealed_party(db, &one.party_id))?;
        let details = party::open(&app.sealer, &one.party_id, key, &sealed)?;
        let form = letterform(app, id, &title, details.email, details.name);
        let prepared = Prepared::seal(&app.sealer, &app.clock, &app.config, MailKind::Notice, &form)?;
        mails.push((one.mark, prepared));
    }
    app.db.write_behind(move |db| tell(db, now, id, &mails))?;
    Ok(true)
}

fn tell(
    db: &mut Db,
    now: chrono::DateTime<chrono::Utc>,
    id: i64,
    mails: &[(String, Prepared)],
) -> Result<()> {
    let mut told = 0;
    for (mark, mail) in mails {
        // another process may have been quicker
        if store::note_told(db, id, mark, now.into())? {
            mail::enqueue(db, mail)?;
            told += 1;
        }
    }
    if told == 0 {
        return Ok(());
    }
    let row = consulted::consultation(db, id)?;
    let line = super::line(Act::ResultTold, row.id)
        .with(json!({ "mails": told, "parties": told, "reason": "result_told", "shown": false }));
    trail::record(db, &By::system(), now, &line)
}

fn letterform(app: &App, id: i64, title: &str, to: String, to_name: String) -> Letterform {
    let base = app.city.public_url.trim_end_matches('/');
    Letterform {
        to,
        to_name,
        subject: format!("意見募集「{title}」の結果を公表しました"),
        text: format!(
            "「{title}」にご意見をお寄せいただき、ありがとうございました。\n\nいただいたご意見と市の考え方をまとめ、結果を公表しました。\n{base}{}\n\nご自分のご意見にどうお答えしたかは、受付番号と確認番号を入れると、すぐにご覧になれます。\n{base}/receipts\n\nこのお知らせは、この意見募集について1回だけお送りしています。\n",
            views::path(id)
        ),
        references: Vec::new(),
    }
}
