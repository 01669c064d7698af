//! Opinions that came by post, fax, mail or at the counter, typed in by staff.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use maud::{Markup, html};

use super::coming::Coming;
use super::draft::{Draft, MOST_POINTS, TypedPoint, name_of};
use crate::calendar::era_date;
use crate::consultations::consultation::{ChannelKind, DeadlineKind};
use crate::consultations::submission::{Arrival, State};
use crate::consultations::{self, Accepted, Shown};
use crate::error::{Error, Result};
use crate::files::{self, Kept, Purpose};
use crate::intake::uploads::kept_files;
use crate::letters::letter::Relation;
use crate::letters::receipt::{self, Ticket};
use crate::mail::ReceiptMails;
use crate::people::session::StaffForm;
use crate::people::{May, Viewer};
use crate::trail::By;
use crate::web::form::{Fields, Upload};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Choice, Errors, Field, Tone, Weight};
use crate::web::{App, Shared, answer};

/// The ways staff type in.
const CHANNELS: [ChannelKind; 4] =
    [ChannelKind::Post, ChannelKind::Fax, ChannelKind::HandIn, ChannelKind::Email];

/// `GET /consultations/{id}/submissions/new`
pub async fn new(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shown = app.db.read(move |db| consultations::shown(db, id)).await?;
    viewer.may(May::EnterOpinions(shown.row.unit_id))?;
    let fields = Fields(vec![
        ("received_on".to_owned(), era_date(viewer.today)),
        ("entry".to_owned(), hex::encode(app.clock.random::<16>())),
    ]);
    let draft = Draft { points: vec![TypedPoint::default()], ..Draft::default() };
    let shell = app.staff_shell(&req, &viewer);
    let page =
        Page { app: &app, csrf: &viewer.csrf, shown: &shown, fields: &fields, draft: &draft, scans: &[] };
    Ok(answer::page(form(&shell, &page, &Errors::default())))
}

/// `POST /consultations/{id}/submissions`: stores it, or shows the form again with what is wrong or one point more.
pub async fn enter(
    app: Shared,
    req: HttpRequest,
    staff: StaffForm,
    id: web::Path<i64>,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    let StaffForm { viewer, fields, uploads, refused } = staff;
    let shown = app.db.read(move |db| consultations::shown(db, id)).await?;
    viewer.may(May::EnterOpinions(shown.row.unit_id))?;
    let number = fields.text("entry").to_owned();
    if number.len() != 32 {
        return Err(Error::BadRequest("入力の番号がありません。画面を開き直してください。".to_owned()));
    }
    let mut draft = Draft::read(&fields);
    // a picture is kept whatever is wrong with the rest of the form
    let key = files::upload_key(&app.sealer, &format!("opinion:{}:{number}", viewer.id));
    let (scans, troubles) = keep_scans(&app, key, &draft.attachments, uploads, refused).await?;
    let shell = app.staff_shell(&req, &viewer);
    if fields.has("add") && draft.points.len() < MOST_POINTS {
        draft.points.push(TypedPoint::default());
        let mut errors = Errors::default();
        if !troubles.is_empty() {
            errors.add("scan[]", troubles.join(" "));
        }
        let page = Page {
            app: &app,
            csrf: &viewer.csrf,
            shown: &shown,
            fields: &fields,
            draft: &draft,
            scans: &scans,
        };
        return Ok(answer::page(form(&shell, &page, &errors)));
    }
    let asked = shown.content.sender_fields;
    // what is not on the paper cannot be asked for: it is noted as missing
    let checked = draft.check(&asked, app.config.body_limit, true);
    let mut errors = checked.as_ref().err().cloned().unwrap_or_default();
    if !troubles.is_empty() {
        errors.add("scan[]", troubles.join(" "));
    }
    let coming = Coming::read(&fields, &CHANNELS, None, viewer.today, &mut errors);
    let (Ok(ready), Some(coming)) = (checked, coming) else {
        let page = Page {
            app: &app,
            csrf: &viewer.csrf,
            shown: &shown,
            fields: &fields,
            draft: &draft,
            scans: &scans,
        };
        return Ok(answer::form_again(form(&shell, &page, &errors)));
    };
    let (tickets, arrival) = coming.arrival(&app, &asked, ready, &number, viewer.id, app.clock.now())?;
    let arrival = Arrival { attachments: scans.into_iter().map(|scan| scan.id).collect(), ..arrival };
    let by: By = viewer.by();
    let accepted = app
        .db
        .write(move |db| consultations::accept(db, id, &arrival, &ReceiptMails::default(), &[], &by))
        .await?;
    let ticket =
        tickets.get(accepted.receipt).ok_or_else(|| Error::internal("a receipt that was not offered"))?;
    Ok(answer::page(entered(&shell, &shown, &accepted, ticket, coming.received_on)))
}

/// Keeps the pictures that came with the form under its number; gives all that are still wanted, and what could not be
/// taken.
async fn keep_scans(
    app: &App,
    key: String,
    ticked: &[String],
    uploads: Vec<Upload>,
    refused: Vec<String>,
) -> Result<(Vec<Kept>, Vec<String>)> {
    let placed = files::place_as(app, uploads, ticked.len(), Purpose::Scan).await?;
    let mut wanted = ticked.to_vec();
    wanted.extend(placed.files.iter().map(|file| file.id.clone()));
    let troubles = refused.into_iter().chain(placed.refused).collect();
    if wanted.is_empty() {
        return Ok((Vec::new(), troubles));
    }
    let fresh = placed.files;
    let all = app
        .db
        .write(move |db| {
            for file in &fresh {
                files::record(db, file, None, Some(&key))?;
            }
            files::of_form(db, &key)
        })
        .await?;
    Ok((all.into_iter().filter(|file| wanted.contains(&file.id)).collect(), troubles))
}

/// What the form shows.
struct Page<'a> {
    app: &'a App,
    csrf: &'a str,
    shown: &'a Shown,
    fields: &'a Fields,
    draft: &'a Draft,
    /// Pictures of the paper, sent so far.
    scans: &'a [Kept],
}

fn form(shell: &Shell, page: &Page<'_>, errors: &Errors) -> Markup {
    let Page { app, csrf, shown, fields, draft, scans } = *page;
    let limits = files::limits(&app.config, app.config.file_count.saturating_sub(scans.len()));
    let path = shown.row.path();
    let list = format!("{path}/submissions");
    let by_postmark = shown.content.deadline(ChannelKind::Post) == DeadlineKind::Postmark;
    let postmark = if by_postmark {
        "この募集では、消印が最終日までなら期間内です。読めないときは空欄にします(受付日で判断します)。"
    } else {
        "この募集では、郵送も最終日までに届いたものが期間内です。消印は記録だけに使います。"
    };
    page::staff(shell, "紙・ファクス・窓口の意見を入力する").narrow()
        .crumb("/consultations", "意見募集").crumb(&path, &shown.content.title).crumb(&list, "届いた意見")
        .errors(errors).script("counter.js")
        .body(html! {
            p { "書かれているとおりに入力します。期限を過ぎたもの、記載の足りないものも、すべて入力します。読めない字は〓と入れます。" }
            form.form method="post" action=(list) enctype="multipart/form-data" {
                (parts::csrf(csrf))
                (parts::hidden("entry", fields.text("entry")))
                (Choice::radios("channel", "届き方").required().options(CHANNELS.iter().map(|c| (c.code(), c.label()))).across().chosen(fields.text("channel")).errors(errors))
                (Field::date("received_on", "受付日").required().value(fields.text("received_on")).errors(errors))
                (Field::text("postmarked_on", "消印(郵送のとき)").optional().medium().support(postmark).value(fields.text("postmarked_on")).errors(errors))
                (Field::text("written_on", "書かれた日付").optional().medium().value(fields.text("written_on")).errors(errors))
                @for (nth, point) in draft.points.iter().enumerate() {
                    @let (target, opinion, reason) = (name_of("target", nth), name_of("opinion", nth), name_of("reason", nth));
                    section.form-section.form {
                        @if draft.points.len() > 1 { h2 { "意見 " (nth + 1) } }
                        (Field::text(&target, "案のどこについてか").optional().full().value(&point.target).errors(errors))
                        (Field::area(&opinion, "意見").rows(7).value(&point.opinion).errors(errors))
                        (Field::area(&reason, "理由").optional().rows(3).value(&point.reason).errors(errors))
                    }
                }
                button.button.secondary.small type="submit" name="add" value="point" { "意見をもう1つ入力する" }
                section.form-section.form {
                    h2 { "紙の画像" }
                    @if !scans.is_empty() { (kept_files("意見に付ける画像(付けないものは、印を外してください)", scans)) }
                    (parts::Upload::new("scan[]", "紙を読み取った画像", &limits, files::ACCEPT).optional().multiple().errors(errors))
                }
                section.form-section.form {
                    h2 { "差出人" }
                    (Field::text("name", "お名前").optional().value(&draft.name).errors(errors))
                    (Field::text("org_name", "団体名").optional().value(&draft.org_name).errors(errors))
                    (Field::text("rep_name", "代表者").optional().value(&draft.rep_name).errors(errors))
                    (Field::text("address", "住所").optional().full().value(&draft.address).errors(errors))
                    (Field::text("contact", "電話番号かメールアドレス").optional().value(&draft.contact).errors(errors))
                    (Choice::checks("relation[]", "市との関係").optional().options(Relation::ALL.iter().map(|r| (r.code(), r.label()))).chosen_all(&draft.relation))
                    (Choice::checks("org_publish_ok", "団体名の公表").option("yes", "結果に団体名を載せてもよいとのこと").chosen(&draft.org_publish_ok))
                }
                .actions { (parts::submit(Weight::Primary, "受け付ける")) }
            }
        })
}

fn entered(
    shell: &Shell,
    shown: &Shown,
    accepted: &Accepted,
    ticket: &Ticket,
    received_on: NaiveDate,
) -> Markup {
    let path = shown.row.path();
    let again = format!("{path}/submissions/new");
    page::staff(shell, "意見を受け付けました").narrow().crumb("/consultations", "意見募集").crumb(&path, &shown.content.title).body(html! {
        @if accepted.repeated { (parts::notice(Tone::Info, "", html! { p { "この入力はすでに受け付けていました。二重には登録していません。" } })) }
        @match accepted.state {
            State::Late => (parts::notice(Tone::Warning, "期限後として受け付けました", html! { p { "募集の最終日は" (era_date(shown.period.closing_on)) "でした。期間内の意見とは分けて数えます。" } })),
            State::Incomplete => (parts::notice(Tone::Info, "記載に不足があるものとして受け付けました", html! { p { "意見は読み、件数に数えるかどうかは、この募集のきまりによります。" } })),
            _ => (parts::notice(Tone::Success, "", html! { p { "期間内の意見として受け付けました。" } })),
        }
        (receipt::numbers(shell, ticket, received_on, ("受付日", era_date(received_on).as_str()), ""))
        p.no-print { "本人が来ているときは、このページを印刷して渡します。確認番号は、この画面にしか出ません。" }
        .actions {
            (parts::link_button(Weight::Primary, &again, "次の1通を入力する"))
            (parts::link_button(Weight::Secondary, &format!("{path}/submissions/{}", accepted.submission_id), "この意見を開く"))
        }
    })
}
