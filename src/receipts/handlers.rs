//! The addresses of a letter's afterlife. No secret is ever part of one.

use actix_web::{HttpRequest, HttpResponse, web};
use subtle::ConstantTimeEq;

use super::store::{self, Found, Whole};
use super::views::{self, Desk};
use super::{Continuation, FollowUp, pass};
use crate::calendar;
use crate::consultations;
use crate::consultations::submission::Submission;
use crate::error::{Error, Result};
use crate::files;
use crate::letters::receipt::{self, Promise, Slip};
use crate::opinions::result;
use crate::text::{ReceiptCode, ReceiptSecret, input};
use crate::web::citizen_form::{CitizenForm, Token};
use crate::web::errors::Again;
use crate::web::form::Fields;
use crate::web::parts::Errors;
use crate::web::server::network;
use crate::web::{App, Shared, answer};

/// Longest comment on an answer, in characters.
const COMMENT_LIMIT: usize = 1000;

/// The same words whether the code or the secret is wrong.
const NO_MATCH: &str =
    "受付番号と確認番号の組み合わせが見つかりません。どちらの番号も、もう一度お確かめください。";

/// `GET /receipts`: the form for code and secret.
pub async fn lookup(req: HttpRequest, app: Shared) -> HttpResponse {
    lookup_page(&req, &app, Token::issue(&app, &req), &Fields::default(), &Errors::default())
}

/// `GET /receipts/{code}`: the form with the code filled in. Whether there is such a letter is not told.
pub async fn lookup_of(req: HttpRequest, app: Shared, code: web::Path<String>) -> HttpResponse {
    let typed = Fields(vec![("code".to_owned(), input::single_line(&code).text)]);
    lookup_page(&req, &app, Token::issue(&app, &req), &typed, &Errors::default())
}

/// `POST /receipts`: where the letter stands, or the one answer for everything that does not fit.
pub async fn status(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let CitizenForm { fields, number, .. } = form;
    let token = |app: &App| Token::carry_on(app, &req, &number);
    let mut errors = Errors::default();
    let code = ReceiptCode::parse(fields.text("code")).map_err(|e| errors.add("code", e.to_string()));
    let secret = ReceiptSecret::parse(fields.text("secret")).map_err(|e| errors.add("secret", e.to_string()));
    let (Ok(code), Ok(secret)) = (code, secret) else {
        return Ok(lookup_page(&req, &app, token(&app), &fields, &errors));
    };
    if let Err(wait) = slow_down(&app, &network(&req), &code) {
        return Err(Again::after(wait, &req, fields, None));
    }
    let mac = receipt::secret_mac(&app.sealer, &code, &secret);
    let found = app
        .db
        .read(move |db| {
            let code = code.digits();
            Ok((store::by_code(db, &code)?, consultations::store::by_code(db, &code)?))
        })
        .await;
    let (letter, opinion) = match found {
        Ok(found) => found,
        Err(error) => return Err(Again::after(error, &req, fields, None)),
    };
    // a code that does not exist is compared too: the answer takes as long
    let stored = match (&letter, &opinion) {
        (Some(letter), _) => letter.secret_mac.as_str(),
        (None, Some(opinion)) => opinion.secret_mac.as_str(),
        (None, None) => "________________________",
    };
    let fits = bool::from(stored.as_bytes().ct_eq(mac.as_bytes()));
    if let Some(opinion) = opinion.filter(|_| fits && letter.is_none()) {
        return match opinion_page(&req, &app, opinion).await {
            Ok(page) => Ok(page),
            Err(error) => Err(Again::after(error, &req, fields, None)),
        };
    }
    let Some(found) = letter.filter(|_| fits) else {
        errors.add("code", NO_MATCH);
        return Ok(lookup_page(&req, &app, token(&app), &fields, &errors));
    };
    match app.db.read(move |db| store::whole(db, found)).await {
        Ok(whole) => Ok(status_page(&req, &app, &number, &whole, &fields, &Errors::default(), None)),
        Err(error) => Err(Again::after(error, &req, fields, None)),
    }
}

/// Where an opinion on a consultation stands.
async fn opinion_page(req: &HttpRequest, app: &App, found: Submission) -> Result<HttpResponse> {
    let (id, consultation) = (found.id, found.consultation_id);
    let (shown, points, files, answers) = app
        .db
        .read(move |db| {
            Ok((
                consultations::shown(db, consultation)?,
                consultations::store::points(db, id)?,
                files::of_submission(db, id)?.len(),
                result::answers_to(db, consultation, id)?,
            ))
        })
        .await?;
    let answers = result::views::answers_to(&found, answers.as_ref());
    let (shell, now) = (app.shell(req), app.clock.now());
    let page = consultations::views::status(&shell, &shown, &found, &points, files, answers, now);
    Ok(answer::page(page))
}

/// `POST /receipts/answers`: an answer to a question of the city.
pub async fn answers(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let CitizenForm { fields, number, .. } = form;
    let Some(letter_id) = allowed(&app, &fields) else { return Ok(ask_again(&req, &app, &number, &fields)) };
    let mut errors = Errors::default();
    let body = text_of(&fields, "answer", "お答えを入力してください。", app.config.body_limit, &mut errors);
    let now = app.clock.now();
    let key = receipt::submission_key(&app.sealer, &number);
    let matter_id = fields.number("matter").unwrap_or_default();
    let act = move |db: &mut crate::db::Db| super::answer(db, letter_id, matter_id, &body, &key, now);
    acted(
        &req,
        &app,
        (letter_id, &number),
        fields,
        &errors,
        act,
        "お答えを受け取りました。ありがとうございました。",
    )
    .await
}

/// `POST /receipts/feedbacks`: whether the answer helped.
pub async fn feedbacks(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let CitizenForm { fields, number, .. } = form;
    let Some(letter_id) = allowed(&app, &fields) else { return Ok(ask_again(&req, &app, &number, &fields)) };
    let mut errors = Errors::default();
    let helped = fields.yes_no("helped");
    if helped.is_none() {
        errors.add("helped", "役に立ったかどうかを選んでください。");
    }
    let comment = input::multi_line(fields.text("comment")).text;
    let count = input::char_count(&comment);
    if count > COMMENT_LIMIT {
        errors.add("comment", format!("わけは1,000字までです。いまは{count}字あります。"));
    }
    let now = app.clock.now();
    let matter_id = fields.number("matter").unwrap_or_default();
    let act = move |db: &mut crate::db::Db| {
        super::feedback(db, letter_id, matter_id, helped.unwrap_or_default(), &comment, now)
    };
    acted(&req, &app, (letter_id, &number), fields, &errors, act, "ご感想をありがとうございました。").await
}

/// `POST /receipts/letters`: a continuation, answered by a receipt of its own.
pub async fn letters(req: HttpRequest, app: Shared, form: CitizenForm) -> Result<HttpResponse, Again> {
    let CitizenForm { fields, number, .. } = form;
    let Some(letter_id) = allowed(&app, &fields) else { return Ok(ask_again(&req, &app, &number, &fields)) };
    let mut errors = Errors::default();
    let body =
        text_of(&fields, "body", "伝えたいことを入力してください。", app.config.body_limit, &mut errors);
    let part = fields.number("part");
    for (missing, field, message) in [
        (part.is_none(), "part", "どの件の続きかを選んでください。"),
        (fields.yes_no("reply_wanted").is_none(), "reply_wanted", "返事がほしいかどうかを選んでください。"),
        (fields.yes_no("publish_ok").is_none(), "publish_ok", "公表してもよいかどうかを選んでください。"),
    ] {
        if missing {
            errors.add(field, message);
        }
    }
    if !errors.is_empty() {
        return shown_again(&req, &app, letter_id, &number, fields, &errors).await;
    }
    if let Err(wait) = app.pace.submissions.take(&network(&req)) {
        return Err(Again::after(wait, &req, fields, None));
    }
    let read = app.db.read(move |db| {
        let found = store::by_id(db, letter_id)?;
        let sender = found.party_id.as_deref().map(|id| store::sender(db, id)).transpose()?;
        Ok((found, sender))
    });
    let (found, sender) = match read.await {
        Ok(read) => read,
        Err(error) => return Err(Again::after(error, &req, fields, None)),
    };
    let typed = Continuation {
        matter_id: part.unwrap_or_default(),
        body,
        reply_wanted: fields.yes_no("reply_wanted") == Some(true) && sender.is_some(),
        publish_ok: fields.yes_no("publish_ok") == Some(true),
    };
    let tickets = receipt::tickets(&app.sealer, &number);
    let keys = (&app.sealer, &app.clock, &*app.config);
    let next = FollowUp::prepare(keys, &found, sender.as_ref(), &typed, &number, &tickets)?;
    let wanted = next.mailed;
    let now = app.clock.now();
    let accepted = match app.db.write(move |db| super::follow_up(db, &next)).await {
        Ok(accepted) => accepted,
        Err(error) => return Err(Again::after(error, &req, fields, None)),
    };
    let ticket =
        tickets.get(accepted.receipt).ok_or_else(|| Error::internal("a receipt that was not offered"))?;
    let slip = Slip {
        ticket,
        promise: Promise::of(calendar::tokyo_day(now), &app.config),
        received_at: &calendar::tokyo_clock_with_year(now),
        subject: &found.subject,
        body: &typed.body,
        reply_wanted: typed.reply_wanted,
        mailed: accepted.mailed && app.config.sends_mail(),
        files: 0,
        notice: (wanted && !accepted.mailed).then_some(receipt::NOT_MAILED),
    };
    Ok(answer::page(receipt::page(&app.shell(&req), &slip)))
}

/// A network may look up so many, and a code may be tried so often. When strangers have used up a code's tries, its
/// writer still has some from his or her own network.
fn slow_down(app: &App, network: &str, code: &ReceiptCode) -> Result<()> {
    app.pace.lookups.take(network)?;
    let digits = code.digits();
    app.pace.code.take(&digits).or_else(|_| app.pace.code_from_network.take(&format!("{digits} {network}")))
}

fn allowed(app: &App, fields: &Fields) -> Option<i64> {
    pass::letter_of(&app.sealer, fields.text("pass"), app.clock.now())
}

/// A text that must not be blank nor too long; what cannot be stored is taken out.
fn text_of(fields: &Fields, name: &str, missing: &str, limit: usize, errors: &mut Errors) -> String {
    let text = input::multi_line(fields.text(name)).text;
    let count = input::char_count(&text);
    if text.trim().is_empty() {
        errors.add(name, missing);
    } else if count > limit {
        errors.add(name, receipt::over_limit(count, limit));
    }
    text
}

/// Does an act of the status page and shows the page again.
async fn acted(
    req: &HttpRequest,
    app: &App,
    (letter_id, number): (i64, &str),
    fields: Fields,
    errors: &Errors,
    act: impl FnMut(&mut crate::db::Db) -> Result<()> + Send + 'static,
    done: &str,
) -> Result<HttpResponse, Again> {
    if !errors.is_empty() {
        return shown_again(req, app, letter_id, number, fields, errors).await;
    }
    let whole = async {
        app.db.write(act).await?;
        read_whole(app, letter_id).await
    };
    match whole.await {
        // the next act of this page is another one: it gets a number of its own
        Ok(whole) => {
            let number = hex::encode(app.clock.random::<16>());
            Ok(status_page(req, app, &number, &whole, &Fields::default(), &Errors::default(), Some(done)))
        }
        Err(error) => Err(Again::after(error, req, fields, None)),
    }
}

async fn shown_again(
    req: &HttpRequest,
    app: &App,
    letter_id: i64,
    number: &str,
    fields: Fields,
    errors: &Errors,
) -> Result<HttpResponse, Again> {
    match read_whole(app, letter_id).await {
        Ok(whole) => Ok(status_page(req, app, number, &whole, &fields, errors, None)),
        Err(error) => Err(Again::after(error, req, fields, None)),
    }
}

async fn read_whole(app: &App, letter_id: i64) -> Result<Whole> {
    app.db
        .read(move |db| {
            let found: Found = store::by_id(db, letter_id)?;
            store::whole(db, found)
        })
        .await
}

/// The two hours are over: code and secret once more, with everything that was typed.
fn ask_again(req: &HttpRequest, app: &App, number: &str, fields: &Fields) -> HttpResponse {
    lookup_page(req, app, Token::carry_on(app, req, number), fields, &Errors::default())
}

fn lookup_page(req: &HttpRequest, app: &App, token: Token, typed: &Fields, errors: &Errors) -> HttpResponse {
    let page = views::lookup(&app.shell(req), typed, &token.value, errors);
    let page = if errors.is_empty() { answer::page(page) } else { answer::form_again(page) };
    token.with(page)
}

fn status_page(
    req: &HttpRequest,
    app: &App,
    number: &str,
    whole: &Whole,
    typed: &Fields,
    errors: &Errors,
    done: Option<&str>,
) -> HttpResponse {
    let token = Token::carry_on(app, req, number);
    let pass = pass::issue(&app.sealer, whole.letter.id, app.clock.now());
    let shell = app.shell(req);
    let desk =
        Desk { shell: &shell, config: &app.config, token: &token.value, pass: &pass, typed, errors, done };
    let page = views::status(&desk, whole);
    let page = if errors.is_empty() { answer::page(page) } else { answer::form_again(page) };
    token.with(page)
}
