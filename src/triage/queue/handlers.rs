//! Lists of matters at the staff door.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::bulk::{self, Picked};
use super::filter::{self, Filter, From};
use super::{store, views, work, work_views};
use crate::calendar::{FiscalYear, register_label};
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::trail::{self, Act, Line, Subject};
use crate::web::{Shared, answer, sheet};

/// GET `/`: what waits for the viewer.
pub async fn my_work(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    let shell = app.staff_shell(&req, &viewer);
    let asked = work::Desk::read(req.query_string());
    let desk = {
        let (viewer, now) = (viewer.clone(), app.clock.now());
        app.db.read(move |db| work::desk(db, &viewer, asked, now)).await?
    };
    Ok(answer::page(work_views::my_work(&shell, &viewer, &desk)))
}

/// GET `/letters`: the queue.
pub async fn queue(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    let (filter, from) = Filter::read(req.query_string());
    let shell = app.staff_shell(&req, &viewer);
    let page = {
        let (viewer, filter) = (viewer.clone(), filter.clone());
        app.db
            .read(move |db| {
                Ok(views::Queue {
                    listed: super::list(db, &viewer, &filter, from)?,
                    saved: store::views(db, viewer.id)?,
                    sections: store::sections(db, viewer.today)?,
                })
            })
            .await?
    };
    Ok(answer::page(views::queue(&shell, &viewer, &filter, from, &page)))
}

/// The most rows of a downloaded list.
const CSV_ROWS: usize = 10_000;

/// GET `/letters.csv`: the list as a table, without anything about senders.
pub async fn queue_csv(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    let (filter, _) = Filter::read(req.query_string());
    let (asker, asked) = (super::asker(&viewer), filter.clone());
    let rows = app
        .db
        .read(move |db| {
            let keys = store::keys(db, &asked, &asker, From::Top, CSV_ROWS, None)?;
            let ids: Vec<i64> = keys.iter().map(|(id, _)| *id).collect();
            let mut rows = Vec::with_capacity(ids.len());
            for portion in ids.chunks(500) {
                rows.extend(store::rows(db, portion)?);
            }
            Ok(rows)
        })
        .await?;
    let line = Line::new(Act::Exported, Subject::Staff, viewer.id)
        .with(json!({ "list": filter.query(), "rows": rows.len() }));
    let (by, now) = (viewer.by(), app.clock.now());
    app.db.write(move |db| trail::record(db, &by, now, &line)).await?;
    let head = [
        "受付簿の番号",
        "件",
        "題名",
        "受付経路",
        "種類",
        "状態",
        "担当課",
        "担当者",
        "受付日",
        "期限",
        "残り",
        "公表の希望",
        "回答の希望",
    ];
    let yes_no = |yes: bool| if yes { "あり" } else { "なし" }.to_owned();
    sheet::download(
        "letters",
        &head,
        rows.into_iter().map(|row| {
            let left =
                if row.clock_runs() { filter::days_left(row.due_on, viewer.today) } else { String::new() };
            [
                register(&row),
                row.no.to_string(),
                row.title,
                row.channel.label().to_owned(),
                row.kind.map_or("", |k| k.label()).to_owned(),
                row.state.label().to_owned(),
                row.unit.unwrap_or_default(),
                row.drafter.unwrap_or_default(),
                row.received_on.to_string(),
                row.due_on.to_string(),
                left,
                yes_no(row.publish_ok),
                yes_no(row.reply_wanted),
            ]
        }),
    )
}

/// The number in the register, or 未登録.
pub(super) fn register(row: &store::Row) -> String {
    match row.register_no {
        Some(no) => register_label(FiscalYear(i32::try_from(row.fiscal_year).unwrap_or_default()), no),
        None => "未登録".to_owned(),
    }
}

/// POST `/letters/bulk-assignments`: many matters to one section.
pub async fn bulk_assign(req: HttpRequest, app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::RunLetters)?;
    let picked: Vec<Picked> = fields.all("matter").into_iter().filter_map(Picked::from_code).collect();
    let unit = fields.number("unit").ok_or_else(|| Error::Refused("担当課を選んでください。".to_owned()))?;
    let shell = app.staff_shell(&req, &viewer);
    let ids: Vec<i64> = picked.iter().map(|p| p.id).collect();
    let now = app.clock.now();
    let back = Filter::read(fields.text("back")).0;
    let sections = app.db.read(move |db| store::sections(db, crate::calendar::tokyo_day(now))).await?;
    let section = sections.into_iter().find(|(id, _)| *id == unit).map(|(_, name)| name);
    let section = section.ok_or_else(|| Error::Refused("担当課を選んでください。".to_owned()))?;
    if picked.len() > bulk::PREVIEW && picked.len() <= bulk::MOST && !fields.has("confirmed") {
        let rows = app.db.read(move |db| store::rows(db, &ids)).await?;
        return Ok(answer::page(views::bulk_preview(
            &shell,
            &viewer,
            &rows,
            &picked,
            (unit, &section),
            &back,
        )));
    }
    let (who, asked) = (viewer.clone(), picked);
    let outcomes = app.db.write(move |db| bulk::assign(db, &who, now, &asked, unit)).await?;
    let rows = app.db.read(move |db| store::rows(db, &ids)).await?;
    Ok(answer::page(views::bulk_result(&shell, &viewer, &rows, &outcomes, Some(&section), &back)))
}

/// POST `/letters/bulk-returns`: takes an assignment of many back.
pub async fn bulk_return(req: HttpRequest, app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::RunLetters)?;
    let picked: Vec<Picked> = fields.all("matter").into_iter().filter_map(Picked::from_code).collect();
    let shell = app.staff_shell(&req, &viewer);
    let ids: Vec<i64> = picked.iter().map(|p| p.id).collect();
    let (who, now) = (viewer.clone(), app.clock.now());
    let back = Filter::read(fields.text("back")).0;
    let outcomes = app.db.write(move |db| bulk::take_back(db, &who, now, &picked)).await?;
    let rows = app.db.read(move |db| store::rows(db, &ids)).await?;
    Ok(answer::page(views::bulk_result(&shell, &viewer, &rows, &outcomes, None, &back)))
}

/// POST `/views`: saves the list shown under a name.
pub async fn save_view(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    let StaffForm { viewer, fields, .. } = form;
    let filter = Filter::read(fields.text("query")).0;
    let (path, name, now) = (filter.path(), fields.text("name").to_owned(), app.clock.now());
    app.db.write(move |db| super::save_view(db, &viewer, &name, &filter, now)).await?;
    Ok(answer::done(&path, "この表示を保存しました。"))
}

/// POST `/views/{id}/deletions`: forgets a saved view.
pub async fn delete_view(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let viewer = form.viewer;
    let id = id.into_inner();
    app.db.write(move |db| super::delete_view(db, &viewer, id)).await?;
    Ok(answer::done("/letters", "保存した表示を消しました。"))
}
