//! A result made of what there is: the numbers, the rows in their order, the hash over everything it is made of.
//!
//! Pure: everything it is made of was read before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::content::{ChannelCount, Content, Counts, Group, Item, OtherChange, Reconsult, ResultHash, View};
use super::store::{Draft, ItemRow, Mask};
use super::words::Published;
use crate::consultations::consultation::{ChannelKind, Consultation};
use crate::consultations::content::{Content as Announced, PaperLink};
use crate::consultations::submission::State;
use crate::error::{Error, Result};
use crate::opinions::group::Group as Gathered;
use crate::opinions::item::{Withheld, counts};
use crate::opinions::view::{Chapter, View as Answer};

/// A chapter with what it answers.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The chapter.
    pub chapter: Chapter,
    /// Its section.
    pub unit_name: String,
    /// Its standing views in their order.
    pub views: Vec<Answer>,
}

/// Everything a result is made of.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The consultation.
    pub row: Consultation,
    /// What was announced.
    pub announced: Announced,
    /// The last day that counted.
    pub closing_on: NaiveDate,
    /// What the clerk wrote.
    pub draft: Draft,
    /// The consultation that asks again, by its title.
    pub reconsult: Option<Reconsult>,
    /// Submissions by way and state.
    pub tally: Vec<(ChannelKind, State, i64)>,
    /// Distinct senders of counted submissions by way, and in all.
    pub submitters: (HashMap<ChannelKind, i64>, i64),
    /// Submissions the machine has not cut into items yet.
    pub uncut: i64,
    /// Chapters in their order.
    pub chapters: Vec<Answered>,
    /// Living groups.
    pub groups: Vec<Gathered>,
    /// Standing items.
    pub items: Vec<ItemRow>,
    /// Papers as decided.
    pub finals: Vec<PaperLink>,
    /// Changes of the final text that no opinion asked for, with their reasons.
    pub explained: Vec<OtherChange>,
    /// Masks of full texts, each with what the text is known by.
    pub masks: Vec<(String, Mask)>,
    /// Places of paragraphs in words, by paper and code.
    pub places: HashMap<(i64, String), String>,
    /// A result is before the public already.
    pub corrects: bool,
}

impl Sources {
    /// Whether nothing that counts came in.
    pub fn nobody_wrote(&self) -> bool {
        self.tally.iter().filter(|(_, s, _)| counts(*s, self.row.count_incomplete)).all(|(_, _, n)| *n == 0)
    }

    /// Standing items by the group they are in.
    pub(super) fn of_group(&self) -> BTreeMap<i64, Vec<&ItemRow>> {
        let mut groups: BTreeMap<i64, Vec<&ItemRow>> = BTreeMap::new();
        for item in &self.items {
            if let Some(group) = item.group_id {
                groups.entry(group).or_default().push(item);
            }
        }
        groups
    }

    /// The numbers, with a line for every way there is.
    pub fn counts(&self, groups: i64, views: i64) -> Counts {
        let mut channels: Vec<ChannelCount> = ChannelKind::ALL
            .iter()
            .map(|kind| ChannelCount {
                kind: *kind,
                all: 0,
                counted: 0,
                submitters: self.submitters.0.get(kind).copied().unwrap_or(0),
                late: 0,
                incomplete: 0,
                off_topic: 0,
                withdrawn: 0,
            })
            .collect();
        for (kind, state, n) in &self.tally {
            let Some(line) = channels.iter_mut().find(|c| c.kind == *kind) else { continue };
            line.all += n;
            *match state {
                _ if counts(*state, self.row.count_incomplete) => &mut line.counted,
                State::Late => &mut line.late,
                State::OffTopic => &mut line.off_topic,
                State::Withdrawn => &mut line.withdrawn,
                State::Received | State::Accepted | State::Incomplete => &mut line.incomplete,
            } += n;
        }
        let texts: BTreeSet<&str> = self.items.iter().map(|i| i.text_key.as_str()).collect();
        let withheld = Withheld::ALL
            .iter()
            .map(|why| (*why, number(self.items.iter().filter(|i| i.withheld == Some(*why)).count())))
            .filter(|(_, n)| *n > 0)
            .collect();
        Counts {
            unit: self.row.result_terms.count_unit,
            channels,
            submitters: self.submitters.1,
            items: number(self.items.len()),
            texts: number(texts.len()),
            groups,
            views,
            withheld,
        }
    }

    /// The hash over everything a result is made of. Another one says that something was changed since.
    pub fn hash(&self) -> String {
        let (d, terms) = (&self.draft, &self.row.result_terms);
        let mut tally: Vec<_> = self.tally.iter().map(|(k, s, n)| (k.code(), s.code(), n)).collect();
        tally.sort_unstable();
        let mut ways: Vec<_> = self.submitters.0.iter().map(|(k, n)| (k.code(), n)).collect();
        ways.sort_unstable();
        let chapters: Vec<_> = self
            .chapters
            .iter()
            .map(|c| {
                let views: Vec<_> = c
                    .views
                    .iter()
                    .map(|v| {
                        json!([
                            v.id,
                            v.sort,
                            v.outcome,
                            v.body,
                            v.reason,
                            v.changed_place,
                            v.old_text,
                            v.new_text
                        ])
                    })
                    .collect();
                json!([c.chapter.id, c.chapter.sort, c.chapter.name, c.unit_name, views])
            })
            .collect();
        let groups: Vec<_> = self
            .groups
            .iter()
            .map(|g| json!([g.id, g.sort, g.gist, g.view_id, g.chapter_id, g.paper_id, g.paragraph]))
            .collect();
        let items: Vec<_> = self
            .items
            .iter()
            .map(|i| json!([i.id, i.group_id, i.withheld, i.withheld_note, i.paper_id, i.paragraph]))
            .collect();
        let masks: Vec<_> = self
            .masks
            .iter()
            .map(|(_, m)| json!([m.item_id, m.start_byte, m.end_byte, m.hidden, m.reason]))
            .collect();
        let whole = json!([
            [self.row.id, terms.publish_full, terms.count_unit, self.row.count_incomplete],
            self.announced,
            self.closing_on,
            [
                json!(d.decision),
                json!(d.decided_on),
                json!(d.decision_note),
                json!(d.final_place),
                json!(d.originals_place),
                json!(d.publish_on),
                json!(d.change_note),
                json!(d.changes),
                json!(d.promises)
            ],
            self.reconsult,
            tally,
            [json!(ways), json!(self.submitters.1)],
            [json!(self.finals), json!(self.explained)],
            chapters,
            groups,
            items,
            masks,
        ]);
        hex::encode(Sha256::digest(whole.to_string().as_bytes()))
    }

    /// The place of a paragraph in words; the whole draft where there is none.
    fn place(&self, paper: Option<i64>, code: Option<&str>) -> String {
        let named = paper.zip(code).and_then(|(p, c)| self.places.get(&(p, c.to_owned())));
        named.cloned().unwrap_or_else(|| "案の全体".to_owned())
    }
}

pub(super) fn number(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A result, made but not stored.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its head.
    pub content: Content,
    /// Its answers.
    pub views: Vec<View>,
    /// Its groups.
    pub groups: Vec<Group>,
    /// Its items.
    pub items: Vec<Item>,
}

impl Made {
    /// The hash that is approved.
    ///
    /// # Errors
    /// [`Error::Internal`], never met.
    pub fn hash(&self) -> Result<String> {
        let mut hash = ResultHash::new(&self.content.text()?);
        self.views.iter().for_each(|v| hash.view(v));
        self.groups.iter().for_each(|g| hash.group(g));
        self.items.iter().for_each(|i| hash.item(i));
        Ok(hash.finish())
    }
}

/// Puts a result together. `texts` are the words of items by their ids; empty where gists are published.
///
/// # Errors
/// [`Error::Refused`] while the decision or its day is missing.
pub fn make(s: &Sources, texts: &HashMap<i64, Published>) -> Result<Made> {
    let draft = &s.draft;
    let (Some(decision), Some(decided_on)) = (draft.decision, draft.decided_on) else {
        return Err(Error::Refused("どう決めたかと、決めた日を入力してください。".to_owned()));
    };
    let of_group = s.of_group();
    let mut of_view: HashMap<i64, Vec<&Gathered>> = HashMap::new();
    for group in s.groups.iter().filter(|g| of_group.contains_key(&g.id)) {
        if let Some(view) = group.view_id {
            of_view.entry(view).or_default().push(group);
        }
    }
    let (mut views, mut groups, mut items) = (Vec::new(), Vec::new(), Vec::new());
    let item = |no: usize, row: &ItemRow, group_no: Option<i64>| {
        let shown = texts.get(&row.id).cloned().unwrap_or_default();
        Item {
            version_id: 0,
            no: number(no + 1),
            item_id: row.id,
            submission_id: row.submission_id,
            group_no,
            withheld: row.withheld,
            withheld_note: row.withheld_note.clone(),
            paragraph: row.paragraph.clone(),
            place: s.place(row.paper_id, row.paragraph.as_deref()),
            org_name: if row.withheld.is_none() { shown.org_name } else { String::new() },
            body: if row.withheld.is_none() { shown.body } else { String::new() },
        }
    };
    for answered in &s.chapters {
        for answer in &answered.views {
            let Some(outcome) = answer.outcome else { continue };
            let Some(mut under) = of_view.remove(&answer.id) else { continue };
            under.sort_by_key(|g| (g.sort, g.id));
            let view_no = number(views.len() + 1);
            views.push(View {
                version_id: 0,
                no: view_no,
                view_id: answer.id,
                chapter: answered.chapter.name.clone(),
                unit_name: answered.unit_name.clone(),
                outcome,
                body: answer.body.clone(),
                reason: answer.reason.clone(),
                changed_place: answer.changed_place.clone(),
                old_text: answer.old_text.clone(),
                new_text: answer.new_text.clone(),
            });
            for group in under {
                let rows = of_group.get(&group.id).map(Vec::as_slice).unwrap_or_default();
                let keys: BTreeSet<&str> = rows.iter().map(|i| i.text_key.as_str()).collect();
                let group_no = number(groups.len() + 1);
                groups.push(Group {
                    version_id: 0,
                    no: group_no,
                    group_id: group.id,
                    view_no,
                    chapter: answered.chapter.name.clone(),
                    paper_id: group.paper_id,
                    paragraph: group.paragraph.clone(),
                    place: s.place(group.paper_id, group.paragraph.as_deref()),
                    gist: group.gist.clone(),
                    items: number(rows.len()),
                    texts: number(keys.len()),
                });
                for row in rows {
                    items.push(item(items.len(), row, Some(group_no)));
                }
            }
        }
    }
    for row in s.items.iter().filter(|i| i.withheld.is_some()) {
        items.push(item(items.len(), row, None));
    }
    let counts = s.counts(number(groups.len()), number(views.len()));
    let faults = counts.faults(groups.iter().map(|g| g.items).sum());
    if let Some(fault) = faults.into_iter().next() {
        return Err(Error::Refused(fault));
    }
    if number(items.len()) != counts.items {
        return Err(Error::Refused(
            "市の考え方の付いていない意見があるため、まだ結果にできません。".to_owned(),
        ));
    }
    let announced = &s.announced;
    let content = Content {
        title: announced.title.clone(),
        draft_label: announced.draft_label.clone(),
        unit_name: announced.unit_name.clone(),
        contact_place: announced.contact_place.clone(),
        contact_phone: announced.contact_phone.clone(),
        contact_email: announced.contact_email.clone(),
        basis: announced.basis.clone(),
        noticed_on: announced.noticed_on,
        opens_on: announced.opens_on,
        closing_on: s.closing_on,
        papers: announced.papers.clone(),
        decision,
        decided_on,
        decision_note: draft.decision_note.clone(),
        reconsult: s.reconsult.clone(),
        finals: s.finals.clone(),
        final_place: draft.final_place.clone(),
        full: s.row.result_terms.publish_full,
        originals_place: draft.originals_place.clone(),
        counts,
        other_changes: s.explained.iter().chain(&draft.changes).cloned().collect(),
        promises: draft.promises.clone(),
        publish_on: draft.publish_on,
        change_note: if s.corrects { draft.change_note.clone() } else { String::new() },
    };
    Ok(Made { content, views, groups, items })
}
