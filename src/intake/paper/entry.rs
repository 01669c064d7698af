//! One letter as staff type it: which fields, what they take, what is read back to a caller. Pure.

use chrono::NaiveDate;

use crate::calendar::{era_date, parse_date};
use crate::letters::letter::{AgeBand, Channel, District, ReplyVia};
use crate::people::party::PartyDetails;
use crate::text::input::{self, multi_line, single_line};
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// The ways a letter comes in that staff type in, the most frequent first.
pub const CHANNELS: &[Channel] = &[
    Channel::PostcardPrepaid,
    Channel::Letter,
    Channel::Box,
    Channel::Phone,
    Channel::Counter,
    Channel::Fax,
    Channel::Email,
    Channel::MeetingSlip,
    Channel::TransferredIn,
    Channel::Other,
];

/// A letter as typed, every field read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The way it came.
    pub channel: Channel,
    /// 受付日.
    pub received_on: NaiveDate,
    /// As dated by the writer.
    pub written_on: Option<NaiveDate>,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// Taken out of a box.
    pub collected_on: Option<NaiveDate>,
    /// Which box.
    pub box_location: Option<String>,
    /// One line; may be empty.
    pub subject: String,
    /// The words; 〓 where a character cannot be read.
    pub body: String,
    /// The place it is about.
    pub place_text: Option<String>,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// By which way.
    pub reply_via: Option<ReplyVia>,
    /// Whether it may be published.
    pub publish_ok: bool,
    /// Age band.
    pub age_band: Option<AgeBand>,
    /// Area.
    pub district: Option<District>,
    /// The sender.
    pub details: PartyDetails,
}

/// Reads the form. Contacts that cannot be read are an error once; with `as_written` ticked they are kept as they
/// stand on the paper, for a postcard cannot be sent back.
pub fn read(fields: &Fields, today: NaiveDate) -> Result<Entry, Errors> {
    let mut errors = Errors::default();
    let channel = Channel::from_code(fields.text("channel")).filter(|c| CHANNELS.contains(c));
    if channel.is_none() {
        errors.add("channel", "届き方を選んでください。");
    }
    let mut date = |name: &str| {
        let typed = fields.filled(name)?;
        parse_date(typed).map_err(|trouble| errors.add(name, trouble.to_string())).ok()
    };
    let received_on = if fields.filled("received_on").is_none() { Some(today) } else { date("received_on") };
    let (written_on, postmarked_on, collected_on) =
        (date("written_on"), date("postmarked_on"), date("collected_on"));
    let received_on = received_on.unwrap_or(today);
    if received_on > today {
        errors.add("received_on", "受付日が、今日より後の日付です。");
    }
    for (name, day, what) in
        [("postmarked_on", postmarked_on, "消印"), ("collected_on", collected_on, "回収日")]
    {
        if day.is_some_and(|day| day > received_on) {
            errors.add(name, format!("{what}が、受付日({})より後の日付です。", era_date(received_on)));
        }
    }
    let body = multi_line(fields.text("body")).text;
    if body.trim().is_empty() {
        errors.add("body", "本文を入力してください。読めない字は〓と入れます。");
    }
    let reply_wanted = fields.yes_no("reply_wanted");
    if reply_wanted.is_none() {
        errors.add(
            "reply_wanted",
            "回答の希望を選んでください。書かれていないときは「希望しない・書かれていない」です。",
        );
    }
    let details = sender(fields, &mut errors);
    let reply_via = ReplyVia::from_code(fields.text("reply_via")).or_else(|| by_contact(&details));
    if !errors.is_empty() {
        return Err(errors);
    }
    let line = |name: &str| Some(single_line(fields.text(name)).text).filter(|v| !v.trim().is_empty());
    Ok(Entry {
        channel: channel.unwrap_or(Channel::Other),
        received_on,
        written_on,
        postmarked_on,
        collected_on,
        box_location: line("box_location"),
        subject: single_line(fields.text("subject")).text.trim().to_owned(),
        body,
        place_text: line("place_text"),
        reply_wanted: reply_wanted.unwrap_or(false),
        reply_via: reply_via.filter(|_| reply_wanted == Some(true)),
        publish_ok: fields.yes_no("publish_ok").unwrap_or(false),
        age_band: AgeBand::from_code(fields.text("age_band")),
        district: District::from_code(fields.text("district")),
        details,
    })
}

/// The way to answer when none was chosen: the first contact there is.
fn by_contact(details: &PartyDetails) -> Option<ReplyVia> {
    if !details.address.is_empty() {
        Some(ReplyVia::Post)
    } else if !details.email.is_empty() {
        Some(ReplyVia::Email)
    } else if !details.phone.is_empty() {
        Some(ReplyVia::Phone)
    } else {
        None
    }
}

fn sender(fields: &Fields, errors: &mut Errors) -> PartyDetails {
    let as_written = fields.has("as_written");
    // names byte for byte as typed, only without control characters
    let plain = |name: &str| single_line(fields.text(name)).text.trim().to_owned();
    let mut contact = |name: &str, read: fn(&str) -> Result<input::Typed, input::InputError>| {
        let typed = plain(name);
        match read(&typed) {
            _ if typed.is_empty() => typed,
            Ok(read) => read.normal,
            Err(_) if as_written => typed,
            Err(why) => {
                errors.add(name, why.to_string());
                typed
            }
        }
    };
    let (postal_code, email, phone) = (
        contact("postal_code", input::postal_code),
        contact("email", input::email),
        contact("phone", input::phone),
    );
    let name_kana = plain("name_kana");
    PartyDetails {
        name: plain("name"),
        name_kana_norm: input::reading(&name_kana).map(|r| r.normal).unwrap_or_default(),
        name_kana,
        org_name: plain("org_name"),
        rep_name: plain("rep_name"),
        postal_code,
        address: plain("address"),
        email,
        phone,
    }
}

/// What is read back to somebody on the telephone or at the counter, to be agreed to before it is kept.
pub fn read_back(entry: &Entry, city: &str) -> String {
    let mut said = format!(
        "{}、{}でお話をうかがいました。読み上げますので、お確かめください。\n\n",
        era_date(entry.received_on),
        entry.channel.label()
    );
    if !entry.subject.is_empty() {
        said.push_str(&format!("件名は「{}」です。\n", entry.subject));
    }
    said.push_str(&format!("内容は次のとおりです。\n\n{}\n\n", entry.body));
    if let Some(place) = &entry.place_text {
        said.push_str(&format!("場所は{place}です。\n"));
    }
    let details = &entry.details;
    if details.name.is_empty() && details.org_name.is_empty() {
        said.push_str("お名前はうかがっていません。\n");
    } else {
        said.push_str(&format!("お名前は{}ですね。\n", details.addressee().replace('\n', " ")));
    }
    for (label, value) in
        [("ご住所は", &details.address), ("お電話は", &details.phone), ("eメールは", &details.email)]
    {
        if !value.is_empty() {
            said.push_str(&format!("{label}{value}。\n"));
        }
    }
    said.push_str(&match (entry.reply_wanted, entry.reply_via) {
        (false, _) => "回答は希望されない、とうかがいました。\n".to_owned(),
        (true, Some(via)) => format!("回答は{}で希望される、とうかがいました。\n", via.label()),
        (true, None) => "回答を希望される、とうかがいました。ご連絡先をお聞かせください。\n".to_owned(),
    });
    said.push_str(if entry.publish_ok {
        "お名前などを伏せたうえで公表してもよい、とうかがいました。\n"
    } else {
        "公表はしません。\n"
    });
    said.push_str(&format!("\n以上で間違いありませんか。{city}の広聴担当が読み、担当の課に伝えます。"));
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, m, d).unwrap()
    }

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let mut all =
            vec![("channel", "postcard_prepaid"), ("body", "街灯が〓えています。"), ("reply_wanted", "no")];
        all.retain(|(name, _)| !pairs.iter().any(|(n, _)| n == name));
        all.extend(pairs);
        Fields(all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect())
    }

    #[test]
    fn a_postcard_needs_no_more_than_its_words_and_whether_it_wants_an_answer() {
        let entry = read(&fields(&[]), day(4, 3)).unwrap();
        assert_eq!(entry.received_on, day(4, 3), "today unless told otherwise");
        assert!(!entry.publish_ok, "who did not say yes has not said yes");
        assert!(entry.details.is_empty());
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        let entry = read(
            &fields(&[
                ("received_on", "Ｒ８．４．１"),
                ("written_on", "令和八年三月三十日"),
                ("postmarked_on", "2026/3/31"),
            ]),
            day(4, 3),
        )
        .unwrap();
        assert_eq!((entry.received_on, entry.written_on), (day(4, 1), Some(day(3, 30))));
        assert_eq!(entry.postmarked_on, Some(day(3, 31)));
    }

    #[test]
    fn a_day_that_cannot_be_is_told_with_its_field() {
        let wrong = |pairs: &[(&str, &str)], field: &str| {
            let errors = read(&fields(pairs), day(4, 3)).unwrap_err();
            assert!(errors.of(field).is_some(), "{pairs:?}");
        };
        wrong(&[("received_on", "R8.4.4")], "received_on");
        wrong(&[("received_on", "R8.4.1"), ("postmarked_on", "R8.4.2")], "postmarked_on");
        wrong(&[("written_on", "きのう")], "written_on");
    }

    #[test]
    fn a_number_that_cannot_be_read_can_be_kept_as_it_stands_on_the_card() {
        let odd = [("name", "髙橋 﨑"), ("phone", "23-〓〓11"), ("reply_wanted", "yes")];
        assert!(read(&fields(&odd), day(4, 3)).unwrap_err().of("phone").is_some());
        let mut kept = odd.to_vec();
        kept.push(("as_written", "yes"));
        let entry = read(&fields(&kept), day(4, 3)).unwrap();
        assert_eq!((entry.details.phone.as_str(), entry.details.name.as_str()), ("23-〓〓11", "髙橋 﨑"));
    }

    #[test]
    fn who_gives_an_address_is_answered_by_post_unless_told_otherwise() {
        let with = |pairs: &[(&str, &str)]| {
            let mut all = vec![("reply_wanted", "yes")];
            all.extend(pairs);
            read(&fields(&all), day(4, 3)).unwrap().reply_via
        };
        assert_eq!(with(&[("address", "下関市長府")]), Some(ReplyVia::Post));
        assert_eq!(with(&[("phone", "０８３－２３１－１１１１")]), Some(ReplyVia::Phone));
        assert_eq!(with(&[("address", "下関市長府"), ("reply_via", "fax")]), Some(ReplyVia::Fax));
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn the_caller_hears_the_words_and_what_was_agreed() {
        let entry = read(
            &fields(&[
                ("channel", "phone"),
                ("name", "長府 花子"),
                ("phone", "0832311111"),
                ("reply_wanted", "yes"),
                ("publish_ok", "yes"),
            ]),
            day(4, 3),
        )
        .unwrap();
        let said = read_back(&entry, "下関市");
        for part in [
            "電話でお話を",
            "街灯が〓えています。",
            "長府 花子 様ですね",
            "回答は電話で希望",
            "公表してもよい",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
