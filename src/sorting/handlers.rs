//! Looking at the opinions of a consultation, and sorting them.
//! Long: one handler a page or act.

use std::collections::{BTreeMap, HashMap};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Duration, Timelike, Utc};

use super::form::{self, Asked};
use super::views::{self, CutPage, FamilyPage, GroupPage, TablePage};
use super::{ACTS, GROUPS, ITEMS, TEXTS, copies, head, listing, told};
use crate::calendar;
use crate::consultations::consultation::{Phase, State};
use crate::consultations::{self};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::opinions::act::{Done, Seen};
use crate::opinions::acts::{self, Cut, cuts_seen};
use crate::opinions::item::{self, Carve};
use crate::opinions::store;
use crate::opinions::{alike, group::Group};
use crate::people::Viewer;
use crate::people::session::StaffForm;
use crate::text::likeness::added;
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::{App, Shared, answer};

type Query = web::Query<HashMap<String, String>>;

fn number(query: &HashMap<String, String>, name: &str) -> i64 {
    query.get(name).and_then(|n| n.parse().ok()).unwrap_or(1).max(1)
}

/// Where a form leads back to: a page of the same consultation.
fn back(fields: &Fields, id: i64) -> String {
    let asked = fields.text("back");
    let own = format!("/consultations/{id}/");
    if asked.starts_with(&own) && !asked.contains(['\\', '\n', '\r']) {
        asked.to_owned()
    } else {
        format!("{own}groups")
    }
}

/// `GET /consultations/{id}/groups`: the sorting table.
pub async fn groups(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
    query: Query,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (filter, page) = form::filter(&query);
    let (seer, now) = (viewer.clone(), app.clock.now());
    let (head, page) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let (found, all) = store::listed(db, id, &filter, (page - 1).saturating_mul(GROUPS), GROUPS)?;
            let rows = store::listings(db, &found)?;
            let closed = consultations::period(db, &head.row).is_ok_and(|p| p.phase(now) == Phase::Closed);
            let may_begin = head.row.state == State::Announced && closed;
            Ok((head, TablePage { filter, page, rows, found: all, may_begin }))
        })
        .await?;
    Ok(answer::page(views::table(&shell, &viewer.csrf, &head, &page)))
}

/// `POST /consultations/{id}/sortings`: the period is over and the work begins.
pub async fn begin(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let (viewer, now) = (form.viewer, app.clock.now());
    app.db.write(move |db| acts::begin(db, &viewer, now, id)).await?;
    Ok(answer::done(&format!("/consultations/{id}/groups"), "意見の整理を始めました。"))
}

/// `GET /consultations/{id}/withheld`
pub async fn withheld(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
    query: Query,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let page = number(&query, "page");
    let seer = viewer.clone();
    let (head, items) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let items = store::withheld_page(db, id, (page - 1).saturating_mul(ITEMS), ITEMS)?;
            let words = store::texts(db, &items.iter().map(|i| i.id).collect::<Vec<_>>())?;
            Ok((head, with_words(items, &words)))
        })
        .await?;
    Ok(answer::page(views::withheld(&shell, &viewer.csrf, &head, &items, page)))
}

fn with_words(items: Vec<item::Item>, words: &HashMap<i64, String>) -> Vec<(item::Item, String)> {
    items
        .into_iter()
        .map(|i| {
            let text = words.get(&i.id).cloned().unwrap_or_default();
            (i, text)
        })
        .collect()
}

/// `GET /consultations/{id}/groups/{no}`
pub async fn group(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    path: web::Path<(i64, i64)>,
    query: Query,
) -> Result<HttpResponse> {
    let (id, no) = path.into_inner();
    let pages = (number(&query, "texts"), number(&query, "page"));
    match group_page(&app, &viewer, id, no, pages).await? {
        Ok((head, page)) => {
            let shell = app.staff_shell(&req, &viewer);
            Ok(answer::page(views::group(&shell, &viewer.csrf, &head, &page)))
        }
        Err(into) => Ok(answer::see_other(&format!("/consultations/{id}/groups/{into}"))),
    }
}

/// A group's page, or the group it went into.
async fn group_page(
    app: &App,
    viewer: &Viewer,
    id: i64,
    no: i64,
    (texts, items): (i64, i64),
) -> Result<Result<(super::Head, GroupPage), i64>> {
    let seer = viewer.clone();
    app.db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let group = group_of(db, id, no)?;
            if let Some(into) = group.merged_into {
                return Ok(Err(into));
            }
            let listing = listing(db, no)?.ok_or(Error::NotFound)?;
            let copies = copies(db, no, listing.texts, (texts - 1).saturating_mul(TEXTS))?;
            let rows = store::items_page(db, no, (items - 1).saturating_mul(ITEMS), ITEMS)?;
            let words = store::texts(db, &rows.iter().map(|i| i.id).collect::<Vec<_>>())?;
            let (arrivals, unit, days) = arrivals(db, no)?;
            let with_files =
                store::with_files(db, &rows.iter().map(|i| i.submission_id).collect::<Vec<_>>())?;
            let page = GroupPage {
                with_files,
                copies,
                arrivals,
                unit,
                days,
                items: with_words(rows, &words),
                page: items,
                told: told(db, id, Some(no), None, i64::MAX, 20)?,
                typed: None,
                errors: Errors::default(),
                listing,
            };
            Ok(Ok((head, page)))
        })
        .await
}

fn group_of(db: &mut Db, id: i64, no: i64) -> Result<Group> {
    let group = store::group(db, no)?;
    if group.consultation_id == id { Ok(group) } else { Err(Error::NotFound) }
}

/// Arrivals, what a bar of them is, and the first and last day.
type Arrivals = (Vec<(String, i64)>, &'static str, Option<(chrono::NaiveDate, chrono::NaiveDate)>);

/// When a group's items arrived: by the hour when all came within three days, else by the day.
fn arrivals(db: &mut Db, group: i64) -> Result<Arrivals> {
    const BY_HOUR: i64 = 2;
    let days = store::days_of(db, group)?;
    let (Some((first, _)), Some((last, _))) = (days.first().copied(), days.last().copied()) else {
        return Ok((Vec::new(), "日", None));
    };
    if (last - first).num_days() <= BY_HOUR {
        let mut hours: BTreeMap<i64, i64> = BTreeMap::new();
        for at in store::moments_of(db, group, first, last)? {
            *hours.entry(at.utc().timestamp().div_euclid(3600)).or_default() += 1;
        }
        let (Some(from), Some(to)) = (hours.keys().next().copied(), hours.keys().last().copied()) else {
            return Ok((Vec::new(), "日", None));
        };
        let bars = (from..=to)
            .filter_map(|hour| {
                let at = chrono::DateTime::<Utc>::from_timestamp(hour * 3600, 0)?;
                let there = at + Duration::hours(9);
                let words = format!("{} {}時台", calendar::short_date(calendar::tokyo_day(at)), there.hour());
                Some((words, hours.get(&hour).copied().unwrap_or(0)))
            })
            .collect();
        return Ok((bars, "1時間", Some((first, last))));
    }
    let known: HashMap<_, _> = days.into_iter().collect();
    let bars = first
        .iter_days()
        .take_while(|day| *day <= last)
        .map(|day| (calendar::short_date(day), known.get(&day).copied().unwrap_or(0)))
        .collect();
    Ok((bars, "1日", Some((first, last))))
}

/// `POST /consultations/{id}/acts`: one act of sorting.
pub async fn act(app: Shared, req: HttpRequest, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let asked = form::read(&fields)?;
    let now = app.clock.now();
    let (doer, wanted) = (viewer.clone(), asked.clone());
    let done = app.db.write(move |db| carry_out(db, &doer, now, id, &wanted)).await;
    let done = match (done, &asked) {
        // a gist is typed: it is given back with why it could not be saved
        (Err(why @ (Error::Refused(_) | Error::Stale(_))), Asked::Gist(group, typed)) => {
            return gist_again(&app, &req, &viewer, (id, group.id), typed, &why).await;
        }
        (done, _) => done?,
    };
    let sentence = match &asked {
        Asked::Merge(groups, _) => {
            format!("{}つのまとまりを、まとまり{}にまとめました。", groups.len(), done.group.unwrap_or(0))
        }
        Asked::Split(_) => format!("{}件を、まとまり{}に分けました。", done.items, done.group.unwrap_or(0)),
        Asked::Shift(_, to) => format!("{}件を、まとまり{to}へ移しました。", done.items),
        Asked::Withhold(..) => format!("{}件を、公表しないこととしました。件数には数えます。", done.items),
        Asked::BringBack(_) => format!("{}件を、公表に戻しました。", done.items),
        Asked::Tie(..) => "段落を決めました。".to_owned(),
        Asked::Gist(..) => "要旨を保存しました。".to_owned(),
        Asked::Settle(groups) => format!("{}つのまとまりを、確認済みにしました。", groups.len()),
        Asked::Chapter(groups, _) => format!("{}つのまとまりの章を決めました。", groups.len()),
    };
    Ok(answer::done(&back(&fields, id), &sentence))
}

async fn gist_again(
    app: &App,
    req: &HttpRequest,
    viewer: &Viewer,
    (id, no): (i64, i64),
    typed: &str,
    why: &Error,
) -> Result<HttpResponse> {
    let (Error::Refused(words) | Error::Stale(words)) = why else { return Err(Error::internal(why)) };
    let Ok((head, mut page)) = group_page(app, viewer, id, no, (1, 1)).await? else {
        return Err(Error::Stale(words.clone()));
    };
    page.typed = Some(typed.to_owned());
    page.errors.add("gist", words.clone());
    let shell = app.staff_shell(req, viewer);
    Ok(answer::form_again(views::group(&shell, &viewer.csrf, &head, &page)))
}

fn carry_out(
    db: &mut Db,
    viewer: &Viewer,
    now: chrono::DateTime<Utc>,
    id: i64,
    asked: &Asked,
) -> Result<Done> {
    match asked {
        Asked::Merge(groups, into) => {
            let mut groups = groups.clone();
            if let Some(into) = into.filter(|into| !groups.iter().any(|g| g.id == *into)) {
                let group = store::groups_of(db, id, &[into])?.into_iter().next();
                let group = group.ok_or_else(|| {
                    Error::Refused(format!("まとまり{into}はありません。番号を確かめてください。"))
                })?;
                groups.push(Seen { id: group.id, version: group.version });
            }
            acts::merge(db, viewer, now, id, &groups, *into)
        }
        Asked::Split(items) => acts::split(db, viewer, now, id, items),
        Asked::Shift(items, to) => acts::shift(db, viewer, now, id, items, *to),
        Asked::Withhold(selected, reason, note) => {
            acts::withhold(db, viewer, now, id, selected.chosen(), *reason, note)
        }
        Asked::BringBack(items) => acts::bring_back(db, viewer, now, id, items),
        Asked::Tie(selected, place) => {
            let place = place.as_ref().map(|(paper, code)| (*paper, code.as_str()));
            acts::tie(db, viewer, now, id, selected.chosen(), place)
        }
        Asked::Gist(group, gist) => acts::write_gist(db, viewer, now, id, *group, gist),
        Asked::Settle(groups) => acts::settle(db, viewer, now, id, groups),
        Asked::Chapter(groups, chapter) => acts::put_into_chapter(db, viewer, now, id, groups, *chapter),
    }
}

/// `GET /consultations/{id}/acts`: everything that was done, with its way back.
pub async fn acts(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
    query: Query,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let before = query.get("before").and_then(|n| n.parse().ok()).unwrap_or(i64::MAX);
    let seer = viewer.clone();
    let (head, told) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let told = told(db, id, None, None, before, ACTS)?;
            Ok((head, told))
        })
        .await?;
    let more = told
        .last()
        .filter(|_| i64::try_from(told.len()).ok() == Some(ACTS))
        .map(|t| format!("/consultations/{id}/acts?before={}", t.act.id));
    Ok(answer::page(views::acts(&shell, &viewer.csrf, &head, &told, more.as_deref())))
}

/// `POST /consultations/{id}/acts/{act}/undos`
pub async fn undo(app: Shared, form: StaffForm, path: web::Path<(i64, i64)>) -> Result<HttpResponse> {
    let (id, act) = path.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let (now, what_stands) = (app.clock.now(), fields.has("what_stands"));
    let done = app
        .db
        .write(move |db| {
            if store::act(db, act)?.consultation_id != id {
                return Err(Error::NotFound);
            }
            acts::undo(db, &viewer, now, act, what_stands)
        })
        .await?;
    let sentence = match done.items {
        0 => "取り消しました。".to_owned(),
        n => format!("取り消しました({n}件)。"),
    };
    Ok(answer::done(&back(&fields, id), &sentence))
}

/// `GET /consultations/{id}/submissions/{no}/items`: how a submission is cut.
pub async fn cuts(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    path: web::Path<(i64, i64)>,
) -> Result<HttpResponse> {
    let (id, no) = path.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let seer = viewer.clone();
    let (head, page) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let submission = consultations::store::submission(db, no)?;
            if submission.consultation_id != id {
                return Err(Error::NotFound);
            }
            let items = store::items_of(db, no)?;
            let page = CutPage {
                points: consultations::store::points(db, no)?,
                seen: cuts_seen(&items),
                items,
                counts: item::counts(submission.state, head.row.count_incomplete),
                told: told(db, id, None, Some(no), i64::MAX, 20)?,
                submission,
            };
            Ok((head, page))
        })
        .await?;
    Ok(answer::page(views::cuts(&shell, &viewer.csrf, &head, &page)))
}

/// `POST /consultations/{id}/submissions/{no}/items`: a stretch becomes an item, or part of none.
pub async fn cut(app: Shared, form: StaffForm, path: web::Path<(i64, i64)>) -> Result<HttpResponse> {
    let (id, no) = path.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let how = match fields.text("how") {
        "item" => Carve::Item,
        "out" => Carve::Out,
        _ => return Err(Error::BadRequest("何をするかが分かりません。".to_owned())),
    };
    let (point_no, seen) = (fields.number("point").unwrap_or(0), fields.text("seen").to_owned());
    let place = match fields.text("place") {
        "" | "keep" => None,
        typed => Some(form::place(typed).ok_or_else(|| Error::Refused("段落を選んでください。".to_owned()))?),
    };
    let stretch = fields.number("start").zip(fields.number("end"));
    let by_sentence = fields.number("from").zip(fields.number("to"));
    let now = app.clock.now();
    app.db
        .write(move |db| {
            let points = consultations::store::points(db, no)?;
            let found = consultations::store::submission(db, no)?;
            let point = usize::try_from(point_no - 1).ok().and_then(|at| points.get(at));
            let Some(text) = point.filter(|_| found.consultation_id == id).map(|p| p.text()) else {
                return Err(Error::NotFound);
            };
            let chosen = stretch.or_else(|| by_sentence.and_then(|ends| of_sentences(&text, ends)));
            let Some(chosen) = chosen.filter(|(from, to)| from < to) else {
                return Err(Error::Refused("項目にする文章を選んでください。".to_owned()));
            };
            let standing = store::items_of(db, no)?;
            let cuts = carved(&standing, point_no, &text, chosen, how, place.as_ref());
            acts::recut(db, &viewer, now, no, &seen, &cuts)
        })
        .await?;
    let said = if how == Carve::Item { "項目にしました。" } else { "項目から外しました。" };
    Ok(answer::done(&format!("/consultations/{id}/submissions/{no}/items"), said))
}

/// The stretch from one sentence to another, in either order.
fn of_sentences(text: &str, (from, to): (i64, i64)) -> Option<item::Stretch> {
    let found = item::sentences(text);
    let at = |n: i64| usize::try_from(n).ok().and_then(|n| found.get(n));
    Some((at(from.min(to))?.0, at(from.max(to))?.1))
}

/// All cuts of a submission after a stretch of one point was chosen; pieces keep the place of what they were cut from.
fn carved(
    standing: &[item::Item],
    point_no: i64,
    text: &str,
    chosen: item::Stretch,
    how: Carve,
    place: Option<&Option<(i64, String)>>,
) -> Vec<Cut> {
    let place_of = |i: &item::Item| i.paper_id.zip(i.paragraph.clone());
    let mut cuts: Vec<Cut> = standing
        .iter()
        .filter(|i| i.point_no != point_no)
        .map(|i| Cut { point_no: i.point_no, at: (i.start_char, i.end_char), place: place_of(i) })
        .collect();
    let here: Vec<&item::Item> = standing.iter().filter(|i| i.point_no == point_no).collect();
    let before: Vec<item::Stretch> = here.iter().map(|i| (i.start_char, i.end_char)).collect();
    for (at, parent) in item::carve(text, &before, chosen, how) {
        let kept = parent.and_then(|nth| here.get(nth)).and_then(|i| place_of(i));
        let new = !before.contains(&at) || at == chosen;
        let place = match place {
            Some(place) if new && at.0 >= chosen.0 && at.1 <= chosen.1 => place.clone(),
            _ => kept,
        };
        cuts.push(Cut { point_no, at, place });
    }
    cuts
}

/// `GET /consultations/{id}/suggestions`: families of near copies.
pub async fn suggestions(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<i64>,
    query: Query,
) -> Result<HttpResponse> {
    const FAMILIES: i64 = 50;
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let page = number(&query, "page");
    let seer = viewer.clone();
    let (head, found) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            let mut found = Vec::new();
            for family in store::families(db, id, (page - 1).saturating_mul(FAMILIES), FAMILIES)? {
                let listing = listing(db, family.group_id)?;
                found.push((family, listing));
            }
            Ok((head, found))
        })
        .await?;
    Ok(answer::page(views::families(&shell, &viewer.csrf, &head, &found, page)))
}

/// `GET /consultations/{id}/suggestions/{no}`: one family, with what each member adds.
pub async fn family(
    app: Shared,
    req: HttpRequest,
    viewer: Viewer,
    path: web::Path<(i64, i64)>,
    query: Query,
) -> Result<HttpResponse> {
    let (id, no) = path.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let page = number(&query, "page");
    let seer = viewer.clone();
    let (head, page) = app
        .db
        .read(move |db| {
            let head = head(db, &seer, id)?;
            group_of(db, id, no)?;
            let listing = listing(db, no)?.ok_or(Error::NotFound)?;
            let members = store::members(db, id, no, (page - 1).saturating_mul(TEXTS), TEXTS)?;
            let words = store::texts(db, &members.iter().map(|m| m.first).collect::<Vec<_>>())?;
            let found = members.first().map_or(0, |m| m.found);
            let members = members
                .into_iter()
                .map(|m| {
                    let text = words.get(&m.first).map_or("", String::as_str);
                    let adds = added(&listing.typical, text);
                    (m, adds)
                })
                .collect();
            Ok((head, FamilyPage { listing, members, found, page }))
        })
        .await?;
    Ok(answer::page(views::family(&shell, &viewer.csrf, &head, &page)))
}

/// `POST /consultations/{id}/suggestions/{no}`: accepts or dismisses what a family proposes.
pub async fn decide(app: Shared, form: StaffForm, path: web::Path<(i64, i64)>) -> Result<HttpResponse> {
    let (id, no) = path.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let chosen: Vec<Seen> = fields.all("groups").into_iter().filter_map(Seen::read).collect();
    let (now, count) = (app.clock.now(), fields.number("count").unwrap_or(0));
    let here = format!("/consultations/{id}/suggestions/{no}");
    let sentence = match fields.text("act") {
        "merge" => {
            let mut groups = chosen;
            groups.extend(Seen::read(fields.text("group")));
            let done = app.db.write(move |db| acts::merge(db, &viewer, now, id, &groups, Some(no))).await?;
            format!("{}件を、まとまり{no}にまとめました。", done.items)
        }
        "all" => {
            let done = app.db.write(move |db| alike::accept_all(db, &viewer, now, id, no, count)).await?;
            format!("{}件を、まとまり{no}にまとめました。", done.items)
        }
        "dismiss" => {
            let groups: Vec<i64> = chosen.iter().map(|g| g.id).collect();
            let done = app.db.write(move |db| acts::dismiss(db, &viewer, now, id, no, &groups)).await?;
            format!("{}種類の文章を、別の意見としました。もう候補には出ません。", done.items)
        }
        _ => return Err(Error::BadRequest("何をするかが分かりません。".to_owned())),
    };
    Ok(answer::done(&here, &sentence))
}

/// `POST /consultations/{id}/suggestion-runs`: stops the search for near copies, or has it begin again.
pub async fn run(app: Shared, form: StaffForm, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, .. } = form;
    let (now, go) = (app.clock.now(), fields.text("run") == "go");
    app.db.write(move |db| alike::set(db, &viewer, now, id, go)).await?;
    let said = if go { "似た文章を探し始めます。" } else { "止めました。" };
    Ok(answer::done(&format!("/consultations/{id}/suggestions"), said))
}
