//! The forms of a matter's page: one for each act, filled with what was typed when it was refused;
//! long because there are as many forms as acts.

use maud::{Markup, Render, html};

use crate::letters::letter::{Field as PolicyField, MatterKind};
use crate::letters::matter::{Matter, NoReplyReason, OutOfScopeReason, Outcome};
use crate::triage::case::{Case, MatterCase};
use crate::triage::next::Act;
use crate::web::form::Fields;
use crate::web::parts::{self, Choice, Field, Weight};

/// A form that was refused or came too late: the page is shown again with it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The form, as [`form_id`] names it.
    pub form: String,
    /// What was typed.
    pub fields: Fields,
    /// Why not.
    pub why: String,
    /// Somebody else was faster.
    pub stale: bool,
}

/// The id of the form of an act: of a matter, or of the letter.
pub fn form_id(matter: Option<i64>, act: Act) -> String {
    match matter {
        Some(id) => format!("m{id}-{act:?}").to_lowercase(),
        None => format!("l-{act:?}").to_lowercase(),
    }
}

/// What a form is drawn with.
pub(super) struct Forms<'a> {
    pub csrf: &'a str,
    pub case: &'a Case,
    pub attempt: Option<&'a Attempt>,
}

impl Forms<'_> {
    /// What was typed into a field of this form before it was refused.
    fn typed(&self, form: &str, name: &str) -> Option<&str> {
        let attempt = self.attempt.filter(|a| a.form == form)?;
        attempt.fields.has(name).then(|| attempt.fields.text(name))
    }

    fn all(&self, form: &str, name: &str) -> Option<Vec<&str>> {
        let attempt = self.attempt.filter(|a| a.form == form)?;
        Some(attempt.fields.all(name))
    }

    /// Whether the form was refused: then it is shown open.
    pub(super) fn refused(&self, form: &str) -> bool {
        self.attempt.is_some_and(|a| a.form == form)
    }

    /// Why the form was refused; the summary's link leads to the form, which is described by this.
    fn why(&self, form: &str) -> Markup {
        html! {
            @if let Some(attempt) = self.attempt.filter(|a| a.form == form) {
                p.error-text id={ (form) "-error" } { "＊" (attempt.why) }
            }
        }
    }

    fn described(&self, form: &str) -> Option<String> {
        self.refused(form).then(|| format!("{form}-error"))
    }

    fn wrap(
        &self,
        form: &str,
        path: &str,
        version: Option<i64>,
        weight: Weight,
        label: &str,
        fields: &Markup,
    ) -> Markup {
        html! {
            form.form #(form) method="post" action=(path) tabindex=[self.refused(form).then_some("-1")]
                aria-label=[self.refused(form).then_some(label)] aria-describedby=[self.described(form)] {
                (parts::csrf(self.csrf))
                @if let Some(version) = version { (parts::hidden("version", &version.to_string())) }
                (self.why(form))
                (fields)
                (parts::submit(weight, label))
            }
        }
    }

    /// The form of an act, or the link to the page where it is done.
    pub(super) fn act(&self, of: &MatterCase, act: Act, weight: Weight) -> Markup {
        let matter = &of.matter;
        let form = form_id((act != Act::Register).then_some(matter.id), act);
        let path = |noun: &str| format!("/matters/{}/{noun}", matter.id);
        let wrap = |noun: &str, fields: Markup| {
            self.wrap(&form, &path(noun), Some(matter.version), weight, act.label(), &fields)
        };
        let area = |name: &'static str, label: &'static str, support: &'static str| {
            html! {
                (Field::area(name, label).id(&format!("{form}-{name}")).required().rows(3).support(support)
                    .value(self.typed(&form, name).unwrap_or("")))
            }
        };
        match act {
            Act::Register => self.register(&form, weight),
            Act::Accept => wrap(
                "screening",
                html! {
                    (parts::hidden("decision", "accept"))
                    (self.about(&form, of))
                },
            ),
            Act::RuleOut => wrap(
                "screening",
                html! {
                    (parts::hidden("decision", "out_of_scope"))
                    (Choice::select("reason", "理由").id(&format!("{form}-reason")).required().option("", "選んでください")
                        .options(OutOfScopeReason::ALL.iter().map(|r| (r.code(), r.label())))
                        .chosen(self.typed(&form, "reason").unwrap_or("")))
                    (area("reason_note", "理由の説明", "対象外でも、手紙は残り、読まれます。なぜ対象外なのかを書いてください。"))
                },
            ),
            Act::PassOn => wrap(
                "screening",
                html! {
                    (parts::hidden("decision", "passed_on"))
                    (Field::text("passed_to", "渡す先").id(&format!("{form}-to")).required().full()
                        .support("ほかの機関や課の名前。例:山口県下関土木建築事務所、上下水道局")
                        .value(self.typed(&form, "passed_to").unwrap_or("")))
                    (area("reason_note", "渡す理由", "移ちょう票に印刷します。"))
                },
            ),
            Act::Circulate => wrap("circulation", self.heads(&form)),
            Act::Assign => self.assign(&form, of, weight),
            Act::Take => wrap(
                "drafters",
                html! {
                    (Choice::select("staff", "担当者").id(&format!("{form}-staff")).required().option("", "選んでください")
                        .options(of.drafters.iter().map(|p| (id(p.staff_id), p.name.as_str())).collect::<Vec<_>>()
                            .iter().map(|(i, n)| (i.as_str(), *n)))
                        .chosen(&matter.drafter_id.map_or(String::new(), id)))
                },
            ),
            Act::Draft => parts::link_button(weight, &path("replies/new"), act.label()),
            Act::ContinueDraft | Act::Send => match of.replies.iter().rev().find(|r| r.state != "sent") {
                Some(reply) => parts::link_button(weight, &format!("/replies/{}", reply.id), act.label()),
                None => parts::link_button(weight, &path("replies/new"), Act::Draft.label()),
            },
            Act::SeeApproval => match of.approvals.last() {
                Some(approval) => {
                    parts::link_button(weight, &format!("/approvals/{}", approval.id), act.label())
                }
                None => parts::link_button(weight, "/approvals", act.label()),
            },
            Act::SeePublication => match of.publications.last() {
                Some((id, _)) => parts::link_button(weight, &format!("/publications/{id}"), act.label()),
                None => parts::link_button(weight, "/moderation", act.label()),
            },
            Act::SetNoReply => wrap(
                "no-replies",
                html! {
                    (Choice::select("reason", "理由").id(&format!("{form}-reason")).required().option("", "選んでください")
                        .options(NoReplyReason::ALL.iter().map(|r| (r.code(), r.label())))
                        .chosen(self.typed(&form, "reason").unwrap_or("")))
                    (area("reason_note", "理由の説明", "読んで終わることも、きちんとした終わり方です。なぜ回答しないかを残します。"))
                },
            ),
            Act::ReturnToCentre => {
                wrap("returns", area("reason", "戻す理由", "どの課の仕事と思うかも書いてください。"))
            }
            Act::Ask => wrap(
                "questions",
                area(
                    "body",
                    "尋ねたこと",
                    "電話や窓口で尋ねたときの記録です。返事を待つ間、この件は止まります。",
                ),
            ),
            Act::Hear => self.hear(&form, of, weight),
            Act::Close => wrap(
                "closings",
                html! {
                    (Choice::select("outcome", "結果").id(&format!("{form}-outcome")).required().option("", "選んでください")
                        .options(Outcome::ALL.iter().map(|o| (o.code(), o.label())))
                        .chosen(self.typed(&form, "outcome").or(matter.outcome.map(Outcome::code)).unwrap_or("")))
                },
            ),
            Act::File => {
                wrap("filings", html! { p.small { "ここで終わりです。手紙は残り、いつでも読めます。" } })
            }
            Act::Propose => wrap(
                "publications",
                html! {
                    p.small { "差出人は「公表してもよい」としています。次の画面で個人が分かるところを伏せ、別の職員が確かめてから公表します。" }
                },
            ),
            Act::Change => wrap(
                "details",
                html! {
                    (Field::text("title", "件名").id(&format!("{form}-title")).required().full()
                        .value(self.typed(&form, "title").unwrap_or(&matter.title)))
                    (self.about(&form, of))
                },
            ),
            Act::WritePart => html! {},
        }
    }

    fn register(&self, form: &str, weight: Weight) -> Markup {
        let letter = &self.case.letter;
        let titles = self.case.matters.iter().map(|m| m.matter.title.as_str()).collect::<Vec<_>>().join("\n");
        let fields = html! {
            (Field::area("titles", "件名").id("l-register-titles").required().rows(3)
                .support("用件が二つ以上あるときは、1行に1件ずつ書くと分かれます。")
                .value(self.typed(form, "titles").unwrap_or(&titles)))
        };
        self.wrap(
            form,
            &format!("{}/registration", letter.path()),
            Some(letter.version),
            weight,
            "登録する",
            &fields,
        )
    }

    /// Kind, fields and whether a reply is needed: asked at screening and whenever they are changed.
    fn about(&self, form: &str, of: &MatterCase) -> Markup {
        let matter: &Matter = &of.matter;
        let kind = self.typed(form, "kind").or(matter.kind.map(MatterKind::code)).unwrap_or("");
        let chosen = self.all(form, "field").unwrap_or_else(|| of.fields.iter().map(|f| f.code()).collect());
        let reply =
            self.typed(form, "reply_needed").unwrap_or(if matter.reply_needed { "yes" } else { "no" });
        html! {
            (Choice::select("kind", "種別").id(&format!("{form}-kind")).option("", "まだ決めない")
                .options(MatterKind::ALL.iter().map(|k| (k.code(), k.label()))).chosen(kind))
            @let names: Vec<&str> =
                PolicyField::ALL.iter().filter(|f| chosen.contains(&f.code())).map(|f| f.label()).collect();
            // fifteen boxes would push the button out of sight
            details open[self.refused(form)] {
                summary { "分野(" @if names.is_empty() { "まだ選んでいません" } @else { (names.join("、")) } ")" }
                (Choice::checks("field[]", "分野").id(&format!("{form}-field"))
                    .options(PolicyField::ALL.iter().map(|f| (f.code(), f.label()))).chosen_all(&chosen))
            }
            (Choice::radios("reply_needed", "回答").id(&format!("{form}-reply")).across()
                .option("yes", "必要").option("no", "不要").chosen(reply))
        }
    }

    fn heads(&self, form: &str) -> Markup {
        use crate::people::Role;
        let typed = self.all(form, "staff");
        let options: Vec<(String, String, bool)> = self
            .case
            .heads
            .iter()
            .map(|p| {
                let top = matches!(p.role, Role::Mayor | Role::DeputyMayor);
                let title = if top {
                    p.role.label().to_owned()
                } else {
                    format!("{} {}", p.unit_name, p.role.label())
                };
                let ticked = match &typed {
                    Some(typed) => typed.contains(&id(p.staff_id).as_str()),
                    None => top,
                };
                (id(p.staff_id), format!("{title} {}", p.name), ticked)
            })
            .collect();
        let chosen: Vec<&str> = options.iter().filter(|o| o.2).map(|o| o.0.as_str()).collect();
        let list = |label: &str, id: &str, ticked: bool| {
            let some =
                options.iter().filter(move |o| o.2 == ticked).map(|(i, l, _)| (i.as_str(), l.as_str()));
            Choice::checks("staff[]", label).id(id).options(some).chosen_all(&chosen).render()
        };
        let (first, rest) = (format!("{form}-staff"), format!("{form}-staff-others"));
        let folded = !chosen.is_empty() && chosen.len() < options.len();
        html! {
            @if folded {
                (list("供覧する相手", &first, true))
                details {
                    summary { "ほかの人にも供覧する" }
                    (list("ほかの相手", &rest, false))
                }
            } @else { (list("供覧する相手", &first, !chosen.is_empty())) }
        }
    }

    fn assign(&self, form: &str, of: &MatterCase, weight: Weight) -> Markup {
        let (unit_id, joint_id) = (format!("{form}-unit"), format!("{form}-joint"));
        let units: Vec<(String, &str)> = self.case.sections.iter().map(|s| (id(s.0), s.2.as_str())).collect();
        let options = || units.iter().map(|(i, n)| (i.as_str(), *n));
        let unit = self.typed(form, "owning_unit").unwrap_or("");
        let joint = self.all(form, "joint_units").unwrap_or_default();
        html! {
            form.form #(form) method="post" action={ "/matters/" (of.matter.id) "/assignments" }
                tabindex=[self.refused(form).then_some("-1")] aria-label=[self.refused(form).then_some(Act::Assign.label())]
                aria-describedby=[self.described(form)] {
                (parts::csrf(self.csrf))
                (parts::hidden("version", &of.matter.version.to_string()))
                (self.why(form))
                (Choice::select("owning_unit", "担当課").id(&unit_id).required()
                    .option("", "選んでください").options(options()).chosen(unit))
                details open[!joint.is_empty()] {
                    summary { "関係課も加える" }
                    (Choice::checks("joint_units[]", "関係課").id(&joint_id)
                        .support("担当課が回答をまとめ、関係課は意見を書き足します。").options(options()).chosen_all(&joint))
                }
                (parts::submit(weight, Act::Assign.label()))
                @if !of.suggestions.is_empty() {
                    .suggestions {
                        p.small { strong { "候補" } "(押すとその課に決まります)" }
                        ul.plain-list {
                            @for suggestion in &of.suggestions {
                                li {
                                    (parts::submit_as(Weight::Secondary, "owning_unit", &id(suggestion.unit_id), &suggestion.unit_name))
                                    span.support { (suggestion.reason) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn hear(&self, form: &str, of: &MatterCase, weight: Weight) -> Markup {
        html! {
            form.form #(form) method="post" action={ "/matters/" (of.matter.id) "/hearings" }
                tabindex=[self.refused(form).then_some("-1")] aria-label=[self.refused(form).then_some(Act::Hear.label())]
                aria-describedby=[self.described(form)] {
                (parts::csrf(self.csrf))
                (parts::hidden("version", &of.matter.version.to_string()))
                (self.why(form))
                (Field::area("body", "返事の内容").id(&format!("{form}-body")).rows(3)
                    .value(self.typed(form, "body").unwrap_or("")))
                (parts::submit(weight, Act::Hear.label()))
                (parts::submit_as(Weight::Secondary, "heard", "timeout", "返事がないまま先へ進む"))
            }
        }
    }

    /// A sharing section's own part, for those who work there.
    pub(super) fn part(&self, of: &MatterCase, unit_id: i64, unit_name: &str) -> Markup {
        let form = format!("{}-{unit_id}", form_id(Some(of.matter.id), Act::WritePart));
        let there = of.joints.iter().find(|j| j.unit_id == unit_id);
        let written = there.and_then(|j| j.written_at).map_or(String::new(), |at| at.to_string());
        let part = there.and_then(|j| j.part.as_deref()).unwrap_or("");
        let fields = html! {
            (parts::hidden("unit", &id(unit_id)))
            (parts::hidden("seen", &written))
            (Field::area("part", unit_name).id(&format!("{form}-part")).required().rows(5)
                .support("担当課が回答をまとめるときに使います。市民には見えません。")
                .value(self.typed(&form, "part").unwrap_or(part)))
        };
        self.wrap(
            &form,
            &format!("/matters/{}/parts", of.matter.id),
            None,
            Weight::Secondary,
            "意見を保存する",
            &fields,
        )
    }

    /// An internal note.
    pub(super) fn note(&self) -> Markup {
        let fields = html! {
            (Field::area("body", "メモ").id("note-body").rows(3).support("職員だけに見えます。公表も、差出人への表示もされません。")
                .value(self.typed("note", "body").unwrap_or("")))
        };
        self.wrap(
            "note",
            &format!("{}/notes", self.case.letter.path()),
            None,
            Weight::Secondary,
            "メモを残す",
            &fields,
        )
    }

    /// One more matter of a registered letter.
    pub(super) fn split(&self) -> Markup {
        let fields = html! {
            (Field::text("title", "分ける用件の件名").id("split-title").required().full()
                .value(self.typed("split", "title").unwrap_or("")))
        };
        self.wrap(
            "split",
            &format!("{}/matters", self.case.letter.path()),
            None,
            Weight::Secondary,
            "件を加える",
            &fields,
        )
    }
}

fn id(number: i64) -> String {
    number.to_string()
}
