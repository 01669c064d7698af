//! HTTP of the trail.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::{Search, export_days, note_check, store, views, words};
use crate::error::{Error, Result};
use crate::people::session::StaffForm;
use crate::people::{self, May, Viewer};
use crate::trail::{self, Act, Line, Recorded, Subject};
use crate::web::form::{self, Fields};
use crate::web::parts::Errors;
use crate::web::{Shared, answer, sheet};

/// `GET /trail?group=&person=&letter=&day=&before=`.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::ReadTrail)?;
    let query = Fields(form::parse_urlencoded(req.query_string().as_bytes()));
    page(&app, &req, &viewer, &query, Errors::default()).await
}

async fn page(
    app: &Shared,
    req: &HttpRequest,
    viewer: &Viewer,
    query: &Fields,
    mut errors: Errors,
) -> Result<HttpResponse> {
    let day = match query.filled("day").map(crate::calendar::parse_date) {
        Some(Err(trouble)) => {
            errors.add("day", trouble.to_string());
            None
        }
        Some(Ok(day)) => Some(day),
        None => None,
    };
    let letter = query.filled("letter").and_then(|typed| match crate::text::input::number(typed) {
        Ok(number) => i64::try_from(number).ok(),
        Err(trouble) => {
            errors.add("letter", trouble.to_string());
            None
        }
    });
    let person = query.filled("person").map(people::staffing::login_name);
    let mut search = Search {
        group: query.text("group").to_owned(),
        person: None,
        letter,
        day,
        before: query.number("before"),
    };
    let (lines, unknown, head, check) = app
        .db
        .read(move |db| {
            let mut unknown = false;
            if let Some(login) = person {
                search.person = people::store::staff::id_of(db, &login)?;
                unknown = search.person.is_none();
            }
            let lines = if unknown { Vec::new() } else { store::lines(db, &search)? };
            Ok((lines, unknown, store::head(db)?, store::last_check(db)?))
        })
        .await?;
    if unknown {
        errors.add("person", "そのログイン名の職員はいません。");
    }
    let shell = app.staff_shell(req, viewer);
    let markup = views::list(&shell, viewer, query, &lines, (head, check), &errors);
    Ok(if errors.is_empty() { answer::page(markup) } else { answer::form_again(markup) })
}

/// `POST /trail/checks`: walks the chain now.
pub async fn check(app: Shared, form: StaffForm) -> Result<HttpResponse> {
    form.viewer.may(May::ReadTrail)?;
    // lines of the last moments are chained first, a bounded piece a write
    while app.db.write(|db| trail::link(db, 2000)).await? == 2000 {}
    let verdict = app.db.read(trail::verify).await?;
    let (by, now) = (form.viewer.by(), app.clock.now());
    let good = verdict.faults.is_empty();
    app.db.write(move |db| note_check(db, &by, now, &verdict)).await?;
    Ok(answer::done(
        "/trail",
        if good {
            "記録の鎖を最初から確かめました。書換えや欠落はありませんでした。"
        } else {
            "記録の鎖におかしいところが見つかりました。下の「最後の確認」をご覧ください。"
        },
    ))
}

/// `POST /trail/exports`: the lines of some days as CSV; the download itself is a line.
pub async fn export(app: Shared, req: HttpRequest, form: StaffForm) -> Result<HttpResponse> {
    form.viewer.may(May::ReadTrail)?;
    let mut errors = Errors::default();
    let mut day = |name: &str| {
        crate::calendar::parse_date(form.fields.text(name)).map_err(|e| errors.add(name, e.to_string())).ok()
    };
    let (from, to) = (day("from"), day("to"));
    let (Some(from), Some(to)) = (from, to) else {
        return page(&app, &req, &form.viewer, &form.fields, errors).await;
    };
    if let Err(Error::Refused(words)) = export_days(from, to) {
        errors.add("to", words);
        return page(&app, &req, &form.viewer, &form.fields, errors).await;
    }
    let lines = app.db.read(move |db| store::lines_of_days(db, from, to)).await?;
    if lines.len() as i64 > super::EXPORT_LINES {
        errors.add("to", "一度に書き出せるのは10万行までです。期間を分けてください。");
        return page(&app, &req, &form.viewer, &form.fields, errors).await;
    }
    let body = csv(&lines)?;
    let (by, now) = (form.viewer.by(), app.clock.now());
    let line = Line::new(Act::Exported, Subject::System, "trail")
        .with(serde_json::json!({"from": from, "to": to, "lines": lines.len()}));
    app.db.write(move |db| trail::record(db, &by, now, &line)).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"trail-{from}-{to}.csv\""),
        ))
        .body(body))
}

fn csv(lines: &[Recorded]) -> Result<Vec<u8>> {
    let head = ["番号", "日時", "窓口", "行った人", "したこと", "対象", "対象の番号", "手紙の番号", "内容"];
    let row = |line: &Recorded| {
        [
            line.id.to_string(),
            crate::calendar::tokyo_clock_with_year(line.at.utc()),
            line.door.label().to_owned(),
            views::who(line),
            views::what(line),
            views::subject(line).to_owned(),
            line.subject_id.clone(),
            line.letter_id.map_or_else(String::new, |id| id.to_string()),
            words::detail(line),
        ]
    };
    sheet::bytes(&head, lines.iter().map(row))
}
