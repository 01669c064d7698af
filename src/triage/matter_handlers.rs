//! The acts on one matter: each a form of the letter's page. Read the fields, call the verb, go back to the matter;
//! a refusal shows the page again with what was typed.

use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};

use super::case;
use super::journey::{self, Details, Screening};
use super::next::Act;
use super::views::{self, form_id};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters;
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::{NoReplyReason, OutOfScopeReason, Outcome};
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::text::input::{multi_line, single_line};
use crate::web::form::Fields;
use crate::web::{Shared, answer};

/// What every act is given inside the transaction: who, when, and the version the page carried.
struct Doing<'a> {
    viewer: &'a Viewer,
    now: DateTime<Utc>,
    seen: Option<i64>,
}

async fn act<F>(
    app: Shared,
    req: HttpRequest,
    id: i64,
    form: StaffForm,
    form_id: String,
    said: &str,
    mut verb: F,
) -> Result<HttpResponse>
where
    F: FnMut(&mut Db, &Doing<'_>, &Fields) -> Result<()> + Send + 'static,
{
    let StaffForm { viewer, fields, .. } = form;
    let (who, typed, now) = (viewer.clone(), fields.clone(), app.clock.now());
    let letter_id = app.db.read(move |db| Ok(letters::store::matter(db, id)?.letter_id)).await?;
    let done = app
        .db
        .write(move |db| {
            super::readable(db, &who, letter_id)?;
            verb(db, &Doing { viewer: &who, now, seen: typed.number("version") }, &typed)?;
            // a section that hands a matter back no longer sees it
            Ok(super::readable(db, &who, letter_id).is_ok())
        })
        .await;
    match done {
        Ok(true) => Ok(answer::done(&format!("/letters/{letter_id}#m{id}"), said)),
        Ok(false) => Ok(answer::done("/letters", said)),
        Err(error) => super::handlers::again(app, req, viewer, letter_id, form_id, fields, error).await,
    }
}

fn choose<T>(found: Option<T>, what: &str) -> Result<T> {
    found.ok_or_else(|| Error::Refused(format!("{what}を選んでください。")))
}

fn words(fields: &Fields, name: &str) -> String {
    multi_line(fields.text(name)).text.trim().to_owned()
}

fn numbers(fields: &Fields, name: &str) -> Vec<i64> {
    fields.all(name).iter().filter_map(|v| v.parse().ok()).collect()
}

/// Title, kind, fields and need of a reply, as far as the form carries them.
fn details(db: &mut Db, id: i64, fields: &Fields) -> Result<Details> {
    let matter = letters::store::matter(db, id)?;
    let there = super::store::fields_of(db, &[id])?.into_iter().map(|(_, field)| field).collect();
    let whole = fields.has("reply_needed");
    Ok(Details {
        title: match fields.has("title") {
            true => single_line(fields.text("title")).text.trim().to_owned(),
            false => matter.title,
        },
        kind: MatterKind::from_code(fields.text("kind")).or(matter.kind),
        // a form without any field ticked sends none: the radios beside them tell that it was the whole form
        fields: match whole || !fields.all("field").is_empty() {
            true => fields.all("field").into_iter().filter_map(Field::from_code).collect(),
            false => there,
        },
        reply_needed: fields.yes_no("reply_needed").unwrap_or(matter.reply_needed),
    })
}

/// POST `/matters/{id}/details`: `title`, `kind`, `field[]`, `reply_needed`.
pub async fn change(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::Change),
        "内容を直しました。",
        move |db, d, fields| {
            let details = details(db, id, fields)?;
            journey::change(db, d.viewer, d.now, id, d.seen, &details)
        },
    )
    .await
}

/// POST `/matters/{id}/screening`: `decision` = `accept` | `out_of_scope` | `passed_on`, `reason`, `reason_note`,
/// `passed_to`; with `accept` also the fields of [`change`].
pub async fn screen(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (shown, said) = match form.fields.text("decision") {
        "out_of_scope" => (Act::RuleOut, "対象外としました。"),
        "passed_on" => (Act::PassOn, "回付・移ちょうとしました。移ちょう票を印刷できます。"),
        _ => (Act::Accept, "受理しました。"),
    };
    act(app, req, id, form, form_id(Some(id), shown), said, move |db, d, fields| {
        d.viewer.may(May::RunLetters)?;
        let note = words(fields, "reason_note");
        let mut seen = d.seen;
        let screening = match fields.text("decision") {
            "accept" => {
                let before = letters::store::matter(db, id)?.version;
                let details = details(db, id, fields)?;
                journey::change(db, d.viewer, d.now, id, seen, &details)?;
                let after = letters::store::matter(db, id)?.version;
                // what this very form has just changed is not somebody else's change
                seen = seen.map(|v| v + after - before);
                Screening::Accept
            }
            "out_of_scope" => Screening::OutOfScope(
                choose(OutOfScopeReason::from_code(fields.text("reason")), "対象外とする理由")?,
                note,
            ),
            "passed_on" => {
                let to = single_line(fields.text("passed_to")).text.trim().to_owned();
                if to.is_empty() {
                    return Err(Error::Refused("渡す先を入力してください。".to_owned()));
                }
                Screening::PassedOn(to, note)
            }
            _ => return Err(Error::Refused("受理・対象外・回付のどれかを選んでください。".to_owned())),
        };
        journey::screen(db, d.viewer, d.now, id, seen, &screening).map(drop)
    })
    .await
}

/// POST `/matters/{id}/circulation`: `staff[]`.
pub async fn circulate(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::Circulate),
        "供覧しました。",
        move |db, d, fields| {
            let mut to = numbers(fields, "staff");
            to.sort_unstable();
            to.dedup();
            journey::circulate(db, d.viewer, d.now, id, d.seen, &to).map(drop)
        },
    )
    .await
}

/// POST `/matters/{id}/assignments`: `owning_unit`, `joint_units[]`.
pub async fn assign(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::Assign),
        "担当課を決めました。",
        move |db, d, fields| {
            // the button of a suggestion comes after the select
            let unit = choose(numbers(fields, "owning_unit").last().copied(), "担当課")?;
            let joint = numbers(fields, "joint_units");
            journey::assign(db, d.viewer, d.now, id, d.seen, unit, &joint).map(drop)
        },
    )
    .await
}

/// POST `/matters/{id}/drafters`: `staff`.
pub async fn take(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::Take),
        "担当者を決めました。",
        move |db, d, fields| {
            let drafter = choose(fields.number("staff"), "担当者")?;
            journey::take(db, d.viewer, d.now, id, d.seen, drafter)
        },
    )
    .await
}

/// POST `/matters/{id}/returns`: `reason`.
pub async fn return_to_centre(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::ReturnToCentre),
        "広聴へ戻しました。",
        move |db, d, fields| {
            journey::return_to_centre(db, d.viewer, d.now, id, d.seen, &words(fields, "reason")).map(drop)
        },
    )
    .await
}

/// POST `/matters/{id}/no-replies`: `reason`, `reason_note`.
pub async fn set_no_reply(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shown = form_id(Some(id), Act::SetNoReply);
    act(app, req, id, form, shown, "回答しないこととしました。", move |db, d, fields| {
        let reason = choose(NoReplyReason::from_code(fields.text("reason")), "回答しない理由")?;
        let note = words(fields, "reason_note");
        journey::set_no_reply(db, d.viewer, d.now, id, d.seen, reason, &note).map(drop)
    })
    .await
}

/// POST `/matters/{id}/closings`: `outcome`.
pub async fn close(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(app, req, id, form, form_id(Some(id), Act::Close), "完結しました。", move |db, d, fields| {
        let outcome = choose(Outcome::from_code(fields.text("outcome")), "結果")?;
        journey::close(db, d.viewer, d.now, id, d.seen, outcome).map(drop)
    })
    .await
}

/// POST `/matters/{id}/filings`.
pub async fn file(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(app, req, id, form, form_id(Some(id), Act::File), "保存しました。", move |db, d, _| {
        journey::file(db, d.viewer, d.now, id, d.seen).map(drop)
    })
    .await
}

/// POST `/matters/{id}/questions`: `body`, what was asked by telephone or at the counter.
pub async fn ask(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(
        app,
        req,
        id,
        form,
        form_id(Some(id), Act::Ask),
        "尋ねたことを記録しました。",
        move |db, d, fields| journey::ask(db, d.viewer, d.now, id, d.seen, &words(fields, "body")).map(drop),
    )
    .await
}

/// POST `/matters/{id}/hearings`: `body`; or `heard` = `timeout` when no answer came.
pub async fn hear(app: Shared, req: HttpRequest, id: Path<i64>, form: StaffForm) -> Result<HttpResponse> {
    let id = id.into_inner();
    act(app, req, id, form, form_id(Some(id), Act::Hear), "記録しました。", move |db, d, fields| {
        let body = words(fields, "body");
        let answer = if fields.text("heard") == "timeout" {
            if !body.is_empty() {
                let why = "返事の内容が書かれています。返事があったなら「返事を記録する」を押してください。";
                return Err(Error::Refused(why.to_owned()));
            }
            None
        } else if body.is_empty() {
            return Err(Error::Refused("返事の内容を入力してください。".to_owned()));
        } else {
            Some(body)
        };
        journey::hear(db, d.viewer, d.now, id, d.seen, answer.as_deref()).map(drop)
    })
    .await
}

/// POST `/matters/{id}/parts`: `unit`, `seen`, `part`.
pub async fn write_part(
    app: Shared,
    req: HttpRequest,
    id: Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let unit = form.fields.number("unit").unwrap_or(0);
    let shown = format!("{}-{unit}", form_id(Some(id), Act::WritePart));
    act(app, req, id, form, shown, "意見を保存しました。", move |db, d, fields| {
        let part = words(fields, "part");
        journey::write_part(db, d.viewer, d.now, id, unit, fields.text("seen"), &part)
    })
    .await
}

/// GET `/matters/{id}/transfer`: the note that goes with a matter passed on.
pub async fn transfer(app: Shared, req: HttpRequest, viewer: Viewer, id: Path<i64>) -> Result<HttpResponse> {
    let (id, who) = (id.into_inner(), viewer.clone());
    let case = app
        .db
        .read(move |db| {
            let letter_id = letters::store::matter(db, id)?.letter_id;
            case::open(db, &who, letter_id)
        })
        .await?;
    let of = case
        .matters
        .iter()
        .find(|of| of.matter.id == id && of.matter.passed_to.is_some())
        .ok_or(Error::NotFound)?;
    let shell = app.staff_shell(&req, &viewer);
    Ok(answer::page(views::transfer(&shell, &case, of, viewer.today)))
}
