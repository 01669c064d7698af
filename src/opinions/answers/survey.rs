//! How far the answers have come: what is open in each chapter, and which rows of the table to show. Pure.

use std::collections::{BTreeMap, HashMap};

use crate::consultations::paper::{Paragraph, ParagraphKind};
use crate::opinions::view::{Filled, Outcome, lacks};
use crate::text_enum;

/// What of a living group that has items decides where it is shown and what is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupLine {
    /// Its number.
    pub id: i64,
    /// Its chapter.
    pub chapter_id: Option<i64>,
    /// Its answer.
    pub view_id: Option<i64>,
    /// The paper.
    pub paper_id: Option<i64>,
    /// The paragraph's code.
    pub paragraph: Option<String>,
    /// Its place among those of one paragraph.
    pub sort: i64,
    /// It has a gist.
    pub gist: bool,
}

impl GroupLine {
    fn at(&self) -> Option<(i64, &str)> {
        self.paper_id.zip(self.paragraph.as_deref())
    }
}

/// What of a standing view decides what is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewLine {
    /// Its number.
    pub id: i64,
    /// Its chapter.
    pub chapter_id: i64,
    /// The section that answers, when that is not the chapter's.
    pub unit_id: Option<i64>,
    /// 対応.
    pub outcome: Option<Outcome>,
    /// Which parts are filled in.
    pub filled: Filled,
}

/// Where the paragraphs of a consultation's drafts stand: by paper and code, the rank and the words.
#[derive(Clone, Debug, Default)]
pub struct Places(HashMap<i64, HashMap<String, (usize, String)>>);

impl Places {
    /// From the papers in their order, each with its paragraphs; `several` papers are told apart by their titles.
    pub fn new<'a>(
        papers: impl IntoIterator<Item = (i64, &'a str, &'a [Paragraph])>,
        several: bool,
    ) -> Places {
        let mut all: HashMap<i64, HashMap<String, (usize, String)>> = HashMap::new();
        let mut rank = 0;
        for (paper, title, paragraphs) in papers {
            let of_paper = all.entry(paper).or_default();
            for paragraph in paragraphs {
                let words =
                    if several { format!("{title} {}", paragraph.place) } else { paragraph.place.clone() };
                of_paper.insert(paragraph.code.clone(), (rank, words));
                rank += 1;
            }
        }
        Places(all)
    }

    fn at(&self, at: Option<(i64, &str)>) -> Option<&(usize, String)> {
        let (paper, code) = at?;
        self.0.get(&paper)?.get(code)
    }

    /// The rank of a paragraph; what speaks of the draft as a whole comes last.
    pub fn order(&self, at: Option<(i64, &str)>) -> usize {
        self.at(at).map_or(usize::MAX, |p| p.0)
    }

    /// Where a paragraph stands, in words.
    pub fn words(&self, at: Option<(i64, &str)>) -> &str {
        self.at(at).map_or("案の全体", |p| &p.1)
    }
}

text_enum! {
    /// What can be open in a group.
    pub enum Gap {
        Chapter = "chapter" => "章に入っていない",
        Gist = "gist" => "要旨がない",
        View = "view" => "市の考え方がない",
        Unfinished = "unfinished" => "市の考え方が書きかけ",
    }
}

/// How many of what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups with items.
    pub groups: u64,
    /// Of these, those with everything.
    pub done: u64,
    /// In no chapter.
    pub without_chapter: u64,
    /// Without a gist, where one is published.
    pub without_gist: u64,
    /// Without an answer.
    pub without_view: u64,
    /// Answers in use that lack something.
    pub unfinished: u64,
    /// Answers in use.
    pub views: u64,
}

impl Counts {
    /// How many of a gap; answers that lack something are counted once, however many groups share them.
    pub fn of(&self, gap: Gap) -> u64 {
        match gap {
            Gap::Chapter => self.without_chapter,
            Gap::Gist => self.without_gist,
            Gap::View => self.without_view,
            Gap::Unfinished => self.unfinished,
        }
    }

    /// Nothing is open.
    pub fn is_done(&self) -> bool {
        self.done == self.groups
    }
}

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |sum, c| Counts {
            groups: sum.groups + c.groups,
            done: sum.done + c.done,
            without_chapter: sum.without_chapter + c.without_chapter,
            without_gist: sum.without_gist + c.without_gist,
            without_view: sum.without_view + c.without_view,
            unfinished: sum.unfinished + c.unfinished,
            views: sum.views + c.views,
        })
    }
}

/// Groups and views of a consultation as they stand.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The groups, in the order of their paragraphs.
    pub groups: Vec<GroupLine>,
    /// The standing views by number.
    pub views: BTreeMap<i64, ViewLine>,
    /// The result shows gists: each group needs one.
    pub gist_needed: bool,
}

/// Which rows of the table are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// One chapter; `Some(None)` is the groups in none.
    pub chapter: Option<Option<i64>>,
    /// Only what these sections answer; with it, the section of each chapter.
    pub mine: Option<(Vec<i64>, BTreeMap<i64, i64>)>,
    /// Only with this open.
    pub gap: Option<Gap>,
    /// Only those under this answer.
    pub view: Option<i64>,
}

impl Survey {
    /// Puts the groups in the order of their paragraphs.
    pub fn new(
        mut groups: Vec<GroupLine>,
        views: Vec<ViewLine>,
        places: &Places,
        gist_needed: bool,
    ) -> Survey {
        groups.sort_by_cached_key(|g| (places.order(g.at()), g.sort, g.id));
        Survey { groups, views: views.into_iter().map(|v| (v.id, v)).collect(), gist_needed }
    }

    /// The answer a group has. One of another chapter is none: it would be approved without the group.
    pub fn view_of(&self, group: &GroupLine) -> Option<&ViewLine> {
        self.views.get(&group.view_id?).filter(|v| Some(v.chapter_id) == group.chapter_id)
    }

    /// What is open in a group.
    pub fn gaps(&self, group: &GroupLine) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if group.chapter_id.is_none() {
            gaps.push(Gap::Chapter);
        }
        if self.gist_needed && !group.gist {
            gaps.push(Gap::Gist);
        }
        match self.view_of(group) {
            None => gaps.push(Gap::View),
            Some(view) if !lacks(view.outcome, view.filled).is_empty() => gaps.push(Gap::Unfinished),
            Some(_) => {}
        }
        gaps
    }

    /// What there is and what is open, for each chapter that has groups, and under `None` for those in none.
    pub fn counts(&self) -> BTreeMap<Option<i64>, Counts> {
        let mut all: BTreeMap<Option<i64>, Counts> = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for group in &self.groups {
            let gaps = self.gaps(group);
            let counts = all.entry(group.chapter_id).or_default();
            counts.groups += 1;
            counts.done += u64::from(gaps.is_empty());
            counts.without_chapter += u64::from(gaps.contains(&Gap::Chapter));
            counts.without_gist += u64::from(gaps.contains(&Gap::Gist));
            counts.without_view += u64::from(gaps.contains(&Gap::View));
            if let Some(view) = self.view_of(group)
                && seen.insert(view.id)
            {
                counts.views += 1;
                counts.unfinished += u64::from(gaps.contains(&Gap::Unfinished));
            }
        }
        all
    }

    /// The same over all chapters.
    pub fn total(&self) -> Counts {
        self.counts().into_values().sum()
    }

    /// The rows asked for, in order.
    pub fn choose(&self, asked: &Asked) -> Vec<i64> {
        let mine = |group: &GroupLine| {
            asked.mine.as_ref().is_none_or(|(units, of_chapter)| {
                let by_view = self.view_of(group).and_then(|v| v.unit_id);
                let unit = by_view.or_else(|| of_chapter.get(&group.chapter_id?).copied());
                unit.is_some_and(|u| units.contains(&u))
            })
        };
        self.groups
            .iter()
            .filter(|g| asked.chapter.is_none_or(|c| c == g.chapter_id))
            .filter(|g| asked.view.is_none_or(|v| g.view_id == Some(v)))
            .filter(|g| asked.gap.is_none_or(|gap| self.gaps(g).contains(&gap)))
            .filter(|g| mine(g))
            .map(|g| g.id)
            .collect()
    }
}

/// A chapter as the headings of a paper give it: the heading's code and words, and which paragraphs it covers, by
/// their place in the list: from the first up to, not with, the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The heading's code.
    pub code: String,
    /// Its words.
    pub name: String,
    /// The first paragraph.
    pub from: usize,
    /// The paragraph after the last.
    pub to: usize,
}

/// The highest headings of a paper. What stands before the first of them belongs to none.
pub fn headings(paragraphs: &[Paragraph]) -> Vec<Heading> {
    let is_heading = |p: &&Paragraph| p.kind == ParagraphKind::Heading;
    let Some(top) = paragraphs.iter().filter(is_heading).map(|p| p.level).min() else { return Vec::new() };
    let mut found: Vec<Heading> = Vec::new();
    for (at, paragraph) in paragraphs.iter().enumerate() {
        if paragraph.kind == ParagraphKind::Heading && paragraph.level == top {
            if let Some(last) = found.last_mut() {
                last.to = at;
            }
            found.push(Heading {
                code: paragraph.code.clone(),
                name: paragraph.body.trim().to_owned(),
                from: at,
                to: paragraphs.len(),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraph(code: &str, kind: ParagraphKind, level: i64, body: &str) -> Paragraph {
        Paragraph { code: code.into(), kind, level, place: body.into(), body: body.into() }
    }

    fn group(id: i64, chapter_id: Option<i64>, view_id: Option<i64>, paragraph: &str) -> GroupLine {
        GroupLine {
            id,
            chapter_id,
            view_id,
            paper_id: Some(1),
            paragraph: Some(paragraph.to_owned()),
            sort: 0,
            gist: id != 2,
        }
    }

    fn survey() -> Survey {
        let text = |code: &str| paragraph(code, ParagraphKind::Text, 0, code);
        let paper = [text("p9"), text("p10"), text("p2")];
        let places = Places::new([(1, "案", &paper[..])], false);
        let whole = Filled { body: true, reason: true, place: true, old: true, new: true };
        let views = vec![
            ViewLine {
                id: 7,
                chapter_id: 1,
                unit_id: None,
                outcome: Some(Outcome::Reference),
                filled: whole,
            },
            ViewLine { id: 8, chapter_id: 2, unit_id: Some(5), outcome: None, filled: whole },
        ];
        let groups = vec![
            group(1, Some(1), Some(7), "p2"),
            group(2, Some(1), Some(7), "p9"),
            group(3, Some(2), Some(8), "p10"),
            group(4, Some(2), Some(8), "p10"),
            group(5, None, None, "p9"),
            // answered in another chapter: nobody would approve that
            group(6, Some(2), Some(7), "p9"),
        ];
        Survey::new(groups, views, &places, true)
    }

    #[test]
    fn rows_follow_the_paragraphs_as_they_stand_in_the_draft_not_their_codes() {
        assert_eq!(survey().choose(&Asked::default()), [2, 5, 6, 3, 4, 1]);
    }

    #[test]
    fn an_unfinished_answer_is_counted_once_however_many_groups_share_it() {
        let all = survey().counts();
        let second = all[&Some(2)];
        assert_eq!((second.groups, second.views, second.unfinished, second.without_view), (3, 1, 1, 1));
        assert_eq!(all[&None].without_chapter, 1);
        let total = survey().total();
        assert_eq!((total.groups, total.done, total.without_gist), (6, 1, 1));
        assert!(!total.is_done());
    }

    #[test]
    fn a_section_sees_its_chapters_and_the_answers_handed_to_it() {
        let mine = Some((vec![5], BTreeMap::from([(1, 3), (2, 4)])));
        assert_eq!(survey().choose(&Asked { mine, ..Asked::default() }), [3, 4]);
        let gap = Some(Gap::Gist);
        assert_eq!(survey().choose(&Asked { gap, ..Asked::default() }), [2]);
    }

    #[test]
    fn chapters_are_the_highest_headings_and_cover_what_stands_under_them() {
        let heading = |code: &str, level, body: &str| paragraph(code, ParagraphKind::Heading, level, body);
        let text = |code: &str| paragraph(code, ParagraphKind::Text, 0, "文");
        let paper = [
            text("p1"),
            heading("p2", 2, "1 道"),
            text("p3"),
            heading("p4", 3, "(1)"),
            heading("p5", 2, "2"),
        ];
        let found = headings(&paper);
        assert_eq!(found.iter().map(|h| (h.from, h.to)).collect::<Vec<_>>(), [(1, 4), (4, 5)]);
        assert_eq!(headings(&[text("p1")]), []);
    }
}
