//! What a citizen typed into the form, and the rules that make a letter of it. Pure.

use validator::Validate;

use crate::letters::letter::{AgeBand, District, Relation, ReplyVia};
use crate::letters::receipt::over_limit;
use crate::people::party::PartyDetails;
use crate::text::input::{self, InputError};
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// The form as typed; only what nobody can see or store was taken out.
#[derive(Clone, Debug, Default, Validate)]
pub struct Draft {
    /// 本文, LF line ends.
    pub body: String,
    /// 題名.
    #[validate(length(max = 100, message = "題名は100字までです。続きは本文にお書きください。"))]
    pub subject: String,
    /// 場所.
    #[validate(length(max = 200, message = "場所は200字までです。続きは本文にお書きください。"))]
    pub place_text: String,
    /// Degrees, as a map may have filled them in.
    pub lat: String,
    /// Degrees.
    pub lon: String,
    /// `yes`, `no` or nothing yet.
    pub reply_wanted: String,
    /// Code of [`ReplyVia`].
    pub reply_via: String,
    /// 氏名.
    #[validate(length(max = 100, message = "お名前は100字までです。"))]
    pub name: String,
    /// フリガナ.
    #[validate(length(max = 100, message = "フリガナは100字までです。"))]
    pub name_kana: String,
    /// 団体名.
    #[validate(length(max = 100, message = "団体名は100字までです。"))]
    pub org_name: String,
    /// 代表者名.
    #[validate(length(max = 100, message = "代表者のお名前は100字までです。"))]
    pub rep_name: String,
    /// 郵便番号.
    pub postal_code: String,
    /// 住所.
    #[validate(length(max = 200, message = "住所は200字までです。"))]
    pub address: String,
    /// メールアドレス.
    pub email: String,
    /// 電話・ファクス番号.
    pub phone: String,
    /// Code of [`AgeBand`].
    pub age_band: String,
    /// Code of [`District`].
    pub district: String,
    /// Codes of [`Relation`].
    pub relation: Vec<String>,
    /// `yes`, `no` or nothing yet.
    pub publish_ok: String,
    /// Ids of files uploaded before and still wanted.
    pub attachments: Vec<String>,
    /// Labels in やさしい日本語.
    pub plain_ja: bool,
    /// Control characters that were taken out.
    pub removed: usize,
}

/// A draft that keeps every rule, ready to become a letter.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// Who writes; empty for a nameless letter.
    pub party: PartyDetails,
    /// Whether a reply is wanted.
    pub reply_wanted: bool,
    /// By which way; only with a wanted reply.
    pub reply_via: Option<ReplyVia>,
    /// Whether it may be published.
    pub publish_ok: bool,
    /// 年代.
    pub age_band: Option<AgeBand>,
    /// 地区.
    pub district: Option<District>,
    /// 市との関係.
    pub relation: Vec<Relation>,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
}

impl Draft {
    /// Reads the fields of domain.md 7.2; names not among them are left alone.
    pub fn read(fields: &Fields) -> Draft {
        let mut removed = 0;
        let mut line = |name: &str| {
            let cleaned = input::single_line(fields.text(name));
            removed += cleaned.removed.len();
            cleaned.text
        };
        let list = |name: &str| fields.all(name).into_iter().map(str::to_owned).collect();
        let mut draft = Draft {
            subject: line("subject"),
            place_text: line("place_text"),
            lat: line("lat"),
            lon: line("lon"),
            reply_wanted: line("reply_wanted"),
            reply_via: line("reply_via"),
            name: line("name"),
            name_kana: line("name_kana"),
            org_name: line("org_name"),
            rep_name: line("rep_name"),
            postal_code: line("postal_code"),
            address: line("address"),
            email: line("email"),
            phone: line("phone"),
            age_band: line("age_band"),
            district: line("district"),
            publish_ok: line("publish_ok"),
            relation: list("relation"),
            attachments: list("attachment"),
            plain_ja: fields.text("plain_ja") == "yes",
            ..Draft::default()
        };
        let body = input::multi_line(fields.text("body"));
        draft.removed = removed + body.removed.len();
        draft.body = body.text;
        draft
    }

    /// A sentence for the writer when characters were taken out.
    pub fn notice(&self) -> Option<String> {
        (self.removed > 0).then(|| {
            format!("目に見えない制御文字を{}個取り除きました。文章をお確かめください。", self.removed)
        })
    }

    /// Checks every rule at once.
    ///
    /// # Errors
    /// What is wrong, field by field in the order of the form.
    pub fn check(&self, body_limit: usize) -> Result<Ready, Errors> {
        let mut errors = Errors::default();
        self.check_body(body_limit, &mut errors);
        self.check_lengths(&["subject", "place_text"], &mut errors);
        let reply_wanted = yes_no(&self.reply_wanted);
        if reply_wanted.is_none() {
            errors.add("reply_wanted", "返事がほしいかどうかを選んでください。");
        }
        let reply_via = self.reply_via_checked(reply_wanted, &mut errors);
        let party = self.party(reply_wanted == Some(true), reply_via, &mut errors);
        let publish_ok = yes_no(&self.publish_ok);
        if publish_ok.is_none() {
            errors.add("publish_ok", "公表してもよいかどうかを選んでください。");
        }
        match (reply_wanted, publish_ok) {
            (Some(reply_wanted), Some(publish_ok)) if errors.is_empty() => Ok(Ready {
                party,
                reply_wanted,
                reply_via,
                publish_ok,
                age_band: AgeBand::from_code(&self.age_band),
                district: District::from_code(&self.district),
                relation: self.relation.iter().filter_map(|r| Relation::from_code(r)).collect(),
                position: position(&self.lat, &self.lon),
            }),
            _ => Err(errors),
        }
    }

    fn check_body(&self, limit: usize, errors: &mut Errors) {
        let count = input::char_count(&self.body);
        if self.body.trim().is_empty() {
            errors.add("body", "市長に伝えたいことを入力してください。");
        } else if count > limit {
            errors.add("body", over_limit(count, limit));
        }
    }

    fn check_lengths(&self, fields: &[&str], errors: &mut Errors) {
        let Err(found) = self.validate() else { return };
        for field in fields {
            if let Some(message) =
                found.field_errors().get(*field).and_then(|e| e.first()).and_then(|e| e.message.as_ref())
            {
                errors.add(*field, message.as_ref());
            }
        }
    }

    fn reply_via_checked(&self, wanted: Option<bool>, errors: &mut Errors) -> Option<ReplyVia> {
        if wanted != Some(true) {
            return None;
        }
        let via = ReplyVia::from_code(&self.reply_via);
        if via.is_none() {
            errors.add("reply_via", "返事の受け取り方を選んでください。");
        }
        via
    }

    /// What was told of the writer. What the chosen way of reply needs is required; anything else that was filled in
    /// must be readable, so that nobody waits at a wrong number.
    fn party(&self, wanted: bool, via: Option<ReplyVia>, errors: &mut Errors) -> PartyDetails {
        if wanted && self.name.is_empty() && self.org_name.is_empty() {
            errors.add("name", "返事の宛名にするお名前を入力してください。");
        }
        self.check_lengths(&["name"], errors);
        let name_kana_norm = read("name_kana", &self.name_kana, None, input::reading, errors);
        self.check_lengths(&["name_kana", "org_name", "rep_name"], errors);
        let needs = |ways: &[ReplyVia], why: &'static str| via.filter(|v| ways.contains(v)).map(|_| why);
        let email =
            needs(&[ReplyVia::Email], "メールで返事をお送りするため、メールアドレスを入力してください。");
        let email = read("email", &self.email, email, input::email, errors);
        let postal = needs(&[ReplyVia::Post], "郵便で返事をお送りするため、郵便番号を入力してください。");
        let mut postal_code = read("postal_code", &self.postal_code, postal, input::postal_code, errors);
        if postal_code.len() == 7 {
            postal_code.insert(3, '-');
        }
        if via == Some(ReplyVia::Post) && self.address.is_empty() {
            errors.add("address", "郵便で返事をお送りするため、住所を入力してください。");
        }
        self.check_lengths(&["address"], errors);
        let phone = needs(
            &[ReplyVia::Phone, ReplyVia::Fax],
            "電話番号(ファクスのときはファクス番号)を入力してください。",
        );
        let phone = read("phone", &self.phone, phone, input::phone, errors);
        PartyDetails {
            name: self.name.clone(),
            name_kana: self.name_kana.clone(),
            name_kana_norm,
            org_name: self.org_name.clone(),
            rep_name: self.rep_name.clone(),
            postal_code,
            address: self.address.clone(),
            email,
            phone,
        }
    }
}

/// The normal form of a field, or an empty string with the reason noted.
fn read(
    field: &str,
    typed: &str,
    required: Option<&str>,
    parse: fn(&str) -> Result<input::Typed, InputError>,
    errors: &mut Errors,
) -> String {
    match parse(typed) {
        Ok(read) => read.normal,
        Err(InputError::Empty) => {
            if let Some(why) = required {
                errors.add(field, why);
            }
            String::new()
        }
        Err(trouble) => {
            errors.add(field, trouble.to_string());
            String::new()
        }
    }
}

fn yes_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Both or none: half a place is no place. What a map filled in wrongly is no fault of the writer.
fn position(lat: &str, lon: &str) -> Option<(f64, f64)> {
    let (lat, lon): (f64, f64) = (lat.parse().ok()?, lon.parse().ok()?);
    ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some((lat, lon))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(changes: &[(&str, &str)]) -> Draft {
        let mut fields = vec![("body", "街灯が消えています。"), ("reply_wanted", "no"), ("publish_ok", "no")];
        fields.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        fields.extend_from_slice(changes);
        Draft::read(&Fields(fields.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()))
    }

    fn wrong(changes: &[(&str, &str)]) -> Vec<String> {
        let errors = draft(changes).check(10_000).expect_err("something is wrong");
        errors.iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn three_answers_make_a_letter() {
        let ready = draft(&[]).check(10_000).unwrap();
        assert!(ready.party.is_empty() && ready.reply_via.is_none());
        assert_eq!(
            wrong(&[("body", " \n　"), ("reply_wanted", ""), ("publish_ok", "")]),
            ["body", "reply_wanted", "publish_ok"]
        );
    }

    #[test]
    fn the_way_of_reply_says_what_must_be_told() {
        let reply = |via| vec![("reply_wanted", "yes"), ("reply_via", via)];
        assert_eq!(wrong(&reply("")), ["reply_via", "name"]);
        assert_eq!(wrong(&reply("email")), ["name", "email"]);
        assert_eq!(wrong(&reply("post")), ["name", "postal_code", "address"]);
        assert_eq!(wrong(&reply("phone")), ["name", "phone"]);
        assert_eq!(wrong(&reply("fax")), ["name", "phone"]);
        let mut body = reply("email");
        body.extend([("org_name", "長府自治会"), ("email", "ｊｉｃｈｉ＠example.jp")]);
        assert_eq!(draft(&body).check(10_000).unwrap().party.email, "jichi@example.jp");
    }

    #[test]
    fn who_wants_no_reply_may_stay_nameless_but_an_unreadable_address_is_pointed_out() {
        assert!(draft(&[("reply_via", "post")]).check(10_000).is_ok());
        assert_eq!(wrong(&[("email", "hanako")]), ["email"]);
    }

    #[test]
    fn full_width_digits_any_hyphen_and_half_width_kana_are_read() {
        let ready = draft(&[
            ("reply_wanted", "yes"),
            ("reply_via", "post"),
            ("name", "山﨑\u{3000}𠮷子"),
            ("name_kana", "ﾔﾏｻﾞｷ ﾖｼｺ"),
            ("postal_code", "〒７５０ー８５２１"),
            ("address", "下関市南部町１番１号"),
            ("phone", "０８３－２３１－１１１１"),
        ])
        .check(10_000)
        .unwrap();
        assert_eq!(ready.party.postal_code, "750-8521");
        assert_eq!(ready.party.phone, "0832311111");
        assert_eq!(ready.party.name_kana_norm, "ヤマザキ　ヨシコ");
        assert_eq!(ready.party.name, "山﨑\u{3000}𠮷子");
    }

    #[test]
    fn a_text_over_the_limit_hears_its_length_and_the_excess() {
        let errors = draft(&[("body", &"長".repeat(100_000))]).check(10_000).unwrap_err();
        let said = errors.of("body").unwrap();
        assert!(
            said.contains("10,000字まで") && said.contains("100,000字") && said.contains("90,000字減らす")
        );
    }

    #[test]
    fn half_a_place_is_no_place() {
        let place = |lat, lon| draft(&[("lat", lat), ("lon", lon)]).check(9).map(|r| r.position);
        assert_eq!(
            draft(&[("lat", "33.95"), ("lon", "130.94")]).check(99).unwrap().position,
            Some((33.95, 130.94))
        );
        assert!(place("33.95", "").is_err(), "nine characters are too few for the text");
        for (lat, lon) in [("33.95", ""), ("NaN", "1"), ("91", "0")] {
            assert_eq!(draft(&[("lat", lat), ("lon", lon)]).check(99).unwrap().position, None);
        }
    }

    #[test]
    fn a_long_name_is_told_its_limit() {
        let long = "寿".repeat(101);
        assert_eq!(wrong(&[("name", &long)]), ["name"]);
    }
}
