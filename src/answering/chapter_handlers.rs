//! Chapters: making them, handing them to sections, putting them before their approvers.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};

use super::chapter_views as views;
use super::handlers::sections;
use super::table::{self, ChapterLine};
use crate::approval::{self, Class, SubjectKind};
use crate::consultations::consultation::Consultation;
use crate::error::{Error, Result};
use crate::opinions::answers::content::{self, ChapterContent};
use crate::opinions::answers::survey::Counts;
use crate::opinions::answers::{self, OpenPoint, store};
use crate::opinions::view::Chapter;
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::text::input::{multi_line, single_line};
use crate::web::{Shared, answer};

/// Everything the page of the chapters shows.
pub struct Desk {
    /// Whose.
    pub row: Consultation,
    /// The chapters.
    pub chapters: Vec<ChapterLine>,
    /// Over all of them.
    pub total: Counts,
    /// What is open before the result can be published.
    pub open: Vec<OpenPoint>,
    /// Sections a chapter can be handed to.
    pub units: Vec<(i64, String)>,
    /// The viewer runs the consultation.
    pub runs: bool,
}

/// `GET /consultations/{id}/chapters`
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let desk = app
        .db
        .read(move |db| {
            let row = answers::readable(db, &seer, id)?;
            let counts = answers::survey(db, &row)?.counts();
            Ok(Desk {
                chapters: table::chapters(db, &seer, &row, &counts)?,
                total: counts.into_values().sum(),
                open: answers::open_points(db, id)?,
                units: sections(db, &seer)?,
                runs: answers::runs(&seer, &row),
                row,
            })
        })
        .await?;
    Ok(answer::page(views::chapters(&shell, &viewer.csrf, &desk)))
}

/// `POST /consultations/{id}/chapters`: from the headings (`act=headings`), by hand (`act=add`), or only groups into
/// those there are (`act=place`).
pub async fn make(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let path = format!("/consultations/{id}/chapters");
    let said = match fields.text("act") {
        "headings" => {
            let (made, placed) = app.db.write(move |db| answers::make_chapters(db, &viewer, now, id)).await?;
            format!("章を{made}つ作り、意見{placed}件を段落の章に入れました。")
        }
        "place" => {
            let placed = app.db.write(move |db| answers::place_loose(db, &viewer, now, id)).await?;
            format!("意見{placed}件を段落の章に入れました。")
        }
        "begin" => {
            app.db.write(move |db| answers::begin(db, &viewer, now, id)).await?;
            "市の考え方の作成を始めました。意見の整理も続けられます。".to_owned()
        }
        "add" => {
            let name = single_line(fields.text("name")).text.trim().to_owned();
            let unit = fields
                .number("unit")
                .ok_or_else(|| Error::Refused("受け持つ課を選んでください。".to_owned()))?;
            app.db.write(move |db| answers::add_chapter(db, &viewer, now, id, &name, unit)).await?;
            "章を加えました。".to_owned()
        }
        _ => return Err(Error::BadRequest("ボタンを押してください。".to_owned())),
    };
    Ok(answer::done(&path, &said))
}

/// `POST /chapters/{id}/corrections`: name and section; or a place up or down with the buttons `up` and `down`.
pub async fn change(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let chapter = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let step = match fields.text("move") {
        "up" => -1,
        "down" => 1,
        _ => 0,
    };
    let name = single_line(fields.text("name")).text.trim().to_owned();
    let (seen, unit) = (fields.number("version").unwrap_or(0), fields.number("unit").unwrap_or(0));
    let id = app
        .db
        .write(move |db| answers::change_chapter(db, &viewer, now, chapter, (seen, &name, unit, step)))
        .await?;
    let said = if step == 0 { "章を直しました。" } else { "章の順番を入れ替えました。" };
    Ok(answer::done(&format!("/consultations/{id}/chapters"), said))
}

/// `POST /chapters/{id}/removals`
pub async fn remove(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let chapter = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let id = app.db.write(move |db| answers::remove_chapter(db, &viewer, now, chapter)).await?;
    Ok(answer::done(&format!("/consultations/{id}/chapters"), "章を消しました。"))
}

/// Everything the page of one chapter shows.
pub struct ChapterPage {
    /// Whose.
    pub row: Consultation,
    /// The chapter as lists show it.
    pub line: ChapterLine,
    /// What the public would read of it now.
    pub content: ChapterContent,
    /// The words of groups without a gist, by group.
    pub words: HashMap<i64, String>,
    /// Its hash: what is approved is what was seen.
    pub hash: String,
    /// The classes of approval.
    pub classes: Vec<Class>,
    /// It stands approved, but its content changed since.
    pub changed: bool,
    /// How many of its groups have something open.
    pub gaps: usize,
    /// The viewer may have its decision ended.
    pub may_reopen: bool,
}

/// `GET /chapters/{id}`: a chapter as the public will read it, and what comes next for it.
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let page = app
        .db
        .read(move |db| {
            let chapter: Chapter = store::chapter(db, id)?;
            let row = answers::readable(db, &seer, chapter.consultation_id)?;
            let survey = answers::survey(db, &row)?;
            let line = table::chapters(db, &seer, &row, &survey.counts())?
                .into_iter()
                .find(|c| c.chapter.id == id)
                .ok_or(Error::NotFound)?;
            let of_it = survey.groups.iter().filter(|g| g.chapter_id == Some(id));
            let gaps = of_it.filter(|g| !survey.gaps(g).is_empty()).count();
            let changed = answers::has_changed(db, &chapter)?;
            let content = answers::content(db, &chapter)?;
            Ok(ChapterPage {
                hash: content::hash(&content.text()?),
                words: answers::said(db, &content)?,
                content,
                classes: approval::store::classes(db, SubjectKind::Answers)?,
                may_reopen: answers::runs(&seer, &row)
                    || seer.can(May::AnswerOpinions(&[line.chapter.unit_id])),
                changed,
                gaps,
                line,
                row,
            })
        })
        .await?;
    Ok(answer::page(views::chapter(&shell, &viewer.csrf, &page)))
}

/// `POST /chapters/{id}/approvals`
pub async fn circulate(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let chapter = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let (class, seen) = (fields.text("class").to_owned(), fields.text("seen").to_owned());
    let approval =
        app.db.write(move |db| answers::circulate(db, &viewer, now, chapter, &seen, &class)).await?;
    Ok(answer::done(&format!("/approvals/{approval}"), "起案しました。決裁されるまで、この章は直せません。"))
}

/// `POST /chapters/{id}/reopenings`: 決裁を取り消して直す.
pub async fn reopen(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let chapter = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let reason = multi_line(fields.text("reason")).text.trim().to_owned();
    app.db.write(move |db| answers::reopen(db, &viewer, now, chapter, &reason)).await?;
    Ok(answer::done(
        &format!("/chapters/{chapter}"),
        "決裁を取り消しました。直したあと、もう一度起案してください。",
    ))
}

/// `GET /answers`: the chapters that the viewer's sections still answer.
pub async fn mine(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    let shell = app.staff_shell(&req, &viewer);
    let units = viewer.units();
    let rows = app
        .db
        .read(move |db| {
            let chapters = store::chapters_to_answer(db, &units)?;
            let ids: Vec<i64> = chapters.iter().map(|(c, _)| c.id).collect();
            let counts = store::group_counts(db, &ids)?;
            let mut rows = Vec::new();
            for (chapter, title) in chapters {
                let standing = answers::standing(db, &chapter)?.0;
                let groups = counts.get(&chapter.id).copied().unwrap_or(0);
                rows.push((chapter, title, standing, groups));
            }
            Ok(rows)
        })
        .await?;
    Ok(answer::page(views::mine(&shell, &rows)))
}
