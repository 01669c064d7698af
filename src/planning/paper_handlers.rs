//! The papers of a planned consultation: files, and texts taken in with a look over them in between.

use actix_web::{HttpRequest, HttpResponse, web};

use super::views;
use crate::consultations;
use crate::consultations::import::{self, Source};
use crate::consultations::paper::{Block, PaperKind, ParagraphKind};
use crate::consultations::store::{self, Pending};
use crate::db::Json;
use crate::error::{Error, Result};
use crate::files::{self, Purpose};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::text::input::single_line;
use crate::web::{Shared, answer};

/// `POST /consultations/{id}/papers`: a paper with its file, or its text, or both in turn.
pub async fn add(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, uploads, refused } = form;
    let line = |name: &str| single_line(fields.text(name)).text.trim().to_owned();
    let (title, access_note) = (line("title"), line("access_note"));
    let kind = PaperKind::from_code(fields.text("kind"))
        .ok_or_else(|| Error::Refused("資料の種類を選んでください。".to_owned()))?;
    if title.is_empty() {
        return Err(Error::Refused("資料の名前を入力してください。".to_owned()));
    }
    if let Some(why) = refused.into_iter().next() {
        return Err(Error::Refused(why));
    }
    let uploads: Vec<_> = uploads.into_iter().filter(|u| u.size > 0).take(1).collect();
    let placed = files::place_as(&app, uploads, 0, Purpose::Paper).await?;
    if let Some(why) = placed.refused.into_iter().next() {
        return Err(Error::Refused(why));
    }
    let file = placed.files.into_iter().next();
    let now = app.clock.now();
    let paper_id = app
        .db
        .write(move |db| {
            consultations::add_paper(db, &viewer, now, id, kind, &title, &access_note, file.as_ref())
        })
        .await?;
    Ok(answer::done(&format!("/papers/{paper_id}/imports"), "資料を載せました。文章があれば、取り込めます。"))
}

/// `POST /papers/{id}/removals`
pub async fn remove(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let paper_id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let id = app.db.write(move |db| consultations::remove_paper(db, &viewer, now, paper_id)).await?;
    Ok(answer::done(&format!("/consultations/{id}"), "資料を外しました。"))
}

/// `GET /papers/{id}/imports`: where a text is chosen.
pub async fn choose(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let paper_id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let (row, title) = app
        .db
        .read(move |db| {
            let (id, title) = store::paper_of(db, paper_id)?;
            let row = store::consultation(db, id)?;
            seer.may(May::RunConsultation(Some(row.unit_id)))?;
            Ok((row, title))
        })
        .await?;
    Ok(answer::page(views::choose_text(&shell, &viewer.csrf, &row, paper_id, &title)))
}

/// `POST /papers/{id}/imports`: reads a file or a pasted text and shows it for review; nothing of the paper changes yet.
pub async fn read(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let paper_id = id.into_inner();
    let StaffForm { viewer, fields, uploads, .. } = form;
    let pasted = fields.text("pasted").to_owned();
    let upload = uploads.into_iter().find(|u| u.size > 0);
    let name = upload.as_ref().map_or_else(|| "貼り付け.md".to_owned(), |u| u.name.clone());
    if upload.is_none() && pasted.trim().is_empty() {
        return Err(Error::Refused("ファイルを選ぶか、文章を貼り付けてください。".to_owned()));
    }
    let file_name = name.clone();
    let work = move || -> Result<import::Import> {
        let bytes = match &upload {
            Some(upload) => std::fs::read(&upload.file.0).map_err(Error::internal)?,
            None => pasted.into_bytes(),
        };
        import::read(&file_name, &bytes).map_err(Error::Refused)
    };
    let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)??;
    let pending = Pending {
        id: app.clock.id().to_string(),
        paper_id,
        source: found.source,
        file_name: single_line(&name).text,
        paragraphs: Json(found.blocks),
        warnings: found.warnings.join("\n"),
    };
    let (path, now) = (format!("/imports/{}", pending.id), app.clock.now());
    app.db
        .write(move |db| {
            let (id, _) = store::paper_of(db, paper_id)?;
            let row = store::consultation(db, id)?;
            viewer.may(May::RunConsultation(Some(row.unit_id)))?;
            store::insert_import(db, &pending, viewer.id, now.into())
        })
        .await?;
    Ok(answer::see_other(&path))
}

/// `GET /imports/{id}`: every paragraph with the code it will have, to be looked over and mended.
pub async fn review(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<String>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let (row, title, pending, paragraphs, kept) = app
        .db
        .read(move |db| {
            let pending = store::import(db, &id)?;
            let (consultation, title) = store::paper_of(db, pending.paper_id)?;
            let row = store::consultation(db, consultation)?;
            seer.may(May::RunConsultation(Some(row.unit_id)))?;
            let before = match store::newest_version(db, pending.paper_id)? {
                Some(version) => store::paragraphs(db, version.id)?,
                None => Vec::new(),
            };
            let pairs: Vec<(String, String)> =
                before.iter().map(|p| (p.code.clone(), p.body.clone())).collect();
            let used = store::used_codes(db, pending.paper_id)?;
            let paragraphs = consultations::paper::number(&pending.paragraphs, &pairs, &used);
            let kept: Vec<String> = pairs.into_iter().map(|(code, _)| code).collect();
            Ok((row, title, pending, paragraphs, kept))
        })
        .await?;
    Ok(answer::page(views::review(&shell, &viewer.csrf, &row, &title, &pending, &paragraphs, &kept)))
}

/// `POST /imports/{id}`: takes the text over as it was mended on the page.
pub async fn accept(app: Shared, form: StaffForm, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let give_up = fields.has("drop");
    let now = app.clock.now();
    let consultation = app
        .db
        .write(move |db| {
            let pending = store::import(db, &id)?;
            let (consultation, _) = store::paper_of(db, pending.paper_id)?;
            viewer.may(May::RunConsultation(Some(store::consultation(db, consultation)?.unit_id)))?;
            let mut blocks = pending.paragraphs.0;
            for (at, block) in blocks.iter_mut().enumerate() {
                mend(&fields, at, block);
            }
            blocks.retain(|b| !b.body.trim().is_empty());
            store::delete_import(db, &id)?;
            if give_up {
                return Ok(consultation);
            }
            if blocks.is_empty() {
                return Err(Error::Refused("段落が1つも残っていません。".to_owned()));
            }
            consultations::take_text(db, &viewer, now, pending.paper_id, &blocks)
        })
        .await?;
    let said =
        if give_up { "取り込みをやめました。" } else { "文章を取り込みました。" };
    Ok(answer::done(&format!("/consultations/{consultation}"), said))
}

/// What the page changed of one paragraph: its kind (`h1` to `h4` for headings, `out` to leave it out).
fn mend(fields: &crate::web::form::Fields, at: usize, block: &mut Block) {
    let chosen = fields.text(&format!("kind_{at}"));
    if chosen == "out" {
        block.body.clear();
    } else if let Some(level) = chosen.strip_prefix('h').and_then(|l| l.parse().ok()) {
        (block.kind, block.level) = (ParagraphKind::Heading, level);
    } else if let Some(kind) = ParagraphKind::from_code(chosen) {
        (block.kind, block.level) = (kind, 0);
    }
}

/// What a text can be read out of, in words.
pub(super) fn sources() -> String {
    Source::ALL.iter().map(|s| s.label()).collect::<Vec<_>>().join("、")
}
