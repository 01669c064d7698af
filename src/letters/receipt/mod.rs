//! What a writer takes away: a code, a secret, the text back, and an honest word on what happens next.
//!
//! Code and secret follow from the form's number and the house's key, so that a form sent again shows the same
//! receipt although the secret is stored nowhere.

mod views;

use chrono::NaiveDate;

pub use views::{keep, numbers, page};

use super::letter::{Arrival, Receipt};
use super::{Accepted, accept};
use crate::calendar;
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;
use crate::mail::{self, Letterform, ReceiptMails};
use crate::seal::Sealer;
use crate::text::{ReceiptCode, ReceiptSecret};
use crate::trail::By;
use crate::web::parts::grouped;

/// Codes tried for one letter; that all of them are taken is as likely as drawing three given letters out of 10¹¹.
const CANDIDATES: u8 = 3;

/// A code with its secret.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    /// 受付番号.
    pub code: ReceiptCode,
    /// 確認番号.
    pub secret: ReceiptSecret,
}

impl Ticket {
    /// What is stored of it.
    pub fn receipt(&self, sealer: &Sealer) -> Receipt {
        Receipt { code: self.code.digits(), secret_mac: secret_mac(sealer, &self.code, &self.secret) }
    }
}

/// The tickets a form's number (or any other unguessable text) stands for, in the order they are tried.
pub fn tickets(sealer: &Sealer, number: &str) -> Vec<Ticket> {
    (0..CANDIDATES)
        .map(|nth| {
            let mac = sealer.mac("letter.receipt", &[number.as_bytes(), &[nth]]);
            let (mut code, mut secret) = ([0; 16], [0; 16]);
            code.copy_from_slice(&mac[..16]);
            secret.copy_from_slice(&mac[16..]);
            Ticket { code: ReceiptCode::from_random(code), secret: ReceiptSecret::from_random(secret) }
        })
        .collect()
}

/// A new secret for a code that is there. It follows from the form's number like the first one, so that the same form
/// sent again shows the same.
pub fn renewed(sealer: &Sealer, code: ReceiptCode, number: &str) -> Ticket {
    let mac = sealer.mac("letter.receipt.renewed", &[number.as_bytes(), code.digits().as_bytes()]);
    let mut secret = [0; 16];
    secret.copy_from_slice(&mac[..16]);
    Ticket { code, secret: ReceiptSecret::from_random(secret) }
}

/// `letter.secret_mac`: a keyed hash of code and secret, so that a stolen database tells no secret.
pub fn secret_mac(sealer: &Sealer, code: &ReceiptCode, secret: &ReceiptSecret) -> String {
    sealer.mark("letter.secret", &format!("{}:{}", code.digits(), secret.digits()))
}

/// `letter.submission_key` of a form's number: who reads the table cannot send the form again and see its receipt.
pub fn submission_key(sealer: &Sealer, number: &str) -> String {
    sealer.mark("letter.form", number)
}

/// The days a writer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// 受付日.
    pub received_on: NaiveDate,
    /// A reply usually comes by this day.
    pub usually_by: NaiveDate,
    /// A needed reply is due on this day (施行規則第4条).
    pub at_the_latest: NaiveDate,
}

impl Promise {
    /// Counted from the day after receipt.
    pub fn of(received_on: NaiveDate, config: &Config) -> Promise {
        let at_the_latest = calendar::due(received_on, config.reply_statutory_days);
        let usually_by = calendar::due(received_on, config.reply_target_days).min(at_the_latest);
        Promise { received_on, usually_by, at_the_latest }
    }

    /// What happens next, sentence by sentence, for page and mail alike.
    pub fn sentences(&self, reply_wanted: bool) -> Vec<String> {
        let mut said = vec!["市の広聴担当が読み、市長に報告して、担当の課に伝えます。".to_owned()];
        if reply_wanted {
            said.push(format!(
                "返事は、ふつう{}ごろまで、遅くとも{}までにお送りします。調べるのに時間がかかるときは、途中でお知らせします。",
                calendar::short_date(self.usually_by),
                calendar::short_date(self.at_the_latest),
            ));
            said.push("営業や宣伝、人を傷つける内容などには、返事をお送りしないことがあります。".to_owned());
        } else {
            said.push(
                "返事を希望されていないため、返事はお送りしません。内容は市の仕事に生かします。".to_owned(),
            );
        }
        said
    }
}

/// What the receipt page and the receipt mail say.
#[derive(Clone, Copy, Debug)]
pub struct Slip<'a> {
    /// Code and secret.
    pub ticket: &'a Ticket,
    /// The days.
    pub promise: Promise,
    /// When, in Tokyo, in words.
    pub received_at: &'a str,
    /// As typed; may be empty.
    pub subject: &'a str,
    /// As typed.
    pub body: &'a str,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// Whether a copy goes by mail.
    pub mailed: bool,
    /// How many files came with it.
    pub files: usize,
    /// Something the writer should know, such as characters that were taken out.
    pub notice: Option<&'a str>,
}

/// The receipt as a mail: the same as the page says.
pub fn letterform(slip: &Slip<'_>, to: &str, to_name: &str, config: &Config) -> Letterform {
    let mut text = head(slip, to_name, config);
    text.push_str("\n■お送りいただいた内容\n");
    if !slip.subject.is_empty() {
        text.push_str(&format!("題名:{}\n", slip.subject));
    }
    text.push_str(slip.body);
    text.push('\n');
    text.push_str(&foot(config));
    mail_of(slip, to, to_name, text, Vec::new())
}

/// The receipt of a letter that came by mail. It repeats nothing of it, not even a name: whoever forges a sender must
/// not be able to send words of his own through us. `references` are the Message-IDs it answers, oldest first.
pub fn confirmation(slip: &Slip<'_>, to: &str, references: Vec<String>, config: &Config) -> Letterform {
    let mut text = head(slip, "", config);
    if !config.mail_detail.is_empty() {
        text.push_str("・このメールに返信すると、同じお手紙の続きとして届きます。\n");
    }
    text.push_str(&foot(config));
    mail_of(slip, to, "", text, references)
}

fn mail_of(slip: &Slip<'_>, to: &str, to_name: &str, text: String, references: Vec<String>) -> Letterform {
    Letterform {
        to: to.to_owned(),
        to_name: to_name.to_owned(),
        subject: format!("市長への手紙を受け付けました({})", slip.ticket.code),
        text,
        references,
    }
}

fn head(slip: &Slip<'_>, to_name: &str, config: &Config) -> String {
    let mut text = String::with_capacity(slip.body.len() + 1200);
    let base = config.base_url.trim_end_matches('/');
    if !to_name.is_empty() {
        text.push_str(&format!("{to_name} 様\n\n"));
    }
    text.push_str(&format!("市長への手紙を受け付けました({})。\n\n", slip.received_at));
    text.push_str(&format!("受付番号  {}\n", slip.ticket.code));
    text.push_str(&format!("確認番号  {}\n\n", slip.ticket.secret.shown_once()));
    text.push_str("この2つの番号で、手紙のその後を見たり、返事を読んだりできます。番号はほかの人に見せないでください。\n");
    text.push_str(&format!("{base}/receipts/{}\n\n■これからのこと\n", slip.ticket.code));
    for sentence in slip.promise.sentences(slip.reply_wanted) {
        text.push_str(&format!("・{sentence}\n"));
    }
    text
}

fn foot(config: &Config) -> String {
    format!(
        "\n――\n{} {}\n{}\n電話 {}\n",
        config.city_name, config.office_name, config.office_address, config.office_phone
    )
}

/// Says how long a text is and by how much it must become shorter.
pub fn over_limit(count: usize, limit: usize) -> String {
    let shown = |n: usize| grouped(n as u64);
    format!(
        "本文は{}字までです。いまは{}字あります。{}字減らすか、何通かに分けてお送りください。書いた文章は下に残っています。",
        shown(limit),
        shown(count),
        shown(count - limit)
    )
}

/// [`accept`], with the receipt mail of the code that was free. The mail may be withheld ([`mail::automatic`]): the
/// letter is in all the same.
pub fn accept_with_mail(db: &mut Db, arrival: &Arrival, mails: &ReceiptMails, by: &By) -> Result<Accepted> {
    let mut accepted = accept(db, arrival, by)?;
    if accepted.repeated {
        accepted.mailed = mail::ledger_store::automatic_of_letter(db, accepted.letter_id)? > 0;
    } else if let Some(prepared) = mails.of(accepted.receipt)? {
        let prepared = prepared.of_letter(accepted.letter_id);
        accepted.mailed = mail::enqueue(db, &prepared)?.is_none();
    }
    Ok(accepted)
}

/// What the page says to a writer who gave an address and gets no copy by mail.
pub const NOT_MAILED: &str =
    "控えのメールは、いまご記入のアドレスへお送りできません。この画面の番号を控えてください。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promise_never_names_a_later_day_than_the_rule() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let mut config = Config::default();
        let promise = Promise::of(day(2026, 4, 1), &config);
        assert_eq!((promise.usually_by, promise.at_the_latest), (day(2026, 4, 15), day(2026, 5, 1)));
        config.reply_target_days = 60;
        assert_eq!(Promise::of(day(2026, 4, 1), &config).usually_by, day(2026, 5, 1));
    }

    #[test]
    fn who_wants_no_reply_is_promised_none() {
        let promise = Promise::of(NaiveDate::from_ymd_opt(2026, 4, 1).unwrap(), &Config::default());
        assert!(promise.sentences(true).concat().contains("4月15日(水)ごろまで"));
        let none = promise.sentences(false).concat();
        assert!(none.contains("返事はお送りしません") && !none.contains("4月"));
    }
}
