//! What a correction changed, old → new. Pure.

use std::collections::BTreeMap;

use super::content::{Content, Group, OtherChange, Promise, View};
use crate::calendar::era_date;

/// One thing a correction changed: what it is called, and its old and new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Such as 「意見のまとまり 12 の要旨」.
    pub what: String,
    /// As it was; empty for something new.
    pub old: String,
    /// As it is; empty for something that is gone.
    pub new: String,
}

/// A version with its answers and groups, for comparing.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Its head.
    pub content: Content,
    /// Its answers in their order.
    pub views: Vec<View>,
    /// Its groups in their order.
    pub groups: Vec<Group>,
}

/// What changed from one version to the next, in the order of reading.
pub fn changes(old: &Whole, new: &Whole) -> Vec<Changed> {
    let mut found = Vec::new();
    for (what, of) in HEAD {
        push(&mut found, (*what).to_owned(), of(&old.content), of(&new.content));
    }
    found.extend(of_views(&old.views, &new.views));
    found.extend(of_groups(old, new));
    found
}

fn of_views(old: &[View], new: &[View]) -> Vec<Changed> {
    let (mut found, mut before) = (Vec::new(), by_id(old, |v| v.view_id));
    for view in new {
        let was = before.remove(&view.view_id).map(view_words).unwrap_or_default();
        push(&mut found, format!("市の考え方 {}", view.no), was, view_words(view));
    }
    for gone in before.into_values() {
        push(&mut found, format!("市の考え方(前の版の{})", gone.no), view_words(gone), String::new());
    }
    found
}

fn of_groups(old: &Whole, new: &Whole) -> Vec<Changed> {
    let (mut found, mut before) = (Vec::new(), by_id(&old.groups, |g| g.group_id));
    for group in &new.groups {
        let was = before.remove(&group.group_id);
        // an answer is named only where it is another one: its changed words stand above already
        let (from, to) = (was.and_then(|g| answer_of(old, g)), answer_of(new, group));
        let moved = was.is_some() && from.map(|v| v.view_id) != to.map(|v| v.view_id);
        push(
            &mut found,
            format!("意見 {}", group.no),
            was.map(|g| group_words(g, from.filter(|_| moved))).unwrap_or_default(),
            group_words(group, to.filter(|_| moved)),
        );
    }
    for gone in before.into_values() {
        push(&mut found, format!("意見(前の版の{})", gone.no), group_words(gone, None), String::new());
    }
    found
}

fn by_id<T>(rows: &[T], id: impl Fn(&T) -> i64) -> BTreeMap<i64, &T> {
    rows.iter().map(|row| (id(row), row)).collect()
}

fn push(found: &mut Vec<Changed>, what: String, old: String, new: String) {
    if old != new {
        found.push(Changed { what, old, new });
    }
}

type HeadPart = (&'static str, fn(&Content) -> String);

/// The parts of the head that are compared.
const HEAD: &[HeadPart] = &[
    ("決定", |c| format!("{} {}\n{}", c.decision.label(), era_date(c.decided_on), c.decision_note)),
    ("決定した文章", |c| {
        let titles: Vec<&str> = c.finals.iter().map(|p| p.title.as_str()).collect();
        format!("{} {}", titles.join("、"), c.final_place)
    }),
    ("あらためての募集", |c| c.reconsult.as_ref().map(|r| r.title.clone()).unwrap_or_default()),
    ("意見の全文を読める場所", |c| c.originals_place.clone()),
    ("数", |c| {
        let n = &c.counts;
        let t = n.total();
        format!(
            "提出 {}通、提出者 {}、意見 {}件、異なる文章 {}、公表しない意見 {}件、期限後 {}通、記載に不足 {}通、案件外 {}通、取下げ {}通",
            t.counted,
            t.submitters,
            n.opinions(),
            n.texts,
            n.withheld(),
            t.late,
            t.incomplete,
            t.off_topic,
            t.withdrawn
        )
    }),
    ("意見以外の理由による変更", |c| {
        let line = |o: &OtherChange| format!("{}: {} → {}({})", o.place, o.old_text, o.new_text, o.reason);
        c.other_changes.iter().map(line).collect::<Vec<_>>().join("\n")
    }),
    ("これから行うこと", |c| {
        let line = |p: &Promise| format!("{}({}まで) {}", p.body, era_date(p.due_on), p.report);
        c.promises.iter().map(line).collect::<Vec<_>>().join("\n")
    }),
];

fn view_words(v: &View) -> String {
    let mut words = format!("{}\n{}", v.outcome.label(), v.body);
    for (label, text) in
        [("理由", &v.reason), ("箇所", &v.changed_place), ("修正前", &v.old_text), ("修正後", &v.new_text)]
    {
        if !text.is_empty() {
            words.push_str(&format!("\n{label}: {text}"));
        }
    }
    words
}

fn answer_of<'a>(whole: &'a Whole, group: &Group) -> Option<&'a View> {
    let at = usize::try_from(group.view_no - 1).ok()?;
    whole.views.get(at)
}

fn group_words(group: &Group, answer: Option<&View>) -> String {
    let mut words = format!("{}\n{}件", group.gist, group.items);
    if let Some(answer) = answer {
        let start: String = answer.body.chars().take(60).collect();
        words.push_str(&format!("\n答え: {start}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opinions::view::Outcome;

    fn view(no: i64, view_id: i64, body: &str) -> View {
        View {
            version_id: 1,
            no,
            view_id,
            chapter: "全体".to_owned(),
            unit_name: "道路河川建設課".to_owned(),
            outcome: Outcome::Reference,
            body: body.to_owned(),
            reason: String::new(),
            changed_place: String::new(),
            old_text: String::new(),
            new_text: String::new(),
        }
    }

    #[test]
    fn an_answer_put_before_another_is_new_and_the_other_has_not_changed() {
        let old = [view(1, 7, "参考にします。")];
        let new = [view(1, 8, "加えた答えです。"), view(2, 7, "参考にします。")];
        let found = of_views(&old, &new);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].old.as_str(), found[0].what.as_str()), ("", "市の考え方 1"));
    }
}
