//! Files uploaded with a citizen's form that is not sent yet: kept under the form's number, ticked to go with it.

use actix_web::HttpRequest;
use maud::{Markup, html};

use crate::files::{self, Kept};
use crate::web::App;
use crate::web::citizen_form::CitizenForm;
use crate::web::errors::Again;
use crate::web::form::Fields;
use crate::web::parts::{Errors, furigana};
use crate::web::server::network;

/// The form's number and the files it holds now.
pub(super) struct Held {
    /// The form's number.
    pub(super) number: String,
    /// Its files.
    pub(super) files: Vec<Kept>,
}

/// Keeps what was uploaded with the form; what could not be taken comes back as an error of the file field.
pub(super) async fn keep(
    req: &HttpRequest,
    app: &App,
    form: CitizenForm,
    ticked: &[String],
) -> Result<(Held, Errors), Again> {
    let CitizenForm { fields, uploads, mut refused, number, .. } = form;
    let mut placed = Vec::new();
    if !uploads.is_empty() {
        if let Err(wait) = app.pace.submissions.take(&network(req)) {
            return Err(Again::after(wait, req, fields, None));
        }
        match files::place(app, uploads, ticked.len()).await {
            Ok(done) => {
                refused.extend(done.refused);
                placed = done.files;
            }
            Err(error) => return Err(Again::after(error, req, fields, None)),
        }
    }
    let mut errors = Errors::default();
    if !refused.is_empty() {
        errors.add("files[]", refused.join(" "));
    }
    let files = if placed.is_empty() && ticked.is_empty() {
        Vec::new()
    } else {
        record(req, app, &number, placed, ticked, fields).await?
    };
    Ok((Held { number, files }, errors))
}

/// Notes new files under the form's number and gives all that are still wanted.
pub(super) async fn record(
    req: &HttpRequest,
    app: &App,
    number: &str,
    placed: Vec<files::NewFile>,
    ticked: &[String],
    fields: Fields,
) -> Result<Vec<Kept>, Again> {
    let key = files::upload_key(&app.sealer, number);
    let mut wanted = ticked.to_vec();
    wanted.extend(placed.iter().map(|file| file.id.clone()));
    let recorded = app
        .db
        .write(move |db| {
            for file in &placed {
                files::record(db, file, None, Some(&key))?;
            }
            files::of_form(db, &key)
        })
        .await;
    match recorded {
        Ok(all) => Ok(all.into_iter().filter(|file| wanted.contains(&file.id)).collect()),
        Err(error) => Err(Again::after(error, req, fields, None)),
    }
}

/// Each file with a tick: without it the file is not sent.
pub(super) fn kept_files(label: &str, kept: &[Kept]) -> Markup {
    let shown: Vec<String> = kept.iter().map(Kept::shown).collect();
    let options = kept.iter().zip(&shown).map(|(file, shown)| (file.id.as_str(), shown.as_str()));
    let ids: Vec<&str> = kept.iter().map(|file| file.id.as_str()).collect();
    html! {
        fieldset.field {
            legend.label { (furigana(label)) }
            .choices {
                @for ((id, shown), at) in options.zip(0..ids.len()) {
                    label.choice for={ "attachment-" (at) } {
                        input id={ "attachment-" (at) } type="checkbox" name="attachment" value=(id) checked;
                        span { (shown) }
                    }
                }
            }
        }
    }
}
