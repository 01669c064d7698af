//! `mail fetch`: one look into the mailboxes of the settings.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::intake::doors::keep_by_imap;
use crate::intake::imap::{self, Mailbox};
use crate::mail::channels;
use crate::web::App;

/// Fetches what is new in all mailboxes or one, or with `test` only looks whether it could.
pub(super) fn run(config: Config, test: bool, only: Option<&str>) -> Result<()> {
    let app = App::open(config, Clock::System)?;
    let mut mailboxes = Mailbox::all(&app.config)?;
    mailboxes.retain(|mailbox| only.is_none_or(|name| mailbox.name == name));
    if mailboxes.is_empty() {
        return Err(Error::Refused("取り込むメールボックスが設定にありません。".to_owned()));
    }
    let keep = keep_by_imap();
    let mut failed = 0;
    for mailbox in &mailboxes {
        let said = if test {
            imap::look(&app, mailbox).map(|seen| {
                let tells = if seen.tells {
                    "届くとすぐに分かります"
                } else {
                    "定期的に見に行きます"
                };
                let after = if seen.after {
                    ""
                } else {
                    "。このサーバーでは after の設定どおりにできません"
                };
                format!("つながりました。{}通あります({tells}){after}", seen.mails)
            })
        } else {
            let round = imap::once(&app, mailbox, &keep);
            match &round {
                Ok(_) => channels::worked(&app, &imap::channel(mailbox)),
                Err(why) => channels::troubled(&app, &imap::channel(mailbox), &why.to_string()),
            }
            round.map(|round| format!("{}通を取り込みました(うち大きすぎるもの {}通)", round.kept, round.cut))
        };
        match said {
            Ok(said) => println!("{}: {said}", mailbox.name),
            // one that is away holds up no other
            Err(why) => {
                failed += 1;
                eprintln!("{}: {why}", mailbox.name);
            }
        }
    }
    if failed > 0 {
        return Err(Error::Unavailable(format!("{failed}つのメールボックスから取り込めませんでした")));
    }
    Ok(())
}
