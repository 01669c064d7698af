//! What stands in the JSON file of a result, for machines.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::web::answer::for_all;

/// `GET /api/consultation-result.schema.json`: what stands in the JSON file.
pub async fn schema() -> HttpResponse {
    let mut page = description();
    page["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    for_all(HttpResponse::Ok().json(page))
}

/// The part of `GET /api/openapi.json` that is about results: paths and schemas.
pub fn described() -> (Value, Value) {
    let id = json!({ "name": "id", "in": "path", "required": true, "description": "意見募集の番号", "schema": { "type": "integer" } });
    let paths = json!({
        "/consultations/{id}/result.json": { "get": {
            "summary": "意見募集の結果。公表されている版",
            "parameters": [id],
            "responses": {
                "200": { "description": "OK", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ConsultationResult" } } } },
                "404": { "description": "公表されていない" },
            },
        } },
    });
    (paths, json!({ "ConsultationResult": description() }))
}

/// The schema of the JSON file: what `GET /api/openapi.json` and the page of its own both show.
fn description() -> Value {
    use crate::consultations::consultation::Decision;
    use crate::opinions::item::Withheld;
    use crate::opinions::view::Outcome;
    let text = |about: &str| json!({ "type": "string", "description": about });
    let whole = |about: &str| json!({ "type": "integer", "description": about });
    let day = |about: &str| json!({ "type": "string", "format": "date", "description": about });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |of: Value| json!({ "type": "object", "properties": of });
    let decisions: Vec<_> = Decision::ALL.iter().map(|d| d.code()).collect();
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|o| o.code()).collect();
    let reasons: Vec<_> = Withheld::ALL.iter().map(|w| json!(w.code())).chain([Value::Null]).collect();
    let channels = list(object(json!({
        "channel": text("方法"), "submissions": whole("数えた提出"), "submitters": whole("提出者"),
        "late": whole("期限後"), "incomplete": whole("記載に不足"), "off_topic": whole("案件外"),
        "withdrawn": whole("取下げ"), "received": whole("届いたもの"),
    })));
    let counts = object(json!({
        "unit": { "type": "string", "enum": ["submission", "item"] }, "rule": text("件数の数え方"),
        "opinions": whole("意見の件数"), "submissions": whole("数えた提出の数(通)"),
        "submitters": whole("提出者の数"), "received": whole("届いたすべて(通)"),
        "items": whole("内容ごとの数"), "distinct_texts": whole("異なる文章の数"),
        "groups": whole("まとまりの数"), "views": whole("市の考え方の数"),
        "withheld": list(object(json!({ "reason": text("記号"), "label": text("理由"), "items": whole("件数") }))),
        "channels": channels,
    }));
    let items = list(object(json!({
        "no": whole("番号"), "group": { "type": ["integer", "null"], "description": "まとまりの番号" },
        "withheld": { "enum": reasons, "description": "公表しない理由" }, "withheld_note": text("理由の説明"),
        "paragraph": { "type": ["string", "null"] }, "place": text("箇所"),
        "organisation": text("団体名。団体が同意したときだけ"), "text": text("伏せ字をした全文。要旨だけの結果では空"),
    })));
    json!({
        "title": "意見募集の結果",
        "description": "意見(items)は必ず1つのまとまり(groups)に入るか、公表しない理由(withheld)を持つ。まとまりは1つの市の考え方(views)で答えられる。意見は人でも票でもない。",
        "type": "object",
        "properties": {
            "consultation": whole("意見募集の番号"),
            "version": whole("版。訂正のたびに1つ増える"),
            "published_on": day("この版を公表した日"),
            "title": text("案件名"),
            "draft_label": text("案の呼び名"),
            "unit": text("担当"),
            "noticed_on": day("公示日"), "opens_on": day("募集の初日"), "closes_on": day("募集の最終日"),
            "decision": { "type": "string", "enum": decisions, "description": "決めたこと" },
            "decision_label": text("決めたことの言葉"),
            "decided_on": day("決定した日"),
            "decision_note": text("決定の説明"),
            "reconsult": {
                "type": ["object", "null"], "description": "あらためて意見を募集するときの意見募集",
                "properties": { "id": whole("番号"), "title": text("案件名") },
            },
            "final_place": text("決定した文章を読める場所"),
            "full_texts": { "type": "boolean", "description": "意見の全文を載せているか。載せていないときは要旨だけ" },
            "originals_place": text("意見の全文を読める場所"),
            "correction_note": text("訂正の説明。第1版では空"),
            "counts": counts,
            "views": list(object(json!({
                "no": whole("番号"), "chapter": text("章"), "unit": text("答えた課"),
                "outcome": { "type": "string", "enum": outcomes }, "outcome_label": text("対応"),
                "view": text("市の考え方"), "reason": text("理由"), "changed_place": text("修正した箇所"),
                "old_text": text("修正前"), "new_text": text("修正後"), "groups": list(whole("答えたまとまり")),
            }))),
            "groups": list(object(json!({
                "no": whole("番号"), "view": whole("市の考え方の番号"), "chapter": text("章"),
                "paper": { "type": ["integer", "null"] }, "paragraph": { "type": ["string", "null"], "description": "段落の記号" },
                "place": text("箇所"), "gist": text("要旨"), "items": whole("意見の数"), "distinct_texts": whole("異なる文章の数"),
            }))),
            "changes": list(object(json!({
                "place": text("変わった箇所"), "old_text": text("前"), "new_text": text("後"), "reason": text("理由"),
                "view": { "type": ["integer", "null"], "description": "もとになった市の考え方。意見以外の理由では空" },
                "groups": list(whole("もとになったまとまり")),
            }))),
            "promises": list(object(json!({
                "body": text("行うこと"), "due_on": day("いつまでに"), "report": text("その後"),
                "reported_on": { "type": ["string", "null"], "format": "date" },
            }))),
            "items": items,
        },
    })
}
