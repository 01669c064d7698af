//! The draft against the final text: taking the final text in, and saying why a paragraph changed.

use actix_web::{HttpRequest, HttpResponse, web};

use super::difference_views as views;
use super::form;
use crate::consultations::import;
use crate::error::{Error, Result};
use crate::opinions::answers::{self};
use crate::people::Viewer;
use crate::people::session::StaffForm;
use crate::text::input::multi_line;
use crate::web::{Shared, answer};

/// `GET /consultations/{id}/differences`
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let (row, papers, runs) = app
        .db
        .read(move |db| {
            let row = answers::readable(db, &seer, id)?;
            let papers = answers::compared(db, id)?;
            let runs = answers::runs(&seer, &row);
            Ok((row, papers, runs))
        })
        .await?;
    Ok(answer::page(views::differences(&shell, &viewer.csrf, &row, &papers, runs)))
}

/// `POST /papers/{id}/finals`: the final text from a file or pasted (`act=take`), or made of the draft and the views that
/// revise it (`act=make`).
pub async fn take(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let paper = id.into_inner();
    let StaffForm { viewer, fields, uploads, refused } = form;
    let now = app.clock.now();
    if fields.text("act") == "make" {
        let (id, left) = app.db.write(move |db| answers::make_final(db, &viewer, now, paper)).await?;
        let said = if left == 0 {
            "案に修正を当てはめて、最終の文章を作りました。".to_owned()
        } else {
            format!(
                "最終の文章を作りました。{left}件の見直しは、直す前の文章が1か所に決まらず、当てはめていません。下で確かめてください。"
            )
        };
        return Ok(answer::done(&format!("/consultations/{id}/differences"), &said));
    }
    if let Some(why) = refused.into_iter().next() {
        return Err(Error::Refused(why));
    }
    let pasted = fields.text("pasted").to_owned();
    let upload = uploads.into_iter().find(|u| u.size > 0);
    // reading a document may take a moment
    let read = move || -> Result<import::Import> {
        match upload {
            Some(upload) => {
                let bytes = std::fs::read(&upload.file.0).map_err(Error::internal)?;
                import::read(&upload.name, &bytes).map_err(Error::Refused)
            }
            None => import::read("pasted.md", pasted.as_bytes()).map_err(Error::Refused),
        }
    };
    let found = tokio::task::spawn_blocking(read).await.map_err(Error::internal)??;
    let id = app.db.write(move |db| answers::take_final(db, &viewer, now, paper, &found.blocks)).await?;
    Ok(answer::done(
        &format!("/consultations/{id}/differences"),
        "最終の文章を取り込みました。変わった段落を確かめてください。",
    ))
}

/// `POST /papers/{id}/other-changes`: why a paragraph changed that no opinion asked for; empty takes the line away.
pub async fn explain(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let paper = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let (_, code) = form::paragraph(&format!("{paper}:{}", fields.text("paragraph")))
        .ok_or_else(|| Error::BadRequest("段落が分かりません。".to_owned()))?;
    let reason = multi_line(fields.text("reason")).text.trim().to_owned();
    let id = app.db.write(move |db| answers::explain(db, &viewer, now, (paper, &code), &reason)).await?;
    Ok(answer::done(&format!("/consultations/{id}/differences"), "理由を保存しました。"))
}
