//! The answer table: which rows are asked for, and everything one page of it shows.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use crate::approval::Approval;
use crate::consultations::consultation::Consultation;
use crate::db::Db;
use crate::error::Result;
use crate::opinions::answers::store::{self, DoneAct};
use crate::opinions::answers::survey::{Asked, Counts, Gap, Places, Survey};
use crate::opinions::answers::{self, Standing};
use crate::opinions::group::Group;
use crate::opinions::view::{Chapter, View};
use crate::people::{May, Viewer};
use crate::web::form::{Fields, parse_urlencoded};

/// Rows on a page.
pub const PAGE: usize = 50;

/// Distinct texts of a group shown in its row; the others are on the group's own page.
const TEXTS_SHOWN: usize = 3;

/// Acts offered to be undone.
const ACTS_SHOWN: i64 = 5;

/// Rows read at a time when all of them are wanted.
const PORTION: usize = 400;

/// What the address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A chapter; `Some(None)` is the groups in none.
    pub chapter: Option<Option<i64>>,
    /// Only what the viewer's sections answer.
    pub mine: bool,
    /// Only with this open.
    pub gap: Option<Gap>,
    /// Only those under this answer.
    pub view: Option<i64>,
    /// The page, from 1.
    pub page: usize,
}

impl Filter {
    /// From the query of an address; what cannot be read is left out.
    pub fn read(query: &str) -> Filter {
        let fields = Fields(parse_urlencoded(query.as_bytes()));
        Filter {
            chapter: match fields.text("chapter") {
                "" => None,
                "none" => Some(None),
                id => id.parse().ok().map(Some),
            },
            mine: fields.text("mine") == "yes",
            gap: Gap::from_code(fields.text("gap")),
            view: fields.number("view"),
            page: fields.number("page").and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1),
        }
    }

    /// As the query of an address, without the page.
    pub fn query(&self) -> String {
        let mut all = Vec::new();
        match self.chapter {
            Some(Some(id)) => all.push(format!("chapter={id}")),
            Some(None) => all.push("chapter=none".to_owned()),
            None => {}
        }
        if self.mine {
            all.push("mine=yes".to_owned());
        }
        if let Some(gap) = self.gap {
            all.push(format!("gap={}", gap.code()));
        }
        if let Some(view) = self.view {
            all.push(format!("view={view}"));
        }
        all.join("&")
    }

    /// Its address, at a page.
    pub fn path(&self, consultation_id: i64, page: usize) -> String {
        let mut query = self.query();
        if page > 1 {
            query = if query.is_empty() { format!("page={page}") } else { format!("{query}&page={page}") };
        }
        let base = format!("/consultations/{consultation_id}/answers");
        if query.is_empty() { base } else { format!("{base}?{query}") }
    }
}

/// One row: a group with its answer.
#[derive(Clone, Debug)]
pub struct Row {
    /// The group.
    pub group: Group,
    /// Where it stands in the draft.
    pub place: String,
    /// Standing items.
    pub items: i64,
    /// Distinct texts among them.
    pub texts: usize,
    /// Some of these texts, the most frequent first, with how often each came.
    pub shown: Vec<(String, i64)>,
    /// What is open.
    pub gaps: Vec<Gap>,
    /// Its answer.
    pub view: Option<View>,
    /// Who has that answer open.
    pub editors: Vec<String>,
}

/// A chapter as lists show it.
#[derive(Clone, Debug)]
pub struct ChapterLine {
    /// The chapter.
    pub chapter: Chapter,
    /// Where it stands.
    pub standing: Standing,
    /// The approval of its newest version.
    pub approval: Option<Approval>,
    /// What there is in it and what is open.
    pub counts: Counts,
    /// Its section's name.
    pub unit: String,
    /// The viewer may work in it now.
    pub open: bool,
}

/// Items: in groups, withheld, in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// In groups.
    pub grouped: i64,
    /// Withheld with a reason.
    pub withheld: i64,
    /// Standing, counted by themselves.
    pub all: i64,
}

impl Sums {
    /// Whether they add up. They always must.
    pub fn add_up(self) -> bool {
        self.grouped + self.withheld == self.all
    }
}

/// A page of the table.
pub struct Page {
    /// Whose.
    pub row: Consultation,
    /// What was asked for.
    pub filter: Filter,
    /// The chapters with their counts.
    pub chapters: Vec<ChapterLine>,
    /// Over all of them, groups in none included.
    pub total: Counts,
    /// Items.
    pub sums: Sums,
    /// How many rows there are with this filter.
    pub found: usize,
    /// Those of this page.
    pub rows: Vec<Row>,
    /// Acts that can be undone.
    pub acts: Vec<(DoneAct, i64)>,
    /// Units by id.
    pub units: BTreeMap<i64, String>,
    /// The viewer runs the consultation.
    pub runs: bool,
    /// The viewer answers for one of its sections.
    pub answers: bool,
}

/// The chapters of a consultation with where they stand; `counts` are those of its [`Survey`].
pub fn chapters(
    db: &mut Db,
    viewer: &Viewer,
    row: &Consultation,
    counts: &BTreeMap<Option<i64>, Counts>,
) -> Result<Vec<ChapterLine>> {
    let units = store::unit_names(db)?;
    let runs = answers::runs(viewer, row);
    let mut lines = Vec::new();
    for chapter in crate::opinions::store::chapters(db, row.id)? {
        let (standing, approval) = answers::standing(db, &chapter)?;
        let may = runs || viewer.can(May::AnswerOpinions(&[chapter.unit_id]));
        lines.push(ChapterLine {
            counts: counts.get(&Some(chapter.id)).copied().unwrap_or_default(),
            unit: units.get(&chapter.unit_id).cloned().unwrap_or_default(),
            open: may && matches!(standing, Standing::Working | Standing::Returned),
            chapter,
            standing,
            approval,
        });
    }
    Ok(lines)
}

/// A page of the table for those who may read it.
pub fn page(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
    filter: Filter,
) -> Result<Page> {
    let row = answers::readable(db, viewer, consultation_id)?;
    let places = answers::places(db, row.id)?;
    let survey = answers::survey_at(db, &row, &places, None)?;
    let counts = survey.counts();
    let chapters = chapters(db, viewer, &row, &counts)?;
    let of_chapter: BTreeMap<i64, i64> = chapters.iter().map(|c| (c.chapter.id, c.chapter.unit_id)).collect();
    let asked = Asked {
        chapter: filter.chapter,
        mine: filter.mine.then(|| (viewer.units(), of_chapter)),
        gap: filter.gap,
        view: filter.view,
    };
    let ids = survey.choose(&asked);
    let from = (filter.page - 1).saturating_mul(PAGE).min(ids.len());
    let here = &ids[from..ids.len().min(from + PAGE)];
    let rows = rows(db, viewer, now, &survey, &places, here)?;
    let (grouped, withheld) = store::item_totals(db, row.id)?;
    let sums = Sums { grouped, withheld, all: store::items_standing(db, row.id)? };
    let runs = answers::runs(viewer, &row);
    let sections = store::sections(db, row.id)?;
    // a section is offered what it did itself
    let mut acts = store::last_acts(db, row.id, ACTS_SHOWN)?;
    acts.retain(|(act, _)| runs || act.by_id == viewer.id);
    Ok(Page {
        filter,
        total: counts.into_values().sum(),
        sums,
        found: ids.len(),
        rows,
        acts,
        units: store::unit_names(db)?,
        runs,
        answers: runs || viewer.can(May::AnswerOpinions(&sections)),
        chapters,
        row,
    })
}

/// The rows of some groups, in the order given: a handful of questions however many they are.
fn rows(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    survey: &Survey,
    places: &Places,
    ids: &[i64],
) -> Result<Vec<Row>> {
    let mut groups: HashMap<i64, Group> = store::groups_of(db, ids)?.into_iter().map(|g| (g.id, g)).collect();
    let texts = store::texts_of(db, ids)?;
    let wanted: Vec<i64> =
        texts.values().flat_map(|t| t.iter().take(TEXTS_SHOWN)).map(|t| t.item_id).collect();
    let mut words = HashMap::new();
    for portion in wanted.chunks(PORTION) {
        words.extend(store::words_of(db, portion)?);
    }
    let here: HashSet<i64> = ids.iter().copied().collect();
    let lines: HashMap<i64, _> =
        survey.groups.iter().filter(|g| here.contains(&g.id)).map(|g| (g.id, g)).collect();
    let views: Vec<i64> = ids.iter().filter_map(|id| survey.view_of(lines.get(id)?)).map(|v| v.id).collect();
    let by_id: HashMap<i64, View> = store::views_of(db, &views)?.into_iter().map(|v| (v.id, v)).collect();
    let since = answers::at_work_since(now);
    let mut at_work: HashMap<i64, Vec<String>> = HashMap::new();
    for (view, name) in store::editors(db, &views, viewer.id, since.into())? {
        at_work.entry(view).or_default().push(name);
    }
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        let (Some(group), Some(line)) = (groups.remove(id), lines.get(id)) else { continue };
        let of = texts.get(id).map(Vec::as_slice).unwrap_or_default();
        let shown = of
            .iter()
            .take(TEXTS_SHOWN)
            .filter_map(|t| Some((words.get(&t.item_id)?.clone(), t.items)))
            .collect();
        let view = survey.view_of(line).and_then(|v| by_id.get(&v.id)).cloned();
        let at = group.paper_id.zip(group.paragraph.as_deref());
        rows.push(Row {
            place: places.words(at).to_owned(),
            items: of.iter().map(|t| t.items).sum(),
            texts: of.len(),
            shown,
            gaps: survey.gaps(line),
            editors: view.as_ref().and_then(|v| at_work.get(&v.id)).cloned().unwrap_or_default(),
            view,
            group,
        });
    }
    Ok(rows)
}

/// Every row of a consultation, for files and for paper: chapter by chapter, groups in none at the end.
pub fn whole(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    consultation_id: i64,
) -> Result<(Consultation, Vec<ChapterLine>, Vec<Row>, Sums)> {
    let row = answers::readable(db, viewer, consultation_id)?;
    let places = answers::places(db, row.id)?;
    let survey = answers::survey_at(db, &row, &places, None)?;
    let chapters = chapters(db, viewer, &row, &survey.counts())?;
    let mut ids = Vec::new();
    for chapter in chapters.iter().map(|c| Some(c.chapter.id)).chain([None]) {
        ids.extend(survey.choose(&Asked { chapter: Some(chapter), ..Asked::default() }));
    }
    let mut all = Vec::with_capacity(ids.len());
    for portion in ids.chunks(PORTION) {
        all.extend(rows(db, viewer, now, &survey, &places, portion)?);
    }
    let (grouped, withheld) = store::item_totals(db, row.id)?;
    let sums = Sums { grouped, withheld, all: store::items_standing(db, row.id)? };
    Ok((row, chapters, all, sums))
}

/// The groups under one answer, as rows.
pub fn under(
    db: &mut Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    row: &Consultation,
    view: i64,
) -> Result<Vec<Row>> {
    let places = answers::places(db, row.id)?;
    let survey = answers::survey_at(db, row, &places, Some(view))?;
    let ids = survey.choose(&Asked::default());
    rows(db, viewer, now, &survey, &places, &ids[..ids.len().min(PAGE)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_from_its_own_address() {
        for query in ["", "chapter=3", "chapter=none&mine=yes", "chapter=3&gap=view&view=9"] {
            assert_eq!(Filter::read(query).query(), query);
        }
        assert_eq!(Filter::read("page=0").page, 1);
        assert_eq!(Filter::read("chapter=x&gap=y").query(), "");
    }
}
