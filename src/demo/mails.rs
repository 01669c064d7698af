//! Mails of the demo city, one for every page of the mailroom: taken in, read and placed as any mail is.

use chrono::{DateTime, Duration, Utc};
use lettre::message::header::{HeaderName, HeaderValue, Headers};

use crate::error::{Error, Result};
use crate::intake::mail::incoming::{Envelope, Raw, Source, State};
use crate::intake::mail::store::{self, Filter};
use crate::intake::mail::{desk, keep, process};
use crate::people;
use crate::trail::By;
use crate::web::App;

/// Days ago, by which way, the envelope's sender, the mail.
type Sample = (i64, Source, &'static str, &'static str);

const MAILS: &[Sample] = &[
    (
        3,
        Source::Imap,
        "sakura@example.jp",
        "From: 見本 さくら <sakura@example.jp>\r\n\
         Subject: 唐戸の歩道の点字ブロック\r\n\
         Message-ID: <demo-1@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         唐戸の市場前の歩道で、点字ブロックがはがれています。\r\n\
         つえをつく人がつまずくので、直してください。\r\n\r\n\
         -- \r\n見本 さくら\r\n電話 083-000-0001\r\n",
    ),
    (
        3,
        Source::Lmtp,
        "sakura@example.jp",
        "Received: from relay.example.jp by mx.example.jp\r\n\
         From: 見本 さくら <sakura@example.jp>\r\n\
         Subject: 唐戸の歩道の点字ブロック\r\n\
         Message-ID: <demo-1@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         唐戸の市場前の歩道で、点字ブロックがはがれています。\r\n\
         つえをつく人がつまずくので、直してください。\r\n\r\n\
         -- \r\n見本 さくら\r\n電話 083-000-0001\r\n",
    ),
    (
        2,
        Source::Imap,
        "sakura@example.jp",
        "From: 見本 さくら <sakura@example.jp>\r\n\
         Subject: Re: 唐戸の歩道の点字ブロック\r\n\
         Message-ID: <demo-2@example.jp>\r\n\
         In-Reply-To: <demo-1@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         場所は、バス停のすぐ横です。三枚はがれていました。\r\n",
    ),
    (
        1,
        Source::Imap,
        "taro@example.net",
        "From: 見本 太郎 <taro@example.net>\r\n\
         Subject: Re: 唐戸の歩道の点字ブロック\r\n\
         Message-ID: <demo-3@example.net>\r\n\
         In-Reply-To: <demo-1@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=m\r\n\r\n\
         --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
         --a\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         同じ町内の者です。昨日、そこで転んだ人を見ました。\r\n\r\n\
         > 唐戸の市場前の歩道で、点字ブロックがはがれています。\r\n\
         --a\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         <h1>同じ町内の者です</h1><p style=\"color:#fff\">昨日、<b>そこで転んだ人</b>を見ました。\
         <img src=\"https://count.example/seen.gif\"></p>\
         <table><tr><th>時刻<td>夕方6時ごろ<tr><th>場所<td>バス停の横</table>\r\n\
         --a--\r\n\
         --m\r\nContent-Type: text/plain; charset=UTF-8; name=memo.txt\r\n\
         Content-Disposition: attachment; filename*=UTF-8''%E5%A0%B4%E6%89%80.txt\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         バス停の横、三枚目と四枚目の間です。\r\n\
         --m--\r\n",
    ),
    (
        2,
        Source::Imap,
        "",
        "From: 見本 次郎 <jiro@example.jp>\r\n\
         Subject: 自動応答: 不在のお知らせ\r\n\
         Message-ID: <demo-4@example.jp>\r\n\
         Auto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         出張のため、来週までメールを見られません。\r\n",
    ),
    (
        2,
        Source::Lmtp,
        "news@shop.example",
        "From: 見本商店 <news@shop.example>\r\n\
         Subject: 今週のお買い得\r\n\
         Message-ID: <demo-5@shop.example>\r\n\
         List-Id: <news.shop.example>\r\n\
         Precedence: bulk\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         会員のみなさまへ。秋の大売り出しです。\r\n",
    ),
    (
        1,
        Source::Lmtp,
        "win@prize.example",
        "From: 当選係 <win@prize.example>\r\n\
         Subject: 賞金をお受け取りください\r\n\
         Message-ID: <demo-6@prize.example>\r\n\
         Precedence: bulk\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\
         おめでとうございます。下の番号へ手数料をお振り込みください。\r\n",
    ),
    (
        2,
        Source::Imap,
        "hanako@example.jp",
        "From: 見本 花子 <hanako@example.jp>\r\n\
         Message-ID: <demo-7@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\r\n",
    ),
    (
        0,
        Source::Imap,
        "kazu@example.jp",
        "From: 見本 和 <kazu@example.jp>\r\n\
         Message-ID: <demo-8@example.jp>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=UTF-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n\r\n",
    ),
    (
        1,
        Source::Lmtp,
        "",
        "From: MAILER-DAEMON@mx.example\r\n\
         Subject: Undelivered Mail Returned to Sender\r\n\
         Message-ID: <demo-9@mx.example>\r\n\
         Auto-Submitted: auto-replied\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nThe mail could not be delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; nobody@example.jp\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b--\r\n",
    ),
];

/// A mail to a consultation's own address, a day old.
const OPINION: &str = "From: 見本 菊 <kiku@example.jp>\r\n\
     To: doro-iken@city.example.lg.jp\r\n\
     Subject: 自転車の道について\r\n\
     Message-ID: <demo-10@example.jp>\r\n\
     MIME-Version: 1.0\r\n\
     Content-Type: text/plain; charset=UTF-8\r\n\
     Content-Transfer-Encoding: 8bit\r\n\r\n\
     通学路のあとは、病院の前の道をお願いします。\r\n\
     車いすでも通れる幅にしてください。\r\n";

/// Takes in a mail that becomes an opinion by itself, once there are consultations.
pub(super) fn make_opinion(app: &App, now: DateTime<Utc>) -> Result<()> {
    let received_at = now - Duration::days(1);
    let raw = Raw {
        source: Source::Lmtp,
        account: "見本".to_owned(),
        envelope: Envelope {
            sender: Some("kiku@example.jp".to_owned()),
            recipients: vec!["doro-iken@city.example.lg.jp".to_owned()],
        },
        octets: as_sent(received_at, OPINION)?,
        received_at,
        place: None,
    };
    keep(app, vec![raw])?;
    process(app, 1).map(drop)
}

/// A mail as a mail program sends it: dated, the words of its head encoded.
fn as_sent(sent_at: DateTime<Utc>, mail: &str) -> Result<Vec<u8>> {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap_or((mail, ""));
    let mut sent = format!("Date: {}\r\n", sent_at.to_rfc2822());
    for line in head.split("\r\n") {
        match line.split_once(": ") {
            Some((name, value)) if !value.is_ascii() => {
                let name = HeaderName::new_from_ascii(name.to_owned()).map_err(Error::internal)?;
                let mut coded = Headers::new();
                coded.insert_raw(HeaderValue::new(name, value.to_owned()));
                sent.push_str(&coded.to_string());
            }
            _ => sent.extend([line, "\r\n"]),
        }
    }
    sent.extend(["\r\n", body]);
    Ok(sent.into_bytes())
}

/// Takes the mails in, has them read, and calls one of them spam.
pub(super) fn make(app: &App, now: DateTime<Utc>) -> Result<()> {
    let raws = MAILS.iter().map(|(days, source, sender, mail)| -> Result<Raw> {
        let received_at = now - Duration::days(*days);
        Ok(Raw {
            source: *source,
            account: "見本".to_owned(),
            envelope: Envelope {
                sender: Some((*sender).to_owned()),
                recipients: vec![app.config.mail_from.clone()],
            },
            octets: as_sent(received_at, mail)?,
            received_at,
            place: None,
        })
    });
    // one by one: a mail that continues another finds it placed
    for raw in raws {
        keep(app, vec![raw?])?;
        process(app, MAILS.len())?;
    }
    app.db.write_now(move |db| {
        let logins = people::store::staff::logins(db)?;
        let (id, name) = logins.get("kocho").cloned().ok_or(Error::NotFound)?;
        let automatic = Filter { state: Some(State::Automatic), ..Filter::default() };
        // the prize: the newest of the mails of machines
        let spam = store::page(db, &automatic, None, 1)?.pop().ok_or(Error::NotFound)?;
        desk::mark_spam(db, &By::staff(id, &name), now, &spam.id)
    })
}
