//! The figures at the staff door.

use actix_web::{HttpRequest, HttpResponse};

use super::statistics::{self, Period};
use super::{sums, views};
use crate::error::{Error, Result};
use crate::people::{May, Viewer};
use crate::web::form::{Fields, parse_urlencoded};
use crate::web::{Shared, answer, sheet};

/// GET `/statistics`: a fiscal year or a month.
pub async fn figures(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::SeeStatistics)?;
    let shell = app.staff_shell(&req, &viewer);
    let (period, today) = (Period::read(req.query_string(), viewer.today), viewer.today);
    let (figures, sums) =
        app.db.read(move |db| Ok((statistics::statistics(db, period, today)?, sums::sums(db)?))).await?;
    Ok(answer::page(views::figures(&shell, &viewer, &figures, &sums)))
}

/// GET `/statistics.csv`: one of the tables.
pub async fn figures_csv(req: HttpRequest, app: Shared, viewer: Viewer) -> Result<HttpResponse> {
    viewer.may(May::SeeStatistics)?;
    let (period, today) = (Period::read(req.query_string(), viewer.today), viewer.today);
    let asked = Fields(parse_urlencoded(req.query_string().as_bytes())).text("table").to_owned();
    let figures = app.db.read(move |db| statistics::statistics(db, period, today)).await?;
    let table = figures.tables.into_iter().find(|t| t.code == asked).ok_or(Error::NotFound)?;
    let unit = views::unit_word(table.unit);
    let name = format!("statistics-{}-{}", table.code, period.query().replace(['=', '&'], "-"));
    let rows = table.rows.iter().map(|(label, n)| {
        vec![
            period.label(),
            table.title.to_owned(),
            label.clone(),
            n.to_string(),
            statistics::share(*n, table.whole),
        ]
    });
    let total = vec![
        period.label(),
        table.title.to_owned(),
        "合計".to_owned(),
        table.total().to_string(),
        String::new(),
    ];
    let rule =
        vec![period.label(), table.title.to_owned(), "数え方".to_owned(), String::new(), table.rule.clone()];
    sheet::download(&name, &["期間", "表", "区分", &format!("{unit}数"), "割合"], rows.chain([total, rule]))
}
