//! The answer table and one answer.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::table::{self, Filter};
use super::{form, views};
use crate::calendar;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::answers::{self, Editing, store};
use crate::opinions::view::Words;
use crate::people::session::StaffForm;
use crate::people::{self, UnitKind, Viewer};
use crate::web::form::Fields;
use crate::web::{Shared, answer};

/// `GET /consultations/{id}/answers`: groups with their answers, in the order of the draft's paragraphs.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (seer, now, filter) = (viewer.clone(), app.clock.now(), Filter::read(req.query_string()));
    let page = app.db.read(move |db| table::page(db, &seer, now, id, filter)).await?;
    Ok(answer::page(views::table(&shell, &viewer.csrf, &page)))
}

/// `POST /consultations/{id}/answers`: what is done to the marked groups. `act` is `new`, `attach`, `detach` or `place`.
pub async fn act(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let now = app.clock.now();
    let groups = form::groups(&fields);
    let filter = Filter::read(fields.text("back"));
    let back = filter.path(id, filter.page);
    let many = groups.len();
    let (path, said) = match fields.text("act") {
        "new" => {
            let (view, _) =
                app.db.write(move |db| answers::attach(db, &viewer, now, id, &groups, None)).await?;
            (
                format!("/answers/{view}"),
                format!("意見{many}件に、新しい市の考え方を付けました。続けて書けます。"),
            )
        }
        "attach" => {
            let view = fields.number("other").or_else(|| fields.number("view")).ok_or_else(|| {
                Error::Refused("付ける市の考え方を選ぶか、番号を入力してください。".to_owned())
            })?;
            app.db.write(move |db| answers::attach(db, &viewer, now, id, &groups, Some(view))).await?;
            (
                back,
                format!(
                    "意見{many}件に、市の考え方{view}番を付けました。間違えたときは、下の「元に戻す」で戻せます。"
                ),
            )
        }
        "detach" => {
            app.db.write(move |db| answers::detach(db, &viewer, now, id, &groups)).await?;
            (back, format!("意見{many}件を、市の考え方から外しました。"))
        }
        "place" => {
            let chapter =
                fields.number("chapter").ok_or_else(|| Error::Refused("章を選んでください。".to_owned()))?;
            app.db.write(move |db| answers::place(db, &viewer, now, id, &groups, chapter)).await?;
            (back, format!("意見{many}件を章に入れました。"))
        }
        _ => return Err(Error::BadRequest("ボタンを押してください。".to_owned())),
    };
    Ok(answer::done(&path, &said))
}

/// `POST /answer-acts/{id}/undoings`
pub async fn undo(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let act = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let (id, back, left) = app.db.write(move |db| answers::undo(db, &viewer, now, act)).await?;
    let said = if left == 0 {
        format!("元に戻しました(意見{back}件)。")
    } else {
        format!(
            "意見{back}件を元に戻しました。ほかの{left}件は、そのあと別の操作で動いたため、そのままです。"
        )
    };
    Ok(answer::done(&format!("/consultations/{id}/answers"), &said))
}

/// Everything the page of one answer shows.
pub struct ViewPage {
    /// The answer with where it stands.
    pub editing: Editing,
    /// The groups under it, as many as a page of the table.
    pub rows: Vec<table::Row>,
    /// Standard phrases.
    pub phrases: Vec<store::Phrase>,
    /// Paragraphs of the drafts: value and words.
    pub paragraphs: Vec<(String, String)>,
    /// Sections it can be handed to.
    pub units: Vec<(i64, String)>,
    /// The viewer may hand it on.
    pub runs: bool,
}

fn view_page(db: &mut Db, viewer: &Viewer, now: chrono::DateTime<chrono::Utc>, id: i64) -> Result<ViewPage> {
    let editing = answers::open(db, viewer, now, id)?;
    let rows = table::under(db, viewer, now, &editing.row, id)?;
    let mut paragraphs = Vec::new();
    for paper in crate::consultations::store::papers(db, editing.row.id)? {
        if let Some(version) = paper.version.filter(|v| v.paragraphs > 0) {
            for p in crate::consultations::store::paragraphs(db, version.id)? {
                let begin: String = p.body.chars().take(20).collect();
                paragraphs.push((format!("{}:{}", paper.id, p.code), format!("{} 「{begin}」", p.place)));
            }
        }
    }
    Ok(ViewPage {
        rows,
        phrases: store::phrases(db)?,
        paragraphs,
        units: sections(db, viewer)?,
        runs: answers::runs(viewer, &editing.row),
        editing,
    })
}

/// The sections of the city today.
pub(super) fn sections(db: &mut Db, viewer: &Viewer) -> Result<Vec<(i64, String)>> {
    let units = people::units(db)?;
    Ok(units
        .all()
        .iter()
        .filter(|u| u.open_on(viewer.today) && matches!(u.kind, UnitKind::Section | UnitKind::Branch))
        .map(|u| (u.id, u.name.clone()))
        .collect())
}

/// `GET /answers/{id}`: one answer to read and write, with what it answers.
pub async fn show(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (seer, now) = (viewer.clone(), app.clock.now());
    // who has it open is remembered, so that two do not write at once without knowing
    let page = app.db.write(move |db| view_page(db, &seer, now, id)).await?;
    let words = page.editing.view.words();
    Ok(answer::page(views::view(&shell, &viewer.csrf, &page, &words, None)))
}

/// What stands in the way of saving, for the page that shows it.
pub enum Trouble {
    /// Somebody else wrote these words meanwhile.
    Conflict(Words),
    /// A rule refuses it.
    Refused(String),
}

/// `POST /answers/{id}`: saves what was typed. Asked for JSON (`autosave.js`), it answers with what became of it;
/// otherwise it leads back to the page, or shows both texts when somebody else was faster.
pub async fn save(
    app: Shared,
    req: HttpRequest,
    form: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let background = req.headers().get(header::ACCEPT).is_some_and(|a| a.as_bytes() == b"application/json");
    let (seen, now) = (fields.number("version").unwrap_or(0), app.clock.now());
    let (writer, typed) = (viewer.clone(), fields.clone());
    let done = app
        .db
        .write(move |db| {
            let words = words(db, &typed, id)?;
            answers::save(db, &writer, now, id, seen, &words)
        })
        .await;
    let trouble = match done {
        Ok(after) if background => {
            let lacks: Vec<&str> = after.lacks().iter().map(|l| l.label()).collect();
            let at = calendar::tokyo_clock(now);
            return Ok(
                HttpResponse::Ok().json(json!({ "version": after.version, "saved": at, "lacks": lacks }))
            );
        }
        Ok(after) => {
            let said = match after.lacks().first() {
                None => "保存しました。".to_owned(),
                Some(lack) => format!("保存しました。起案までに、{}。", lack.label()),
            };
            return Ok(answer::done(&after.path(), &said));
        }
        Err(Error::Stale(_)) if background => {
            return Ok(HttpResponse::build(StatusCode::CONFLICT).json(json!({ "conflict": true })));
        }
        Err(Error::Refused(why)) if background => {
            return Ok(HttpResponse::build(StatusCode::UNPROCESSABLE_ENTITY).json(json!({ "refused": why })));
        }
        Err(Error::Stale(_)) => None,
        Err(Error::Refused(why)) => Some(why),
        Err(why) => return Err(why),
    };
    let shell = app.staff_shell(&req, &viewer);
    let (seer, typed) = (viewer.clone(), fields.clone());
    let (page, typed) = app
        .db
        .write(move |db| {
            let typed = words(db, &typed, id)?;
            Ok((view_page(db, &seer, now, id)?, typed))
        })
        .await?;
    let (status, trouble) = match trouble {
        None => (StatusCode::CONFLICT, Trouble::Conflict(page.editing.view.words())),
        Some(why) => (StatusCode::UNPROCESSABLE_ENTITY, Trouble::Refused(why)),
    };
    Ok(answer::with_status(status, views::view(&shell, &viewer.csrf, &page, &typed, Some(&trouble))))
}

/// What a form makes of an answer. A standard phrase chosen with its button goes to the end of the text.
fn words(db: &mut Db, fields: &Fields, id: i64) -> Result<Words> {
    let mut words = form::read(fields, &store::view(db, id)?.words());
    if fields.has("insert")
        && let Some(chosen) = fields.number("phrase")
        && let Some(phrase) = store::phrases(db)?.into_iter().find(|p| p.id == chosen)
    {
        if !words.body.is_empty() {
            words.body.push('\n');
        }
        words.body.push_str(&phrase.body);
    }
    Ok(words)
}

/// `POST /answers/{id}/removals`
pub async fn remove(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let view = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    let id = app.db.write(move |db| answers::remove(db, &viewer, now, view)).await?;
    Ok(answer::done(&format!("/consultations/{id}/answers"), "市の考え方を取り除きました。"))
}

/// `GET /phrases`
pub async fn phrases(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(people::May::RunConsultation(None))?;
    let shell = app.staff_shell(&req, &viewer);
    let phrases = app.db.read(store::phrases).await?;
    Ok(answer::page(views::phrases(&shell, &viewer.csrf, &phrases)))
}

fn phrase_words(fields: &Fields) -> (String, String) {
    let name = crate::text::input::single_line(fields.text("name")).text.trim().to_owned();
    (name, crate::text::input::multi_line(fields.text("body")).text.trim().to_owned())
}

/// `POST /phrases`
pub async fn add_phrase(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let (name, body) = phrase_words(&form.fields);
    let (viewer, now) = (form.viewer, app.clock.now());
    app.db.write(move |db| answers::write_phrase(db, &viewer, now, None, &name, &body)).await?;
    Ok(answer::done("/phrases", "定型文を加えました。"))
}

/// `POST /phrases/{id}/corrections`: with the button `remove` it is taken out.
pub async fn change_phrase(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (name, body) = phrase_words(&form.fields);
    let seen = form.fields.number("version").unwrap_or(0);
    let out = form.fields.has("remove");
    let (viewer, now) = (form.viewer, app.clock.now());
    app.db
        .write(move |db| {
            if out {
                answers::remove_phrase(db, &viewer, now, id, seen)
            } else {
                answers::write_phrase(db, &viewer, now, Some((id, seen)), &name, &body)
            }
        })
        .await?;
    Ok(answer::done("/phrases", if out { "定型文を取り除きました。" } else { "定型文を直しました。" }))
}
