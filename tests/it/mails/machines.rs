//! Bounces, automatic answers, lists; and people whose mails only look like them.

use super::{Outcome, Sample, sample};

pub(super) fn samples() -> Vec<Sample> {
    let mut out = bounces();
    out.extend(answers());
    out.extend(people());
    out
}

/// A delivery report as servers write it (RFC 3464).
fn report(id: &str, recipient: &str, action: &str, status: &str, said: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.jp (Mail Delivery System)\r\nTo: shicho@city.example\r\n\
         Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <{id}@mx.example.jp>\r\n\
         Date: Wed, 1 Apr 2026 10:00:00 +0900\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=r\r\n\r\n--r\r\n\r\n\
         Your message could not be delivered.\r\n\r\n<{recipient}>: {said}\r\n\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; {said}\r\n\r\n--r\r\n{returned}\r\n--r--\r\n"
    )
}

const WHOLE: &str =
    "Content-Type: message/rfc822\r\n\r\nMessage-ID: <sent-1@city.example>\r\nSubject: answer\r\n\r\nhello";
const HEADERS: &str =
    "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <sent-1@city.example>\r\nSubject: answer\r\n";

/// A bounce without a report: text alone.
fn told(id: &str, from: &str, subject: &str, text: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: {from}\r\nTo: shicho@city.example\r\nSubject: {subject}\r\nMessage-ID: <{id}@mx.example.jp>\r\n\
         Date: Wed, 1 Apr 2026 10:00:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

fn bounces() -> Vec<Sample> {
    let daemon = "MAILER-DAEMON@mx.example.jp";
    [
        ("bounce-unknown-user", report("b1", "nobody@example.jp", "failed", "5.1.1", "550 5.1.1 user unknown", WHOLE)),
        ("bounce-headers-only", report("b2", "nobody@example.jp", "failed", "5.1.1", "550 5.1.1 user unknown", HEADERS)),
        ("bounce-full-mailbox", report("b3", "full@example.jp", "failed", "5.2.2", "552 5.2.2 mailbox full", WHOLE)),
        ("bounce-expired", report("b4", "away@example.jp", "failed", "4.4.1", "connect timed out", WHOLE)),
        ("bounce-delayed", report("b5", "away@example.jp", "delayed", "4.4.1", "connect timed out", WHOLE)),
        ("bounce-policy", report("b6", "a@example.jp", "failed", "5.7.1", "554 5.7.1 rejected by policy", WHOLE)),
        ("bounce-qmail", told("b7", daemon, "failure notice", "Hi. This is the qmail-send program.\r\n\r\n<nobody@example.jp>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <sent-1@city.example>\r\n")),
        ("bounce-plain-code", told("b8", daemon, "Returned mail: see transcript for details", "550 nobody@example.jp... User unknown")),
        ("bounce-japanese", told("b9", "postmaster@mx.example.jp", "メールを配信できませんでした", "次の宛先に配信できませんでした。\r\nnobody@example.jp\r\n理由: 550 5.1.1 ユーザーが見つかりません\r\n")),
        ("bounce-japanese-full", told("b10", daemon, "配信エラーのお知らせ", "full@example.jp 様のメールボックスが一杯のため、お届けできません。")),
        ("bounce-japanese-carrier", told("b11", "Mail-Daemon@mx.example.jp", "Mail System Error - Returned Mail", "This Message was undeliverable due to the following reason:\r\n\r\nEach of the following recipients was rejected.\r\nRecipient: <nobody@example.jp>\r\nReason: 550 Unknown user")),
    ]
    .into_iter()
    .map(|(name, mail)| sample(name, mail, "").machine(Outcome::Bounce))
    .collect()
}

fn mail(id: &str, headers: &str, subject: &str, text: &str) -> String {
    format!(
        "{headers}To: shicho@city.example\r\nSubject: {subject}\r\nMessage-ID: <{id}@mail.example.jp>\r\n\
         Date: Wed, 1 Apr 2026 10:00:00 +0900\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
}

fn answers() -> Vec<Sample> {
    let from = "From: hanako@example.jp\r\n";
    let auto = [
        ("auto-rfc3834", "Auto-Submitted: auto-replied\r\n", "Re: answer", "I am away."),
        ("auto-generated", "Auto-Submitted: auto-generated\r\n", "notice", "done"),
        (
            "auto-exchange",
            "X-Auto-Response-Suppress: All\r\nAuto-Submitted: auto-generated\r\n",
            "自動応答: 回答",
            "不在です。",
        ),
        ("auto-header", "X-Autoreply: yes\r\n", "Re: answer", "away"),
        (
            "auto-japanese",
            "Precedence: bulk\r\n",
            "【自動返信】お問い合わせありがとうございます",
            "このメールは自動で送っています。",
        ),
        ("auto-null-sender", "Return-Path: <>\r\n", "不在のお知らせ", "4月5日まで不在にしています。"),
        ("auto-precedence", "Precedence: auto_reply\r\n", "Re: answer", "away"),
        ("auto-vacation", "Return-Path: <>\r\n", "Out of Office: answer", "away"),
    ];
    let list = [
        (
            "list-rfc2369",
            "List-Id: <news.example.jp>\r\nList-Unsubscribe: <mailto:leave@example.jp>\r\n",
            "News",
            "news",
        ),
        (
            "list-japanese",
            "X-ML-Name: kouhou\r\nX-Mail-Count: 12\r\n",
            "[kouhou:12] お知らせ",
            "お知らせです。",
        ),
        ("list-bulk", "Precedence: bulk\r\n", "お知らせ", "お知らせです。"),
        (
            "list-auto-generated",
            "Auto-Submitted: auto-generated\r\nList-Id: <news.example.jp>\r\n",
            "News",
            "news",
        ),
    ];
    let made = |outcome: Outcome| {
        move |(id, headers, subject, text): (&str, &str, &str, &'static str)| {
            sample(id, mail(id, &format!("{headers}{from}"), subject, text), text).machine(outcome)
        }
    };
    let read = format!(
        "{from}To: shicho@city.example\r\nSubject: Read: answer\r\nMessage-ID: <mdn@mail.example.jp>\r\nDate: Wed, 1 Apr 2026 10:00:00 +0900\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=r\r\n\r\n--r\r\n\r\nread\r\n--r\r\nContent-Type: message/disposition-notification\r\n\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--r--\r\n"
    );
    let mut out: Vec<Sample> = auto.into_iter().map(made(Outcome::AutoReply)).collect();
    out.extend(list.into_iter().map(made(Outcome::List)));
    out.push(sample("auto-read-report", read, "read").files(&["添付1.txt"]).machine(Outcome::AutoReply));
    out
}

/// What one sign alone must not make a machine's.
fn people() -> Vec<Sample> {
    let from = "From: hanako@example.jp\r\n";
    [
        ("person-asks-about-absence", from, "不在通知について", "不在通知が届きましたが、荷物がありません。"),
        (
            "person-asks-about-auto-reply",
            from,
            "自動返信が届きません",
            "自動返信のメールが届かないのですが。",
        ),
        (
            "person-forwards-a-bounce",
            from,
            "Fwd: Undelivered Mail Returned to Sender",
            "このメールが届きました。could not be delivered とあります。",
        ),
        (
            "person-says-not-auto",
            "Auto-Submitted: no\r\nFrom: hanako@example.jp\r\n",
            "街灯",
            "街灯が消えています。",
        ),
        ("person-at-postmaster", "From: postmaster@example.jp\r\n", "街灯", "街灯が消えています。"),
        ("person-telephone", from, "電話", "電話 083-550-1234 に出ません。"),
    ]
    .into_iter()
    .map(|(id, headers, subject, text)| sample(id, mail(id, headers, subject, text), text))
    .collect()
}
