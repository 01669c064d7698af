//! What the reader of mails must get right, rule by rule, and that nothing a mail can be brings it down.

use std::fmt::Write as _;
use std::sync::LazyLock;

use chrono::DateTime;
use hirokiku::mail::reader::{
    FoldKind, Limits, MachineKind, Protection, Reading, Repair, Signal, Warning, fold_spans, read,
};
use proptest::prelude::*;

use crate::mails::{self, MAKERS, Outcome, Sample, WORDS, head};

fn understood(octets: impl AsRef<[u8]>) -> Reading {
    read(octets.as_ref(), &Limits::default())
}

fn named(prefix: &str) -> Vec<Sample> {
    let found: Vec<Sample> = mails::all().into_iter().filter(|s| s.name.starts_with(prefix)).collect();
    assert!(!found.is_empty(), "no mail of the set begins with {prefix}");
    found
}

fn one(name: &str) -> Reading {
    understood(&named(name)[0].octets)
}

#[test]
fn every_mail_of_the_set_is_read_as_it_says() {
    let all = mails::all();
    assert!(all.len() >= 150, "{} mails", all.len());
    let mut wrong = String::new();
    for sample in &all {
        let mail = understood(&sample.octets);
        let names: Vec<&str> = mail.attachments.iter().map(|a| a.name.as_str()).collect();
        let kind = match sample.outcome {
            Outcome::Letter => MachineKind::None,
            Outcome::AutoReply => MachineKind::AutoReply,
            Outcome::Bounce => MachineKind::Bounce,
            Outcome::List => MachineKind::List,
        };
        if !mail.text.contains(sample.text) {
            let _ = writeln!(wrong, "{}: text {:?}", sample.name, mail.text);
        }
        if sample.subject.is_some_and(|s| s != mail.subject) {
            let _ = writeln!(wrong, "{}: subject {:?}", sample.name, mail.subject);
        }
        if kind != MachineKind::Bounce && names != sample.files {
            let _ = writeln!(wrong, "{}: files {names:?}", sample.name);
        }
        if mail.machine.kind != kind {
            let _ = writeln!(wrong, "{}: {:?}", sample.name, mail.machine);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_mail_of_the_set_has_a_name_and_content_of_its_own() {
    for sample in mails::all() {
        let report = matches!(sample.outcome, Outcome::Bounce | Outcome::AutoReply);
        assert_eq!(sample.sender.is_none(), report, "{}: machines write from <>", sample.name);
        assert!(sample.recipient.ends_with("@city.example"));
    }
    let mut names: Vec<String> = mails::all().into_iter().map(|s| s.name).collect();
    let mut hashes: Vec<String> = mails::all().iter().map(|s| understood(&s.octets).content_hash).collect();
    let count = names.len();
    for list in [&mut names, &mut hashes] {
        list.sort();
        list.dedup();
        assert_eq!(list.len(), count);
    }
}

#[test]
fn rule_12_every_label_a_set_is_sold_under_is_known() {
    for sample in named("labelled-") {
        let mail = understood(&sample.octets);
        assert_eq!(mail.text, sample.text, "{}", sample.name);
        assert!(mail.repaired.is_empty(), "{}: nothing was damaged: {:?}", sample.name, mail.repaired);
        assert!(mail.declared_charset.is_some() && mail.used_charset.is_some());
    }
    assert_ne!(WORDS, MAKERS);
}

#[test]
fn rule_13_the_whole_family_of_iso_2022_jp_is_read() {
    for sample in named("jis-") {
        let mail = understood(&sample.octets);
        assert_eq!(mail.text, sample.text, "{}", sample.name);
        let emoji = sample.name.contains("emoji");
        assert_eq!(mail.warnings.contains(&Warning::UnknownCharacters), emoji, "{}", sample.name);
    }
}

#[test]
fn rule_14_a_wrong_or_missing_label_is_mended_and_said() {
    for sample in named("mislabelled-") {
        let mail = understood(&sample.octets);
        assert_eq!(mail.text, WORDS, "{}", sample.name);
        let (set, label) = sample.name["mislabelled-".len()..].split_once("-as-").expect("a set and a label");
        let right = matches!(
            (set, label),
            ("jis", "iso-2022-jp") | ("sjis", "shift_jis") | ("euc", "euc-jp") | ("utf8", "utf-8")
        );
        let said = mail.repaired.iter().any(|r| matches!(r, Repair::Charset | Repair::CharsetMissing));
        assert_eq!(said, !right, "{}: {:?}", sample.name, mail.repaired);
        assert_eq!(mail.declared_charset.unwrap_or_default(), label);
    }
}

#[test]
fn rule_15_headers_are_read_encoded_split_and_raw() {
    for sample in named("subject-") {
        let mail = understood(&sample.octets);
        assert_eq!(Some(mail.subject.as_str()), sample.subject, "{}", sample.name);
        let raw = sample.name.ends_with("-raw") || sample.name == "subject-accent";
        assert_eq!(mail.repaired.contains(&Repair::HeaderCharset), raw, "{}", sample.name);
    }
    assert_eq!(one("from-raw-sjis").from.expect("a sender").name, "山田 花子");
}

#[test]
fn rule_16_file_names_come_out_whole_and_harmless() {
    for sample in named("name-") {
        let mail = understood(&sample.octets);
        assert_eq!(mail.attachments[0].name, "表示予定.pdf", "{}", sample.name);
        let disguised = ["name-path", "name-up-the-tree", "name-turned"].contains(&sample.name.as_str());
        assert_eq!(mail.warnings.contains(&Warning::DisguisedName), disguised, "{}", sample.name);
        assert_eq!(
            mail.attachments[0].name_original == mail.attachments[0].name,
            !disguised,
            "{}",
            sample.name
        );
    }
}

#[test]
fn rule_17_damage_to_the_structure_never_costs_the_text() {
    for (name, repair) in [
        ("unclosed", Repair::Unclosed),
        ("boundary-on-the-next-line", Repair::FoldedParameter),
        ("boundary-with-blanks", Repair::Boundary),
        ("boundary-missing", Repair::Boundary),
        ("boundary-wrong", Repair::Boundary),
        ("no-subtype", Repair::ContentType),
        ("leading-blank-lines", Repair::LeadingLines),
        ("mbox-from-line", Repair::LeadingLines),
        ("no-empty-line", Repair::HeaderEnd),
        ("carriage-returns-alone", Repair::LineEnds),
        ("bad-base64", Repair::Transfer),
    ] {
        let sample = &named(name)[0];
        let mail = understood(&sample.octets);
        assert!(
            mail.text.contains(sample.text) && mail.repaired.contains(&repair),
            "{name}: {:?}",
            mail.repaired
        );
    }
    assert!(one("two-content-types").warnings.contains(&Warning::DuplicateHeader));
    assert!(one("nul").warnings.contains(&Warning::NulOctets));
}

#[test]
fn rule_18_the_first_of_two_headers_counts_and_a_doubtful_address_is_none() {
    let mail = one("two-froms");
    assert_eq!(mail.from.expect("a sender").address.as_deref(), Some("hanako@example.jp"));
    assert!(mail.warnings.contains(&Warning::DuplicateFrom));
    assert_eq!(one("two-subjects").subject, "first");
    for (from, warning) in [
        ("=?utf-8?Q?staff?=@city.example", Warning::EncodedAddress),
        ("<=?utf-8?B?c3RhZmY=?=@city.example>", Warning::EncodedAddress),
        ("staff@city.example@evil.example", Warning::BadAddress),
        ("nobody", Warning::BadAddress),
    ] {
        let mail = understood(format!("From: {from}\r\n\r\nhello"));
        let sender = mail.from.expect("it is shown");
        assert_eq!(sender.address, None, "{from}");
        assert!(!sender.as_written.is_empty() && mail.warnings.contains(&warning), "{from}");
    }
    for (name, address) in [
        ("from-carrier-dots", "a..b@docomo.ne.jp"),
        ("from-carrier-end", "a.@ezweb.ne.jp"),
        ("from-quoted-dots", "a..b@docomo.ne.jp"),
    ] {
        assert_eq!(one(name).from.expect("a sender").address.as_deref(), Some(address));
    }
}

#[test]
fn rule_19_all_that_a_person_sees_is_in_the_text() {
    assert_eq!(one("text-after-a-file").text, "one\n\ntwo");
    assert_eq!(one("flowed-japanese").text, "市長さま");
    let page = one("html-alone");
    assert!(page.html_only && page.html.is_some() && !page.text.contains("x()"));
    let twins = one("alternative");
    assert!(!twins.html_only && !twins.text.contains("page") && twins.html.is_some());
    assert!(one("alternative-blank-plain").html_only);
    let report = understood(
        head("mute")
            + "Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\nContent-Type: message/delivery-status\r\n\r\n\
               It was undeliverable.\r\n--r\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nours\r\n--r--",
    );
    assert_eq!(report.text, "It was undeliverable.", "what is reported, not what is returned");
    let mail = one("forwarded");
    let inner = &mail.attachments[0];
    assert!(inner.words.contains("inner") && inner.words.contains("two"), "{:?}", inner.words);
    assert_eq!(mail.attachments[1].of.as_deref(), Some("inner"));
    assert!(!mail.text.contains("two"), "what is passed on is not the writer's own text");
}

#[test]
fn rule_20_fifty_thousand_nested_elements_are_read_like_flat_ones() {
    let page = format!("{}hello{}", "<div>".repeat(50_000), "</div>".repeat(50_000));
    let mail = understood(head("deep") + "Content-Type: text/html\r\n\r\n" + &page);
    assert_eq!(mail.text, "hello");
}

#[test]
fn rule_21_what_is_wrapped_is_unwrapped_and_what_is_locked_is_said() {
    let outlook = one("winmail");
    assert!(outlook.warnings.contains(&Warning::Tnef) && outlook.attachments[0].bytes == b"plan");
    assert_eq!(one("signed").protection, Protection::Signed);
    assert_eq!(one("signed-opaque").protection, Protection::Signed);
    let locked = one("encrypted");
    assert_eq!(locked.protection, Protection::Encrypted);
    assert!(locked.warnings.contains(&Warning::Encrypted) && !locked.warnings.contains(&Warning::EmptyText));
}

#[test]
fn rule_22_quotes_and_signatures_are_spans_and_the_text_stays_whole() {
    let text = "街灯はいつ直りますか。\n\n2026/04/01 10:00、市長室のメール:\n> ご連絡ありがとうございます。\n-- \n山田花子\n";
    let folds = fold_spans(text);
    let kinds: Vec<FoldKind> = folds.iter().map(|f| f.kind).collect();
    assert_eq!(kinds, [FoldKind::Quote, FoldKind::Signature]);
    assert!(folds.iter().all(|f| text.is_char_boundary(f.start) && text.is_char_boundary(f.end)));
    let mail = understood(head("quote") + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text);
    assert_eq!(mail.text, text.trim_end());
}

#[test]
fn rule_23_the_stated_date_is_kept_and_the_received_one_stands_beside_it() {
    let mail = understood(
        "Received: from a by b; Wed, 1 Apr 2026 10:00:05 +0900\r\nReceived: from x by a; Tue, 31 Mar 2026 10:00:00 +0900\r\n\
         From: a@example.jp\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n\r\nhello",
    );
    assert_eq!(mail.date, DateTime::from_timestamp(0, 0));
    assert_eq!(mail.received_at.map(|d| d.to_rfc3339()).as_deref(), Some("2026-04-01T01:00:05+00:00"));
    assert!(mail.warnings.contains(&Warning::OddDate));
    assert!(understood("From: a@example.jp\r\n\r\nhello").warnings.contains(&Warning::NoDate));
}

#[test]
fn rule_29_machines_are_known_by_more_than_one_sign() {
    for sample in named("person-") {
        assert_eq!(understood(&sample.octets).machine.kind, MachineKind::None, "{}", sample.name);
    }
    let bounce = one("bounce-unknown-user").machine;
    for sign in [Signal::NullSender, Signal::MailerDaemon, Signal::Report, Signal::BounceSubject] {
        assert!(bounce.signals.contains(&sign), "{:?}", bounce.signals);
    }
    assert_eq!(one("auto-null-sender").machine.kind, MachineKind::AutoReply);
    assert_eq!(one("list-japanese").machine.kind, MachineKind::List);
}

#[test]
fn rule_32_a_bounce_says_who_why_for_how_long_and_which_mail() {
    for (name, recipient, status, hard, returned) in [
        ("bounce-unknown-user", "nobody@example.jp", "5.1.1", true, true),
        ("bounce-headers-only", "nobody@example.jp", "5.1.1", true, true),
        ("bounce-full-mailbox", "full@example.jp", "5.2.2", false, true),
        ("bounce-expired", "away@example.jp", "4.4.1", false, true),
        ("bounce-delayed", "away@example.jp", "4.4.1", false, true),
        ("bounce-policy", "a@example.jp", "5.7.1", false, true),
        ("bounce-qmail", "nobody@example.jp", "5.1.1", true, true),
        ("bounce-plain-code", "nobody@example.jp", "5.1.1", true, false),
        ("bounce-japanese", "nobody@example.jp", "5.1.1", true, false),
        ("bounce-japanese-full", "full@example.jp", "", false, false),
    ] {
        let machine = one(name).machine;
        assert_eq!(machine.recipient.as_deref(), Some(recipient), "{name}");
        assert_eq!(machine.status.as_deref().unwrap_or_default(), status, "{name}");
        assert_eq!((machine.hard, machine.returned.is_some()), (hard, returned), "{name}: {machine:?}");
    }
}

/// Mails made to keep a reader busy.
fn hostile() -> Vec<(&'static str, String)> {
    let start = head("hostile");
    let deep: String = (0..20_000).fold(start.clone(), |mut s, n| {
        let _ = write!(s, "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
        s
    });
    vec![
        (
            "200,000 parts",
            format!("{start}Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(200_000)),
        ),
        ("20,000 nested multiparts", deep),
        (
            "5,000 nested messages",
            start.clone() + &"Content-Type: message/rfc822\n\nSubject: y\n".repeat(5_000),
        ),
        (
            "50,000 nested quotes",
            format!("{start}Content-Type: text/html\n\n{}", "<blockquote><ul><li>x".repeat(50_000)),
        ),
        ("a header line of 2 MB", format!("{start}Subject: {}\n\nhello", "x".repeat(2_000_000))),
        (
            "2 MB of encoded words",
            format!("{start}Subject: {}\n\nhello", "=?utf-8?B?5biC?= ".repeat(120_000)),
        ),
        (
            "300,000 parameters",
            format!("{start}Content-Type: text/plain; {}\n\nhello", "a*0=b; ".repeat(300_000)),
        ),
        ("200,000 recipients", format!("{start}To: {}\n\nhello", "a@example.jp, ".repeat(200_000))),
        ("200,000 fields", format!("{start}{}\n\nhello", "X-A: b\n".repeat(200_000))),
    ]
}

#[test]
fn rule_37_what_is_too_much_is_cut_and_said() {
    for (name, octets) in hostile() {
        let mail = understood(&octets);
        let limits = Limits::default();
        assert!(
            mail.attachments.len() <= limits.attachments && mail.text.len() <= 2 * limits.text_bytes,
            "{name}"
        );
        let cuts = !name.contains("quotes");
        assert_eq!(mail.warnings.contains(&Warning::CutOff), cuts, "{name}: {:?}", mail.warnings);
    }
}

#[test]
fn a_relay_that_encodes_anew_does_not_change_the_content() {
    let mail = |encoding: &str, body: &str| {
        understood(
            head("same")
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                + encoding
                + "\r\n\r\n"
                + body,
        )
        .content_hash
    };
    let plain = mail("8bit", "市長さま\r\n");
    assert_eq!(plain, mail("base64", &mails::base64("市長さま\n".as_bytes())));
    assert_eq!(plain, mail("quoted-printable", &mails::quoted("市長さま".as_bytes())));
    assert_ne!(plain, mail("8bit", "市長さん\r\n"));
    let relayed = understood(format!(
        "Received: by x; today\r\nX-Spam: no\r\n{}Content-Type: text/plain; charset=utf-8\r\n\r\n市長さま",
        head("same")
    ));
    assert_eq!(plain, relayed.content_hash);
}

proptest! {
    // PROPTEST_CASES asks for more
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: ProptestConfig::default().cases.max(400),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_mail_brings_the_reader_down(seed in 0_usize..10_000, cuts in proptest::collection::vec((0_usize..4_000, any::<u8>(), 0_u8..4), 0..12)) {
        static SET: LazyLock<Vec<Sample>> = LazyLock::new(mails::all);
        let all = &*SET;
        let mut octets = all[seed % all.len()].octets.clone();
        for (at, octet, how) in cuts {
            let at = at % (octets.len() + 1);
            match how {
                0 => octets.insert(at, octet),
                1 if at < octets.len() => octets[at] = octet,
                2 => octets.truncate(at),
                _ => { octets.drain(at..(at + usize::from(octet)).min(octets.len())); }
            }
        }
        let mail = understood(&octets);
        for fold in fold_spans(&mail.text) {
            prop_assert!(fold.start < fold.end && mail.text.get(fold.start..fold.end).is_some());
        }
        prop_assert!(mail.attachments.iter().all(|a| !a.name.is_empty() && !a.name.contains(['/', '\\', '\0'])));
        prop_assert!(!mail.subject.contains(['\n', '\r']));
    }
}
