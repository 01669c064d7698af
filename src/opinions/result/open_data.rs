//! All consultations and all groups of published results as open data.

use std::collections::HashMap;

use actix_web::HttpResponse;
use actix_web::http::header;

use super::content::{Content, View};
use super::files::{CITY_CODE, base, csv_lines};
use super::{store, views};
use crate::consultations;
use crate::error::Result;
use crate::web::Shared;
use crate::web::answer::for_all;
use crate::web::sheet::cell;

/// A file with a byte order mark, so that spreadsheets read it as UTF-8.
fn file(name: &str, head: &[&str], rows: Vec<Vec<String>>) -> Result<HttpResponse> {
    let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    bytes.extend(csv_lines(std::iter::once(head).chain(rows))?);
    Ok(for_all(
        HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .body(bytes),
    ))
}

const CONSULTATIONS: &[&str] = &[
    "全国地方公共団体コード",
    "地方公共団体名",
    "番号",
    "案件名",
    "案の呼び名",
    "担当",
    "公示日",
    "募集の初日",
    "募集の最終日",
    "結果の版",
    "結果の公表日",
    "決めたこと",
    "決定した日",
    "提出(通)",
    "提出者",
    "意見(件)",
    "内容ごとの数(件)",
    "異なる文章",
    "まとまり",
    "市の考え方",
    "公表しない意見(件)",
    "期限後(通)",
    "案件外(通)",
    "URL",
];

/// `GET /opendata/consultations.csv`: every announced consultation, with the numbers of its result once that is out.
pub async fn consultations(app: Shared) -> Result<HttpResponse> {
    let (all, results) =
        app.db.read(|db| Ok((consultations::all_shown(db)?, store::all_released(db)?))).await?;
    let mut of: HashMap<i64, (i64, chrono::NaiveDate, Content)> = HashMap::new();
    for (version, at) in results {
        let content = Content::read(&version.content)?;
        of.insert(version.consultation_id, (version.no, at.tokyo_day(), content));
    }
    let rows = all
        .iter()
        .map(|shown| {
            let result = of.get(&shown.row.id);
            let said =
                |f: &dyn Fn(&(i64, chrono::NaiveDate, Content)) -> String| result.map(f).unwrap_or_default();
            let count = |f: &dyn Fn(&Content) -> i64| said(&|(_, _, c)| f(c).to_string());
            vec![
                CITY_CODE.to_owned(),
                app.city.name.clone(),
                shown.row.id.to_string(),
                cell(&shown.content.title),
                cell(&shown.content.draft_label),
                cell(&shown.content.unit_name),
                shown.content.noticed_on.to_string(),
                shown.period.opens_on.to_string(),
                shown.period.closing_on.to_string(),
                said(&|(no, ..)| no.to_string()),
                said(&|(_, on, _)| on.to_string()),
                said(&|(_, _, c)| c.decision.label().to_owned()),
                said(&|(_, _, c)| c.decided_on.to_string()),
                count(&|c| c.counts.submissions()),
                count(&|c| c.counts.submitters),
                count(&|c| c.counts.opinions()),
                count(&|c| c.counts.items),
                count(&|c| c.counts.texts),
                count(&|c| c.counts.groups),
                count(&|c| c.counts.views),
                count(&|c| c.counts.withheld()),
                count(&|c| c.counts.total().late),
                count(&|c| c.counts.total().off_topic),
                format!("{}/consultations/{}", base(&app), shown.row.id),
            ]
        })
        .collect();
    file("consultations.csv", CONSULTATIONS, rows)
}

const GROUPS: &[&str] = &[
    "全国地方公共団体コード",
    "意見募集の番号",
    "案件名",
    "版",
    "公表日",
    "まとまりの番号",
    "章",
    "箇所",
    "意見の要旨",
    "意見(件)",
    "異なる文章",
    "市の考え方の番号",
    "対応",
    "市の考え方",
    "理由",
    "修正箇所",
    "修正前",
    "修正後",
    "答えた課",
    "URL",
];

/// `GET /opendata/opinion_groups.csv`: every group of every published result with its answer.
pub async fn opinion_groups(app: Shared) -> Result<HttpResponse> {
    let found = app
        .db
        .read(|db| {
            let mut found = Vec::new();
            for (version, at) in store::all_released(db)? {
                let (answers, groups) = (store::views(db, version.id)?, store::groups(db, version.id)?);
                found.push((version, at.tokyo_day(), answers, groups));
            }
            Ok(found)
        })
        .await?;
    let mut rows = Vec::new();
    for (version, on, answers, groups) in &found {
        let title = Content::read(&version.content)?.whole_title();
        for group in groups {
            let at = usize::try_from(group.view_no - 1).unwrap_or(usize::MAX);
            let view = |f: fn(&View) -> &str| answers.get(at).map(|v| cell(f(v))).unwrap_or_default();
            rows.push(vec![
                CITY_CODE.to_owned(),
                version.consultation_id.to_string(),
                cell(&title),
                version.no.to_string(),
                on.to_string(),
                group.no.to_string(),
                cell(&group.chapter),
                cell(&group.place),
                cell(&group.gist),
                group.items.to_string(),
                group.texts.to_string(),
                group.view_no.to_string(),
                view(|v| v.outcome.label()),
                view(|v| &v.body),
                view(|v| &v.reason),
                view(|v| &v.changed_place),
                view(|v| &v.old_text),
                view(|v| &v.new_text),
                view(|v| &v.unit_name),
                format!("{}{}", base(&app), views::group_path(version.consultation_id, group.no)),
            ]);
        }
    }
    file("opinion_groups.csv", GROUPS, rows)
}
