//! `GET /consultations/{id}/submissions`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::filter::{self, Filter};
use super::views::{self, Page};
use crate::consultations::store;
use crate::error::Result;
use crate::opinions::answers;
use crate::people::{May, Viewer};
use crate::web::{Shared, answer};

/// `GET /consultations/{id}/submissions`: what came in, the newest first, as far as the filter asks for it.
pub async fn list(app: Shared, req: HttpRequest, viewer: Viewer, id: web::Path<i64>) -> Result<HttpResponse> {
    let id = id.into_inner();
    let shell = app.staff_shell(&req, &viewer);
    let (filter, from) = Filter::read(req.query_string());
    let trouble = filter::trouble(req.query_string());
    let page = app
        .db
        .read(move |db| {
            let row = store::consultation(db, id)?;
            viewer.may(May::ReadSubmissions(&answers::readers(db, &row)?))?;
            Ok(Page {
                listed: super::list(db, id, &filter, from)?,
                unchecked: store::unchecked(db, id, viewer.id)?.0,
                may_enter: viewer.can(May::EnterOpinions(row.unit_id)),
                row,
                filter,
                from,
            })
        })
        .await?;
    Ok(answer::page(views::list(&shell, &page, &trouble)))
}
