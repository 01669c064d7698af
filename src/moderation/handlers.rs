//! The workbench's pages and acts at the staff door.

use actix_web::{HttpRequest, HttpResponse, web};

use super::store;
use super::views::{self, Bench, Look};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::letters::letter::{Field, MatterKind};
use crate::letters::matter::Outcome;
use crate::people::session::StaffForm;
use crate::people::{May, Role, Viewer};
use crate::publications::publication::{Decision, Part, State, Voice, Withheld, occurrences};
use crate::publications::store::{drafts, voices};
use crate::publications::{self, Texts};
use crate::text::MaskReason;
use crate::web::errors::Again;
use crate::web::form::Fields;
use crate::web::{Shared, answer};

/// The longest text the city writes on a page, in characters.
pub const TEXT_LIMIT: usize = 10_000;
/// The longest title.
pub const TITLE_LIMIT: usize = 100;
/// The longest note.
pub const NOTE_LIMIT: usize = 1_000;

/// `GET /moderation`
pub async fn overview(app: Shared, req: HttpRequest, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::Publish)?;
    let lists = app.db.read(|db| {
        Ok(views::Lists {
            candidates: store::in_states(db, &[State::Candidate, State::Returned])?,
            in_approval: store::in_states(db, &[State::InApproval])?,
            published: store::published_lately(db)?,
            to_withdraw: store::to_withdraw(db)?,
            proposable: store::proposable(db)?,
        })
    });
    Ok(answer::page(views::overview(&app.staff_shell(&req, &viewer), &viewer.csrf, &lists.await?)))
}

/// `POST /matters/{id}/publications`
pub async fn propose(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let (sealer, viewer, now, matter) = (app.sealer.clone(), form.viewer, app.clock.now(), id.into_inner());
    let id = app.db.write(move |db| publications::propose(db, &sealer, &viewer, now, matter)).await?;
    Ok(answer::done(&path(id), "公表の候補にしました。"))
}

/// `GET /publications/{id}`
pub async fn bench(
    app: Shared,
    req: HttpRequest,
    id: web::Path<i64>,
    viewer: Viewer,
) -> Result<HttpResponse> {
    bench_with(&app, &req, viewer, *id, None).await
}

async fn bench_with(
    app: &Shared,
    req: &HttpRequest,
    viewer: Viewer,
    id: i64,
    look: Option<Look>,
) -> Result<HttpResponse> {
    let shell = app.staff_shell(req, &viewer);
    let bench = app.db.read(move |db| read_bench(db, &viewer, id)).await?;
    Ok(answer::page(views::bench(&shell, &bench, look.as_ref())))
}

fn read_bench(db: &mut Db, viewer: &Viewer, id: i64) -> Result<Bench> {
    let publication = drafts::publication(db, id)?;
    if !viewer.can(May::Publish) {
        // who approves reads what is to be approved
        let units = drafts::units_of(db, publication.proposed_by, viewer.today)?;
        let heads = viewer.holds(&[Role::SectionHead, Role::DepartmentHead], &units);
        let top = viewer.is(Role::Mayor) || viewer.is(Role::DeputyMayor) || viewer.is(Role::Auditor);
        if !(heads || top) {
            return Err(Error::NotFound);
        }
    }
    let origin = drafts::origin(db, publication.matter_id)?;
    let (parts, spans) = (drafts::parts(db, id)?, drafts::spans(db, id)?);
    let public = voices::voice(db, id)?;
    let ids: Vec<i64> = spans
        .iter()
        .filter_map(|s| s.decided_by)
        .chain([publication.proposed_by])
        .chain(publication.ended_by)
        .collect();
    let names = store::names(db, &ids)?;
    let releases = store::releases(db, id)?;
    // whether the sender is still in it was noted when masks or texts were last changed
    let preview = if publication.name_left {
        None
    } else {
        publications::content(&publication, &origin, &parts, &spans, &[]).ok()
    };
    let preview = preview.map(|content| {
        let corrects = public.as_ref();
        Voice {
            id,
            version_no: publication.current_no + 1,
            current_no: publication.current_no + 1,
            content,
            published_on: corrects.map_or(viewer.today, |v| v.published_on),
            corrected_on: corrects.map(|_| viewer.today),
        }
    });
    Ok(Bench {
        may_change: viewer.can(May::Publish) && publication.state.is_open(),
        may_act: viewer.can(May::Publish),
        csrf: viewer.csrf.clone(),
        obstacles: publications::obstacles(&publication, &parts, &spans),
        letter_id: origin.matter.letter_id,
        replied: origin.reply.is_some(),
        publication,
        parts,
        spans,
        names,
        releases,
        public,
        preview,
    })
}

/// `POST /publications/{id}/masks`: decides on marked spans (`accept`, `reject` with a span's number, or
/// `accept_all`), or marks `words` of a `part`; `look` only shows where they stand.
pub async fn mask(
    app: Shared,
    req: HttpRequest,
    id: web::Path<i64>,
    form: StaffForm,
) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let id = id.into_inner();
    let seen = fields.number("version").unwrap_or(0);
    let words = fields.text("words").to_owned();
    let reason = MaskReason::from_code(fields.text("reason"));
    if fields.has("accept") || fields.has("reject") || fields.has("accept_all") {
        return decide(&app, viewer, id, seen, &fields).await;
    }
    let Some(part) = Part::from_code(fields.text("part")) else {
        return Err(Error::Refused("どの部分を伏せるかを選んでください。".to_owned()).into());
    };
    let parts = app.db.read(move |db| drafts::parts(db, id)).await?;
    let original = parts.iter().find(|p| p.part == part).map_or("", |p| p.original.as_str());
    // a browser sends line breaks as CR LF whatever the text holds
    let words = if original.contains(&words) { words } else { words.replace("\r\n", "\n") };
    let places = occurrences(original, &words);
    let nth = fields.number("nth").and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let chosen: Vec<(usize, usize)> = match nth {
        Some(nth) => places.get(nth - 1).copied().into_iter().collect(),
        None => places.clone(),
    };
    let trouble = if words.trim().is_empty() {
        Some("伏せる言葉を入力してください。".to_owned())
    } else if places.is_empty() {
        Some(format!("「{words}」は、{}の原文にありません。原文のとおりに入力してください。", part.label()))
    } else if chosen.is_empty() {
        Some(format!("「{words}」は{}か所です。何番目かをお確かめください。", places.len()))
    } else if reason.is_none() {
        Some("伏せる理由を選んでください。".to_owned())
    } else {
        None
    };
    let (Some(reason), None, false) = (reason, &trouble, fields.has("look")) else {
        let look = Look { part, words, nth: fields.text("nth").to_owned(), reason, places, trouble };
        return Ok(bench_with(&app, &req, viewer, id, Some(look)).await?);
    };
    let (sealer, now, number) = (app.sealer.clone(), app.clock.now(), chosen.len());
    app.db
        .write(move |db| publications::mask(db, &sealer, &viewer, now, id, seen, part, &chosen, reason))
        .await?;
    Ok(answer::done(&path(id), &format!("{number}か所を伏せました。")))
}

async fn decide(
    app: &Shared,
    viewer: Viewer,
    id: i64,
    seen: i64,
    fields: &Fields,
) -> Result<HttpResponse, Again> {
    let spans = app.db.read(move |db| drafts::spans(db, id)).await?;
    let all = fields.has("accept_all");
    let accept = if all { Decision::Accepted } else { Decision::Rejected };
    let wanted = fields
        .number("accept")
        .map(|n| (n, Decision::Accepted))
        .or(fields.number("reject").map(|n| (n, accept)));
    let decisions: Vec<(i64, Decision)> = match wanted {
        None => spans
            .iter()
            .filter(|s| s.state == Decision::Candidate)
            .map(|s| (s.id, Decision::Accepted))
            .collect(),
        Some((span, decision)) if fields.has("same") => {
            let parts = app.db.read(move |db| drafts::parts(db, id)).await?;
            let words = |s: &publications::publication::Span| {
                parts.iter().find(|p| p.part == s.part).map_or("", |p| s.words(&p.original)).to_owned()
            };
            let like = spans.iter().find(|s| s.id == span).map(&words).unwrap_or_default();
            spans
                .iter()
                .filter(|s| s.id == span || (s.state == Decision::Candidate && words(s) == like))
                .map(|s| (s.id, decision))
                .collect()
        }
        Some(one) => vec![one],
    };
    if decisions.is_empty() {
        return Err(Error::Refused("判断する候補がありません。".to_owned()).into());
    }
    let number = decisions.len();
    let (sealer, now) = (app.sealer.clone(), app.clock.now());
    app.db
        .write(move |db| publications::decide(db, &sealer, &viewer, now, id, seen, &decisions, None))
        .await?;
    Ok(answer::done(&format!("{}#spans", path(id)), &format!("{number}か所を決めました。")))
}

/// `POST /publications/{id}/texts`: the city's own title, gist and answer, and what the page says of the matter.
pub async fn write(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let id = id.into_inner();
    for (name, label, most) in
        [("title", "題名", TITLE_LIMIT), ("gist", "要旨", TEXT_LIMIT), ("answer", "市の考え方", TEXT_LIMIT)]
    {
        let long = fields.text(name).chars().count();
        if long > most {
            return Err(Error::Refused(format!("{label}は{most}字までです。いまは{long}字あります。")).into());
        }
    }
    let words = |name: &str| fields.filled(name).map(|t| t.replace("\r\n", "\n"));
    let texts = Texts {
        title: words("title"),
        gist: words("gist"),
        answer: words("answer"),
        kind: MatterKind::from_code(fields.text("kind")),
        outcome: Outcome::from_code(fields.text("outcome")),
        fields: fields.all("fields").into_iter().filter_map(Field::from_code).collect(),
    };
    let (sealer, now, seen) = (app.sealer.clone(), app.clock.now(), fields.number("version").unwrap_or(0));
    app.db.write(move |db| publications::write(db, &sealer, &viewer, now, id, seen, &texts)).await?;
    Ok(answer::done(&path(id), "文章を保存しました。"))
}

/// `POST /publications/{id}/approvals`
pub async fn circulate(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let (sealer, now, id) = (app.sealer.clone(), app.clock.now(), id.into_inner());
    let seen = fields.number("version").unwrap_or(0);
    app.db.write(move |db| super::circulate(db, &sealer, &viewer, now, id, seen)).await?;
    Ok(answer::done(&path(id), "決裁に回しました。決裁されると、その日に公表されます。"))
}

/// `POST /publications/{id}/corrections`
pub async fn correct(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let note = noted(&fields, "何を訂正するかを書いてください。公表するページに載ります。")?;
    let (sealer, now, id) = (app.sealer.clone(), app.clock.now(), id.into_inner());
    let seen = fields.number("version").unwrap_or(0);
    app.db.write(move |db| publications::correct(db, &sealer, &viewer, now, id, seen, &note)).await?;
    Ok(answer::done(&path(id), "訂正の準備を始めました。決裁されるまでは、いまの版が公表されます。"))
}

/// `POST /publications/{id}/withdrawals`
pub async fn withdraw(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let note = noted(&fields, "取り下げる事情を書いてください。職員だけが見ます。")?;
    let reason = reason(&fields)?;
    let (now, id, seen) = (app.clock.now(), id.into_inner(), fields.number("version").unwrap_or(0));
    app.db.write(move |db| publications::withdraw(db, &viewer, now, id, seen, reason, &note)).await?;
    app.kept.look_again();
    Ok(answer::done(&path(id), "公表を取り下げました。"))
}

/// `POST /publications/{id}/drops`
pub async fn drop_candidate(app: Shared, id: web::Path<i64>, form: StaffForm) -> Result<HttpResponse, Again> {
    let StaffForm { viewer, fields, .. } = form;
    viewer.may(May::Publish)?;
    let note = noted(&fields, "公表しない事情を書いてください。職員だけが見ます。")?;
    let reason = reason(&fields)?;
    let (now, id, seen) = (app.clock.now(), id.into_inner(), fields.number("version").unwrap_or(0));
    app.db.write(move |db| publications::drop_candidate(db, &viewer, now, id, seen, reason, &note)).await?;
    Ok(answer::done("/moderation", "公表しないこととしました。"))
}

fn noted(fields: &Fields, missing: &str) -> Result<String> {
    let note = fields.filled("note").ok_or_else(|| Error::Refused(missing.to_owned()))?;
    let long = note.chars().count();
    if long > NOTE_LIMIT {
        return Err(Error::Refused(format!("{NOTE_LIMIT}字までで書いてください。いまは{long}字あります。")));
    }
    Ok(note.replace("\r\n", "\n"))
}

fn reason(fields: &Fields) -> Result<Withheld> {
    Withheld::from_code(fields.text("reason"))
        .ok_or_else(|| Error::Refused("理由を選んでください。".to_owned()))
}

fn path(id: i64) -> String {
    format!("/publications/{id}")
}
