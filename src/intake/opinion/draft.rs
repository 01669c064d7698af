//! What a citizen typed into the form of a consultation, and the rules that make a submission of it. Pure.

use crate::consultations::consultation::{Need, SenderFields};
use crate::consultations::submission::Point;
use crate::letters::letter::Relation;
use crate::people::party::PartyDetails;
use crate::text::input::{self, InputError};
use crate::web::form::Fields;
use crate::web::parts::{Errors, grouped};

/// Most points of one submission; whoever has more sends a second one.
pub const MOST_POINTS: usize = 20;

/// Longest place in the draft, in characters.
const TARGET_LIMIT: usize = 200;

/// Longest name or address, in characters.
const LINE_LIMIT: usize = 200;

/// One point as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedPoint {
    /// `PAPER:CODE` of the paragraph it was begun at, or nothing.
    pub paragraph: String,
    /// Where in the draft.
    pub target: String,
    /// The opinion.
    pub opinion: String,
    /// The reason.
    pub reason: String,
}

/// The form as typed; only what nobody can see or store was taken out.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// One at least.
    pub points: Vec<TypedPoint>,
    /// 氏名.
    pub name: String,
    /// 団体名.
    pub org_name: String,
    /// 代表者名.
    pub rep_name: String,
    /// 住所.
    pub address: String,
    /// Telephone or mail address.
    pub contact: String,
    /// Codes of [`Relation`].
    pub relation: Vec<String>,
    /// `yes` when a body's name may stand beside its opinion.
    pub org_publish_ok: String,
    /// Ids of files uploaded before and still wanted.
    pub attachments: Vec<String>,
    /// Control characters that were taken out.
    pub removed: usize,
}

/// A draft that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// What is said.
    pub points: Vec<Point>,
    /// Who says it.
    pub party: PartyDetails,
    /// What ties the sender to the city.
    pub relation: Vec<Relation>,
    /// A body's name may stand beside its opinion.
    pub org_publish_ok: bool,
}

/// The name of a field of the nth point: the first has the plain name.
pub fn name_of(field: &str, nth: usize) -> String {
    if nth == 0 { field.to_owned() } else { format!("{field}_{}", nth + 1) }
}

impl Draft {
    /// Reads the fields of domain.md 9.2; further points carry `_2`, `_3`, ….
    pub fn read(fields: &Fields) -> Draft {
        let mut draft = Draft::default();
        let mut removed = 0;
        let mut line = |name: &str| {
            let cleaned = input::single_line(fields.text(name));
            removed += cleaned.removed.len();
            cleaned.text
        };
        for nth in 0..MOST_POINTS {
            if nth > 0 && !["opinion", "reason", "target"].iter().any(|f| fields.has(&name_of(f, nth))) {
                break;
            }
            draft.points.push(TypedPoint {
                paragraph: line(&name_of("paragraph", nth)),
                target: line(&name_of("target", nth)),
                ..TypedPoint::default()
            });
        }
        draft.name = line("name");
        draft.org_name = line("org_name");
        draft.rep_name = line("rep_name");
        draft.address = line("address");
        draft.contact = line("contact");
        draft.org_publish_ok = line("org_publish_ok");
        draft.relation = fields.all("relation").into_iter().map(str::to_owned).collect();
        draft.attachments = fields.all("attachment").into_iter().map(str::to_owned).collect();
        for (nth, point) in draft.points.iter_mut().enumerate() {
            for (field, into) in [("opinion", &mut point.opinion), ("reason", &mut point.reason)] {
                let cleaned = input::multi_line(fields.text(&name_of(field, nth)));
                removed += cleaned.removed.len();
                *into = cleaned.text;
            }
        }
        draft.removed = removed;
        draft
    }

    /// A sentence for the writer when characters were taken out.
    pub fn notice(&self) -> Option<String> {
        (self.removed > 0).then(|| {
            format!("目に見えない制御文字を{}個取り除きました。文章をお確かめください。", self.removed)
        })
    }

    /// Checks every rule at once. A required field of the sender is asked for here; from somebody who sends without it
    /// all the same (`without`), the opinion is taken and counted as the city's rule says.
    ///
    /// # Errors
    /// What is wrong, field by field in the order of the form.
    pub fn check(&self, asked: &SenderFields, limit: usize, without: bool) -> Result<Ready, Errors> {
        let mut errors = Errors::default();
        let mut points = Vec::new();
        for (nth, typed) in self.points.iter().enumerate() {
            let empty = typed.opinion.trim().is_empty();
            if empty && nth > 0 && typed.reason.trim().is_empty() {
                continue;
            }
            if empty {
                let what = if self.attachments.is_empty() {
                    "ご意見を入力してください。"
                } else {
                    "書類だけでは送れません。ご意見の要点を、一言でも入力してください。"
                };
                errors.add(name_of("opinion", nth), what);
            }
            for (field, text) in [("opinion", &typed.opinion), ("reason", &typed.reason)] {
                let count = input::char_count(text);
                if count > limit {
                    errors.add(
                        name_of(field, nth),
                        format!(
                            "{}字までです。いまは{}字あります。長いご意見は、「もう1つ書く」で分けてください。",
                            grouped(limit as u64),
                            grouped(count as u64)
                        ),
                    );
                }
            }
            if input::char_count(&typed.target) > TARGET_LIMIT {
                errors.add(name_of("target", nth), "場所は200字までです。続きはご意見の欄にお書きください。");
            }
            points.push(Point {
                paragraph: paragraph(&typed.paragraph),
                target: typed.target.clone(),
                opinion: typed.opinion.clone(),
                reason: typed.reason.clone(),
            });
        }
        let party = self.party(asked, without, &mut errors);
        if asked.relation == Need::Required && self.relation.is_empty() && !without {
            errors.add("relation[]", "市との関係を選んでください。");
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Ready {
            points,
            party,
            relation: self.relation.iter().filter_map(|r| Relation::from_code(r)).collect(),
            org_publish_ok: self.org_publish_ok == "yes" && !self.org_name.is_empty(),
        })
    }

    fn party(&self, asked: &SenderFields, without: bool, errors: &mut Errors) -> PartyDetails {
        let must = |need: Need| need == Need::Required && !without;
        let named = !self.name.is_empty() || (!self.org_name.is_empty() && !self.rep_name.is_empty());
        if must(asked.name) && !named {
            errors.add(
                "name",
                "お名前を入力してください。団体のときは、団体名と代表者のお名前でもかまいません。",
            );
        }
        for (field, value) in [
            ("name", &self.name),
            ("org_name", &self.org_name),
            ("rep_name", &self.rep_name),
            ("address", &self.address),
        ] {
            if input::char_count(value) > LINE_LIMIT {
                errors.add(field, "200字までにしてください。");
            }
        }
        if must(asked.address) && self.address.is_empty() {
            errors.add("address", "住所(団体のときは所在地)を入力してください。");
        }
        let (mut email, mut phone) = (String::new(), String::new());
        let mail = self.contact.contains(['@', '＠']);
        let read = if mail { input::email(&self.contact) } else { input::phone(&self.contact) };
        match read {
            Ok(read) if mail => email = read.normal,
            Ok(read) => phone = read.normal,
            Err(InputError::Empty) => {
                if must(asked.contact) {
                    errors.add("contact", "電話番号かメールアドレスを入力してください。");
                }
            }
            Err(trouble) => errors.add("contact", trouble.to_string()),
        }
        PartyDetails {
            name: self.name.clone(),
            org_name: self.org_name.clone(),
            rep_name: self.rep_name.clone(),
            address: self.address.clone(),
            email,
            phone,
            ..PartyDetails::default()
        }
    }
}

/// `12:p3` as paper and code.
pub fn paragraph(typed: &str) -> Option<(i64, String)> {
    let (paper, code) = typed.split_once(':')?;
    let digits = code.strip_prefix('p')?;
    let known = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    known.then_some((paper.parse().ok()?, code.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(pairs: &[(&str, &str)]) -> Draft {
        let mut all =
            vec![("opinion", "歩道を広げてください。"), ("name", "長田 結"), ("address", "下関市長府")];
        all.retain(|(name, _)| !pairs.iter().any(|(n, _)| n == name));
        all.extend(pairs);
        Draft::read(&Fields(all.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()))
    }

    fn wrong(pairs: &[(&str, &str)]) -> Vec<String> {
        let errors =
            draft(pairs).check(&SenderFields::default(), 100, false).expect_err("something is wrong");
        errors.iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn an_opinion_with_name_and_address_can_be_sent() {
        let ready = draft(&[]).check(&SenderFields::default(), 100, false).unwrap();
        assert_eq!(ready.points.len(), 1);
        assert!(ready.points[0].paragraph.is_none());
    }

    #[test]
    fn several_points_keep_their_places_and_an_empty_last_one_is_no_point() {
        let ready = draft(&[
            ("paragraph", "3:p12"),
            ("target", "第1章 1段落目"),
            ("opinion_2", "自転車の道も。"),
            ("reason_2", "危ないからです。"),
            ("opinion_3", " "),
        ])
        .check(&SenderFields::default(), 100, false)
        .unwrap();
        assert_eq!(ready.points.len(), 2);
        assert_eq!(ready.points[0].paragraph, Some((3, "p12".to_owned())));
        assert_eq!(ready.points[1].text(), "自転車の道も。\n\n危ないからです。");
    }

    #[test]
    fn what_is_missing_is_asked_for_once_and_taken_without_when_insisted() {
        assert_eq!(wrong(&[("name", ""), ("address", ""), ("opinion", "")]), ["opinion", "name", "address"]);
        let without = draft(&[("name", ""), ("address", "")]).check(&SenderFields::default(), 100, true);
        assert!(without.is_ok());
        assert!(draft(&[("opinion", "")]).check(&SenderFields::default(), 100, true).is_err());
    }

    #[test]
    fn one_contact_field_takes_a_telephone_number_or_a_mail_address() {
        let party = |contact: &str| {
            draft(&[("contact", contact)]).check(&SenderFields::default(), 100, false).unwrap().party
        };
        assert_eq!(party("０８３－２３１－１１１１").phone, "0832311111");
        assert_eq!(party("yui＠example.jp").email, "yui@example.jp");
        assert_eq!(wrong(&[("contact", "れんらく")]), ["contact"]);
    }

    #[test]
    fn a_paragraph_is_a_paper_and_a_code_or_nothing() {
        assert_eq!(paragraph("3:p12"), Some((3, "p12".to_owned())));
        for odd in ["", "3", "3:x", "a:p1", "3:p", "3:p1\"><script>"] {
            assert_eq!(paragraph(odd), None, "{odd}");
        }
    }
}
