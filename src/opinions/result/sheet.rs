//! A result as pages show it, before and after it is published.

use std::collections::{BTreeMap, HashMap};

use super::content::{self, Content};
use super::made::{self, Sources};
use super::making::{sources, texts};
use super::store::{self, Mask, Version};
use super::words;
use crate::consultations::consultation::Consultation;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::store as opinions;

/// Groups on one page of a result.
pub const PER_PAGE: i64 = 200;

/// One page of a version, as the public, the approver and the clerk see it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The version.
    pub version: Version,
    /// Its head.
    pub content: Content,
    /// The answers of the groups on this page.
    pub views: Vec<content::View>,
    /// The groups of this page.
    pub groups: Vec<content::Group>,
    /// Their distinct texts, where full texts are published.
    pub texts: Vec<store::Text>,
    /// Withheld items.
    pub withheld: Vec<content::Item>,
    /// Chapters: name, first group, how many groups.
    pub chapters: Vec<(String, i64, i64)>,
    /// From 1.
    pub page: i64,
    /// How many pages.
    pub pages: i64,
}

/// The page a group stands on.
pub fn page_of(group_no: i64) -> i64 {
    (group_no - 1).max(0) / PER_PAGE + 1
}

/// Reads one page of a version; a page beyond the last is the last.
pub fn sheet(db: &mut Db, version: &Version, page: i64) -> Result<Sheet> {
    let pages = page_of(version.groups);
    let page = page.clamp(1, pages);
    let content = Content::read(&version.content)?;
    let from = (page - 1) * PER_PAGE;
    let groups = store::groups_from(db, version.id, from, PER_PAGE)?;
    let ends = |no: fn(&content::Group) -> i64| {
        let numbers = || groups.iter().map(no);
        (numbers().min().unwrap_or(0), numbers().max().unwrap_or(-1))
    };
    let (first, last) = ends(|g| g.view_no);
    let views = store::views_between(db, version.id, first, last)?;
    let texts = if content.full {
        store::texts_of_groups(db, version.id, from + 1, from + PER_PAGE)?
    } else {
        Vec::new()
    };
    let withheld = if page == 1 { store::withheld(db, version.id)? } else { Vec::new() };
    let chapters = store::chapters_of(db, version.id)?;
    Ok(Sheet { version: version.clone(), content, views, groups, texts, withheld, chapters, page, pages })
}

/// Whether [`preview`] has a page to show.
pub fn can_be_shown(s: &Sources) -> bool {
    made::make(s, &HashMap::new()).is_ok()
}

/// A page of the result as it would be now, before anything is stored. Of full texts it leaves out what the machine
/// finds; what only the senders' own details tell is taken out when the version is made.
///
/// # Errors
/// [`Error::Refused`] while the decision is missing or an item has no answer.
pub fn preview(db: &mut Db, row: &Consultation, page: i64) -> Result<Sheet> {
    let s = sources(db, row)?;
    let made = made::make(&s, &texts(db, &s, &HashMap::new())?)?;
    let many = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let pages = page_of(many(made.groups.len()));
    let page = page.clamp(1, pages);
    let here = |no: i64| page_of(no) == page;
    let mut words: BTreeMap<(i64, String, String), (i64, i64)> = BTreeMap::new();
    for item in made.items.iter().filter(|i| made.content.full && i.group_no.is_some_and(here)) {
        let key = (item.group_no.unwrap_or(0), item.body.clone(), item.org_name.clone());
        words.entry(key).or_insert((0, item.no)).0 += 1;
    }
    let mut texts: Vec<store::Text> = words
        .into_iter()
        .map(|((group, body, org_name), (many, first))| store::Text {
            group_no: Some(group),
            body,
            org_name,
            many,
            first: Some(first),
        })
        .collect();
    texts.sort_by_key(|t| t.first);
    let mut chapters: Vec<(String, i64, i64)> = Vec::new();
    for group in &made.groups {
        match chapters.last_mut().filter(|(name, ..)| *name == group.chapter) {
            Some(chapter) => chapter.2 += 1,
            None => chapters.push((group.chapter.clone(), group.no, 1)),
        }
    }
    let groups: Vec<content::Group> = made.groups.iter().filter(|g| here(g.no)).cloned().collect();
    let version = Version {
        id: 0,
        consultation_id: row.id,
        no: store::newest(db, row.id)?.map_or(1, |v| v.no + 1),
        content: String::new(),
        content_hash: String::new(),
        source_hash: String::new(),
        views: many(made.views.len()),
        groups: many(made.groups.len()),
        items: many(made.items.len()),
        from_state: row.state,
        publish_on: made.content.publish_on,
        change_note: made.content.change_note.clone(),
        author_id: row.created_by,
        created_at: row.created_at,
    };
    let withheld = made.items.iter().filter(|i| i.withheld.is_some() && page == 1).cloned().collect();
    let of_page = |no: i64| groups.iter().any(|g| g.view_no == no);
    Ok(Sheet {
        views: made.views.iter().filter(|v| of_page(v.no)).cloned().collect(),
        content: made.content,
        version,
        groups,
        texts,
        withheld,
        chapters,
        page,
        pages,
    })
}

/// A result before the public, as pages need it.
#[derive(Clone, Debug)]
pub struct Released {
    /// The version.
    pub version: Version,
    /// Its head.
    pub content: Content,
    /// When it went out.
    pub at: crate::db::Instant,
    /// All versions that went out, the newest first: number, moment, note.
    pub history: Vec<(i64, crate::db::Instant, String)>,
}

/// The result before the public; of an earlier version with its number.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn released(db: &mut Db, id: i64, no: Option<i64>) -> Result<Released> {
    let all = store::released(db, id)?;
    let history = all.iter().map(|(v, at)| (v.no, *at, v.change_note.clone())).collect();
    let (version, at) =
        all.into_iter().find(|(v, _)| no.is_none_or(|no| v.no == no)).ok_or(Error::NotFound)?;
    Ok(Released { content: Content::read(&version.content)?, version, at, history })
}

/// What a published result says of one submission.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The consultation.
    pub consultation_id: i64,
    /// Its items in their order, each with what answers it.
    pub items: Vec<(content::Item, Option<(content::Group, content::View)>)>,
}

/// What the result says of one submission; none before there is one.
pub fn answers_to(db: &mut Db, id: i64, submission_id: i64) -> Result<Option<Answers>> {
    let Some((version, _)) = store::released(db, id)?.into_iter().next() else { return Ok(None) };
    let mut items = Vec::new();
    for item in store::items_of_submission(db, version.id, submission_id)? {
        let answer = match item.group_no {
            Some(no) => {
                let group = store::groups_from(db, version.id, no - 1, 1)?.into_iter().next();
                let group = group.ok_or(Error::NotFound)?;
                let view = store::views_between(db, version.id, group.view_no, group.view_no)?;
                view.into_iter().next().map(|view| (group, view))
            }
            None => None,
        };
        items.push((item, answer));
    }
    Ok(Some(Answers { consultation_id: id, items }))
}

/// A full text as it came and as it would be published, with how many items have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The first item that has it: its number.
    pub item: i64,
    /// How many have it.
    pub many: i64,
    /// As it came.
    pub text: String,
    /// As it would be published; none where that cannot be told.
    pub shown: Option<String>,
}

/// The full texts of a consultation as they would be published, copies once, without what only the senders' details can
/// tell: for the clerk's look before the draft is circulated.
pub fn texts_to_look_over(db: &mut Db, id: i64, after: i64, most: i64) -> Result<Vec<Look>> {
    let masks = store::masks(db, id)?;
    let found = store::same_texts(db, id, after, most)?;
    let texts = opinions::texts(db, &found.iter().map(|t| t.first).collect::<Vec<_>>())?;
    Ok(found
        .into_iter()
        .map(|same| {
            let text = texts.get(&same.first).cloned().unwrap_or_default();
            let own: Vec<&Mask> =
                masks.iter().filter(|(exact, _)| *exact == same.exact).map(|(_, m)| m).collect();
            let shown = words::published(&text, None, &own).ok().map(|p| p.body);
            Look { item: same.first, many: same.many, text, shown }
        })
        .collect())
}
