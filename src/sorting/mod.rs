//! The clerk's desk for opinions: groups, what each copy adds, cuts of a submission, suggestions of copies, and every act
//! with its way back.

mod form;
pub mod handlers;
mod views;

use crate::consultations::consultation::Consultation;
use crate::consultations::paper::{Paragraph, ParagraphKind};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::Result;
use crate::opinions::act::Act;
use crate::opinions::acts::Standing;
use crate::opinions::store::{Listing, Run, TextOf};
use crate::opinions::sums::Sums;
use crate::opinions::view::Chapter;
use crate::opinions::{acts, store};
use crate::people::{May, Viewer};
use crate::text::likeness::{Index, Sketch, added};

/// Groups on a page of the table.
const GROUPS: i64 = 200;
/// Distinct texts on a page of a group, and members of a family.
const TEXTS: i64 = 500;
/// Items on a page.
const ITEMS: i64 = 100;
/// Acts on a page.
const ACTS: i64 = 50;
/// Up to so many texts sent once each are compared to find the typical one.
const COMPARED: usize = 200;

/// The paragraphs of a consultation's papers.
struct Places(Vec<(i64, String, Vec<Paragraph>)>);

impl Places {
    fn of(db: &mut Db, consultation_id: i64) -> Result<Places> {
        let mut papers = Vec::new();
        for paper in consultations::store::papers(db, consultation_id)? {
            let Some(version) = paper.version.filter(|v| v.paragraphs > 0) else { continue };
            papers.push((paper.id, paper.title, consultations::store::paragraphs(db, version.id)?));
        }
        Ok(Places(papers))
    }

    /// A place in words.
    fn label(&self, place: Option<(i64, &str)>) -> String {
        let Some((paper_id, code)) = place else { return "案の全体".to_owned() };
        let paper = self.0.iter().find(|(id, ..)| *id == paper_id);
        let paragraph = paper.and_then(|(.., paragraphs)| paragraphs.iter().find(|p| p.code == code));
        match (paper, paragraph) {
            (Some((_, title, _)), Some(p)) if self.0.len() > 1 => format!("{title} {}", p.place),
            (_, Some(p)) => p.place.clone(),
            _ => format!("{code}(いまの資料にない段落)"),
        }
    }

    /// Every place with its value in forms.
    fn options(&self) -> Vec<(String, String)> {
        let mut options = vec![("whole".to_owned(), "案の全体".to_owned())];
        for (paper_id, title, paragraphs) in &self.0 {
            for p in paragraphs {
                let start: String = p.body.chars().take(16).collect();
                let paper = if self.0.len() > 1 { format!("{title} ") } else { String::new() };
                let words = match p.kind {
                    ParagraphKind::Heading => format!("{paper}{}", p.place),
                    _ => format!("{paper}{}「{start}…」", p.place),
                };
                options.push((format!("{paper_id}:{}", p.code), words));
            }
        }
        options
    }
}

/// What stands above every page of the sorting.
struct Head {
    row: Consultation,
    sums: Sums,
    run: Option<Run>,
    /// The viewer's newest act, while it can be taken back.
    last: Option<Act>,
    chapters: Vec<Chapter>,
    places: Places,
    may_run: bool,
}

/// A consultation for those who run it, read everything, or answer a chapter of it.
fn readable(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<Consultation> {
    let row = consultations::store::consultation(db, consultation_id)?;
    let mut units = vec![row.unit_id];
    units.extend(store::chapters(db, consultation_id)?.iter().map(|c| c.unit_id));
    viewer.may(May::ReadSubmissions(&units))?;
    Ok(row)
}

fn head(db: &mut Db, viewer: &Viewer, consultation_id: i64) -> Result<Head> {
    let row = readable(db, viewer, consultation_id)?;
    let may_run = viewer.can(May::RunConsultation(Some(row.unit_id)));
    let last = store::last_act_of(db, consultation_id, viewer.id)?
        .filter(|act| may_run && act.undone_by.is_none() && act.kind.is_undoable());
    Ok(Head {
        sums: store::sums(db, consultation_id)?,
        run: store::likeness_run(db, consultation_id)?,
        last,
        chapters: store::chapters(db, consultation_id)?,
        places: Places::of(db, consultation_id)?,
        may_run,
        row,
    })
}

/// A text of a group beside the one that stands for it.
struct Copy {
    text: TextOf,
    /// What it adds or changes; empty when words were only left out or moved.
    adds: String,
}

/// What stands for a group, and a page of what its other texts add.
struct Copies {
    model: String,
    model_text: Option<TextOf>,
    copies: Vec<Copy>,
    /// Texts before this page, the model among them.
    offset: i64,
}

fn copies(db: &mut Db, group_id: i64, texts: i64, offset: i64) -> Result<Copies> {
    let first = store::texts_in(db, group_id, 0, i64::try_from(COMPARED).unwrap_or(0))?;
    let model_text = typical(db, &first, texts)?;
    let shown = store::texts_in(db, group_id, offset, TEXTS)?;
    let mut ids: Vec<i64> = shown.iter().map(|t| t.first).collect();
    ids.extend(model_text.as_ref().map(|t| t.first));
    let words = store::texts(db, &ids)?;
    let of = |text: &TextOf| words.get(&text.first).cloned().unwrap_or_default();
    let model = model_text.as_ref().map(&of).unwrap_or_default();
    let copies = shown
        .into_iter()
        .filter(|text| model_text.as_ref().is_none_or(|m| m.text_key != text.text_key))
        .map(|text| Copy { adds: added(&model, &of(&text)), text })
        .collect();
    Ok(Copies { model, model_text, copies, offset })
}

/// The text sent most often; where each was sent once and they are few, the one with most of what they have in common.
fn typical(db: &mut Db, first: &[TextOf], texts: i64) -> Result<Option<TextOf>> {
    let once = first.first().is_some_and(|t| t.items == 1);
    if !once || first.len() < 3 || i64::try_from(first.len()).ok() != Some(texts) {
        return Ok(first.first().cloned());
    }
    let words = store::texts(db, &first.iter().map(|t| t.first).collect::<Vec<_>>())?;
    let mut index = Index::new();
    let numbers: Vec<u32> = first
        .iter()
        .map(|t| index.add(Sketch::of(words.get(&t.first).map_or("", String::as_str)), 1))
        .collect();
    let best = index.typical(&numbers);
    Ok(numbers.iter().position(|n| *n == best).and_then(|at| first.get(at)).cloned())
}

/// An act in a list, with how it stands.
struct Told {
    act: Act,
    name: Option<String>,
    standing: Standing,
}

fn told(
    db: &mut Db,
    consultation_id: i64,
    group: Option<i64>,
    submission: Option<i64>,
    before: i64,
    most: i64,
) -> Result<Vec<Told>> {
    store::acts(db, consultation_id, group, submission, before, most)?
        .into_iter()
        .map(|(act, name)| {
            let standing = acts::standing(db, &act)?;
            Ok(Told { act, name, standing })
        })
        .collect()
}

/// A group with its numbers.
fn listing(db: &mut Db, group_id: i64) -> Result<Option<Listing>> {
    let items = store::sizes(db, &[group_id])?.first().map_or(0, |size| size.1);
    Ok(store::listings(db, &[(group_id, items)])?.into_iter().next())
}
