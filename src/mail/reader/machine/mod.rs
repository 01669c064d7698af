//! Whether a machine wrote a mail, and what a bounce says.
//!
//! No single sign is enough for a bounce: a person forwards a report, asks about 不在届, writes from a postmaster's
//! account. A delivery report's own part is the exception, for no person's program writes one.

mod report;

use report::{address_in, code_in, failed_recipient, id_in, status_in};

use super::address;
use super::charset::Charset;
use super::fields::{Head, unfolded};
use super::reading::{Machine, MachineKind, Signal};
use super::{text, words};

/// What is looked at.
pub(super) struct Evidence<'a> {
    /// The mail's own header.
    pub head: &'a Head<'a>,
    /// Its subject, decoded.
    pub subject: &'a str,
    /// The address of its From.
    pub from: Option<&'a str>,
    /// Its text.
    pub text: &'a str,
    /// Content of its message/delivery-status part.
    pub delivery: Option<&'a str>,
    /// Whether it holds a report that a mail was read (RFC 8098).
    pub read_report: bool,
    /// Message-ID of the mail that came back in it as a part.
    pub returned: Option<String>,
}

const AUTO_SUBJECTS: &[&str] = &[
    "自動返信",
    "自動応答",
    "自動送信",
    "自動配信",
    "不在のお知らせ",
    "不在通知",
    "不在メッセージ",
    "不在です",
    "休暇中",
    "出張中",
    "auto reply",
    "auto-reply",
    "autoreply",
    "automatic reply",
    "autoresponse",
    "auto response",
    "out of office",
    "out of the office",
    "vacation",
    "away from",
];
const BOUNCE_SUBJECTS: &[&str] = &[
    "undelivered mail",
    "undeliverable",
    "mail delivery",
    "delivery status notification",
    "failure notice",
    "returned mail",
    "delivery failure",
    "delivery has failed",
    "delivery failed",
    "undeliver",
    "non remis",
    "unzustellbar",
    "could not send message",
    "mail system error",
    "returned to sender",
    "message delayed",
    "配信不能",
    "配信でき",
    "配信失敗",
    "未配達",
    "不達",
    "送信できません",
    "配送エラー",
    "配達不能",
    "届きませんでした",
    "送信エラー",
    "配信エラー",
    "エラーメール",
    "メール配送",
];
const BOUNCE_TEXTS: &[&str] = &[
    "could not be delivered",
    "couldn't be delivered",
    "was not delivered",
    "not be delivered",
    "unable to deliver",
    "delivery to the following",
    "user unknown",
    "unknown user",
    "no such user",
    "mailbox is full",
    "mailbox full",
    "over quota",
    "undeliverable",
    "does not exist",
    "permanent error",
    "permanent fatal errors",
    "host unknown",
    "配信できませんでした",
    "配信されませんでした",
    "配送できませんでした",
    "お届けできません",
    "届けることができません",
    "宛先が見つかりません",
    "ユーザが見つかりません",
    "ユーザーが見つかりません",
    "宛先不明",
    "メールボックスが一杯",
    "メールボックスがいっぱい",
    "容量を超え",
    "受信拒否",
    "存在しないため",
    "送信できませんでした",
];
/// Longer texts are letters; what a machine has to say it says at the beginning.
const LOOKED_AT: usize = 16 * 1024;

/// Judges a mail.
pub(super) fn judge(evidence: &Evidence<'_>) -> Machine {
    let signals = signals(evidence);
    let has = |s: Signal| signals.contains(&s);
    let mut out = Machine { signals: signals.clone(), ..Machine::default() };
    let failed = evidence.delivery.is_some();
    let bounce_signs = [
        Signal::NullSender,
        Signal::MailerDaemon,
        Signal::BounceSubject,
        Signal::BounceText,
        Signal::FailedRecipients,
    ];
    let weight = bounce_signs.iter().filter(|s| has(**s)).count();
    let from_machine = has(Signal::NullSender) || has(Signal::MailerDaemon) || has(Signal::FailedRecipients);
    let said = has(Signal::BounceSubject) || has(Signal::BounceText);
    if failed || (from_machine && said) || has(Signal::FailedRecipients) && weight > 1 {
        out.kind = MachineKind::Bounce;
        describe(evidence, &mut out);
    } else if evidence.read_report
        || has(Signal::AutoHeader)
        || (has(Signal::AutoSubmitted) && !has(Signal::ListHeader))
        || (has(Signal::AutoSubject)
            && [
                Signal::NullSender,
                Signal::Precedence,
                Signal::SuppressReplies,
                Signal::NoReply,
                Signal::AutoSubmitted,
            ]
            .iter()
            .any(|s| has(*s)))
    {
        out.kind = MachineKind::AutoReply;
    } else if has(Signal::ListHeader) || has(Signal::Precedence) {
        out.kind = MachineKind::List;
    }
    out
}

fn signals(evidence: &Evidence<'_>) -> Vec<Signal> {
    let head = evidence.head;
    let value =
        |name: &str| head.first(name).map(|v| String::from_utf8_lossy(&unfolded(v)).to_ascii_lowercase());
    let mut out = Vec::new();
    let mut sign = |signal: Signal, there: bool| {
        if there && !out.contains(&signal) {
            out.push(signal);
        }
    };
    sign(
        Signal::NullSender,
        value("Return-Path").is_some_and(|v| v.starts_with("<>") || v == "<mailer-daemon>"),
    );
    sign(Signal::Report, evidence.delivery.is_some() || evidence.read_report);
    sign(
        Signal::AutoSubmitted,
        value("Auto-Submitted").is_some_and(|v| !v.is_empty() && !v.starts_with("no")),
    );
    let local = evidence
        .from
        .and_then(|f| f.rsplit_once('@'))
        .map(|(l, _)| l.to_ascii_lowercase())
        .unwrap_or_default();
    sign(
        Signal::MailerDaemon,
        matches!(
            local.as_str(),
            "mailer-daemon" | "postmaster" | "mail-daemon" | "maildaemon" | "mdaemon" | "mailerdaemon"
        ),
    );
    sign(Signal::FailedRecipients, head.first("X-Failed-Recipients").is_some());
    let squeezed: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    sign(
        Signal::NoReply,
        squeezed.starts_with("noreply")
            || squeezed.starts_with("donotreply")
            || squeezed.ends_with("noreply"),
    );
    for field in &head.fields {
        let name = String::from_utf8_lossy(field.name).to_ascii_lowercase();
        let auto = matches!(
            name.as_str(),
            "x-autoreply"
                | "x-autorespond"
                | "x-autoresponder"
                | "x-auto-reply-from"
                | "x-autoreply-from"
                | "x-mail-autoreply"
                | "x-vacation"
                | "x-fc-machinegenerated"
                | "x-post-messageclass"
                | "x-auto-response"
                | "x-automatic-reply"
        );
        sign(Signal::AutoHeader, auto);
        sign(
            Signal::SuppressReplies,
            name == "x-auto-response-suppress"
                && value(&name)
                    .is_some_and(|v| ["all", "autoreply", "oof"].iter().any(|word| v.contains(word))),
        );
        let list = name.starts_with("list-")
            || matches!(
                name.as_str(),
                "x-ml-name"
                    | "x-mailing-list"
                    | "x-mlserver"
                    | "x-mailman-version"
                    | "x-mail-count"
                    | "mailing-list"
            );
        sign(Signal::ListHeader, list);
    }
    match value("Precedence").as_deref().map(str::trim) {
        Some("bulk" | "junk" | "list") => sign(Signal::Precedence, true),
        Some("auto_reply" | "auto-reply") => sign(Signal::AutoHeader, true),
        _ => {}
    }
    let subject = evidence.subject.to_lowercase();
    let plain = subject.trim_start_matches("re:").trim();
    sign(Signal::AutoSubject, AUTO_SUBJECTS.iter().any(|s| plain.contains(s)));
    sign(Signal::BounceSubject, BOUNCE_SUBJECTS.iter().any(|s| plain.contains(s)));
    let beginning = text::beginning(evidence.text, LOOKED_AT).to_lowercase();
    sign(Signal::BounceText, BOUNCE_TEXTS.iter().any(|s| beginning.contains(s)));
    out
}

/// Finds out who did not get what, and why.
fn describe(evidence: &Evidence<'_>, out: &mut Machine) {
    out.returned = evidence.returned.clone().or_else(|| id_in(evidence.text));
    let mut action = String::new();
    if let Some(report) = evidence.delivery.and_then(failed_recipient) {
        out.recipient = report.recipient;
        out.status = report.status;
        out.diagnostic = report.diagnostic;
        action = report.action;
    }
    let text = text::beginning(evidence.text, LOOKED_AT);
    if out.recipient.is_none() {
        let header =
            evidence.head.first("X-Failed-Recipients").map(|v| words::decode(v, &[] as &[Charset]).text);
        let header = header.and_then(|v| address::address(v.split(',').next().unwrap_or_default()));
        out.recipient = header.or_else(|| address_in(text, evidence.from));
    }
    if out.status.is_none() {
        out.status = status_in(text);
    }
    if out.diagnostic.is_none() {
        let telling =
            |l: &&str| code_in(l).is_some() || BOUNCE_TEXTS.iter().any(|t| l.to_lowercase().contains(t));
        out.diagnostic = text.lines().map(str::trim).find(telling).map(|l| l.chars().take(500).collect());
    }
    // a full mailbox empties, a server that was away comes back, and a policy is not the address's fault
    let status = out.status.as_deref().unwrap_or_default();
    let passing = status.starts_with('4')
        || ["5.2.2", "5.7."].iter().any(|s| status.starts_with(s))
        || action == "delayed";
    let full = out.diagnostic.as_deref().is_some_and(|d| {
        let d = d.to_lowercase();
        ["full", "quota", "一杯", "いっぱい", "容量"].iter().any(|w| d.contains(w))
    });
    out.hard = !passing && !full && status.starts_with('5');
}
