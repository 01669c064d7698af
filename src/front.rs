//! The citizens' front page, the standing pages, and what machines ask: healthz, readyz, robots.txt, openapi.json.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::consultations::consultation::Phase;
use crate::consultations::{self, Shown};
use crate::error::Result;
use crate::mail::channels;
use crate::opinions::result;
use crate::publications::{self, publication::Voice};
use crate::web::page::{self, Shell};
use crate::web::parts::{self, Weight};
use crate::web::{App, Door, Shared, answer};

/// How many voices the front page shows.
const LATEST: i64 = 3;

/// `GET /`, with the latest voices; without them while the database is away, for a letter can be written all the same.
pub async fn front(req: HttpRequest, app: Shared) -> HttpResponse {
    // kept for everybody, so it knows nothing of who asks
    let shell = Shell { flash: None, ..app.shell(&req) };
    let Ok(edition) = app.edition().await else {
        return answer::page(front_page(&shell, &app, &[], &[]));
    };
    if let Some(kept) = app.kept.answer(&req, req.path()) {
        return kept;
    }
    let read = app.db.read(|db| Ok((publications::latest(db, LATEST)?, consultations::all_shown(db)?)));
    match read.await {
        Ok((voices, announced)) => {
            let page = front_page(&shell, &app, &voices, &announced).into_string();
            // what opens and closes by the clock is not kept
            let now = app.clock.now();
            let moves =
                announced.iter().any(|c| !matches!(c.period.phase(now), Phase::Closed | Phase::Cancelled));
            let keep = (!moves).then(|| req.path());
            app.kept.put(&req, edition, keep, "text/html; charset=utf-8", page)
        }
        Err(error) => {
            tracing::warn!(%error, "the front page is shown without voices");
            answer::page(front_page(&shell, &app, &[], &[]))
        }
    }
}

/// `GET /about`: how letters are handled.
pub async fn about(req: HttpRequest, app: Shared) -> HttpResponse {
    let shell = app.shell(&req);
    let body = html! {
        .prose.stack {
            (journey(&app))
            h2 { "返事をお送りしないことがあるもの" }
            ul {
                li { "営業や宣伝、宗教や政治の活動" }
                li { "人を傷つける内容、内容がくみ取れないもの" }
                li { "裁判になっていることや、別の手続き(意見募集・情報公開・請願など)があること" }
                li { "同じ内容に、すでにお答えしているもの" }
            }
            p { "返事をお送りしないときも、手紙は必ず読み、記録に残します。" }
            h2 { "公表について" }
            p { "「公表してもよい」とされた手紙は、お名前や、その方と分かるところを伏せて、返事とともにこのサイトに載せることがあります。別の職員がもう一度確かめてから載せます。" }
            p.way { a href="/voices" { "届いた声と答えを見る" } }
            h2 { "ウェブを使わない方法" }
            (other_ways(&shell))
        }
    };
    answer::page(page::citizen(&shell, "市長への手紙のしくみ").body(body))
}

/// `GET /privacy`: the purpose notice (個人情報保護法: shown before anything is asked).
pub async fn privacy(req: HttpRequest, app: Shared) -> HttpResponse {
    let shell = app.shell(&req);
    let body = html! {
        .prose.stack {
            h2 { "何のために使うか" }
            p { "お名前・住所・電話番号・メールアドレスは、返事をお送りするためと、手紙の内容をお尋ねするためだけに使います。法律に定めのある場合を除き、ほかのことには使わず、ほかへ渡しません。" }
            p { "年代・地区・市との関係は、どのような方から声が届いたかを数えるためだけに使います。" }
            h2 { "どのように守るか" }
            ul {
                li { "お名前と連絡先は、手紙の文とは別に、暗号にして保管します。" }
                li { "見ることができるのは、広聴の担当者と、手紙を受け持つ課の職員だけです。見るたびに、だれが何のために見たかを記録します。" }
                li { "手紙を公表するときは、お名前や、その方と分かるところを必ず伏せます。" }
                li { "添付されたファイルは、ホームページから見えない場所に保管します。" }
            }
            h2 { "書かなくてもよいこと" }
            p { "お名前も連絡先も書かずに、手紙を送ることができます。必要なのは、返事がほしいときだけです。" }
            h2 { "この画面が端末に残すもの" }
            p { "書きかけの文章を、お使いの端末の中にだけ14日間残します(送ると消えます)。なりすましを防ぐための小さな印(クッキー)を1つ使います。どなたかを追いかけるためのものや、よそのサイトのものは使いません。" }
            h2 { "見る・直す・やめるように求める" }
            p { "ご自分の情報を見たい、直したい、使うのをやめてほしいというときは、下の窓口にお申し出ください。" }
            (contact(&shell))
        }
    };
    answer::page(page::citizen(&shell, "個人情報の取扱い").body(body))
}

/// `GET /accessibility`.
pub async fn accessibility(req: HttpRequest, app: Shared) -> HttpResponse {
    let shell = app.shell(&req);
    let body = html! {
        .prose.stack {
            p.lead { "年齢や障害、お使いの機器にかかわらず、だれもが手紙を送り、返事を読めることを目指しています。" }
            h2 { "めざす水準" }
            p { "JIS X 8341-3:2016のレベルAAを目標にしています。第三者による試験は、まだ受けていません。" }
            h2 { "していること" }
            ul {
                li { "文字を200%に広げても、幅の狭い電話の画面でも、横に動かさずに読めます。" }
                li { "キーボードだけでも、画面読み上げでも、最後まで送れます。" }
                li { "スクリプトやクッキーを切っていても、手紙を送れます。" }
                li { "明るい画面と暗い画面の、どちらの設定にも合わせて表示します。" }
                li { "全角の数字、いろいろな横棒、半角のカナも、そのまま受け付けます。" }
                li { a href="/letters/new?plain_ja=yes" { "やさしい日本語の画面" } "から書くことができます。" }
            }
            h2 { "使いにくいところがあったら" }
            p { "お知らせください。電話・はがき・窓口でも、手紙をお受けします。" }
            (contact(&shell))
        }
    };
    answer::page(page::citizen(&shell, "アクセシビリティ").body(body))
}

/// `GET /healthz`: the program runs.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: the database answers. The staff door also names the ways in for mail that do not work: the answer is
/// 200 all the same, for letters can be written.
///
/// # Errors
/// 503 while it does not.
pub async fn readyz(app: Shared, door: web::Data<Door>) -> Result<HttpResponse> {
    app.db.answers().await?;
    let mut text = "ready\n".to_owned();
    if *door.get_ref() == Door::Staff {
        let now = app.clock.now();
        for channel in app.db.read(move |db| channels::alarms(db, now)).await? {
            let last = channel.worked_at.map_or("never".to_owned(), |at| at.to_rfc3339());
            text.push_str(&format!(
                "alarm: mail channel {} ({}), last success {last}\n",
                channel.name, channel.kind
            ));
        }
    }
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(text))
}

/// `GET /api/openapi.json`: the description of what machines may read.
pub async fn openapi(app: Shared) -> HttpResponse {
    let (mut paths, mut schemas) = (json!({}), json!({}));
    for (some_paths, some_schemas) in [publications::open_data::described(), result::schema::described()] {
        for (all, some) in [(&mut paths, some_paths), (&mut schemas, some_schemas)] {
            if let (Some(all), Value::Object(some)) = (all.as_object_mut(), some) {
                all.extend(some);
            }
        }
    }
    answer::for_all(HttpResponse::Ok().json(json!({
        "openapi": "3.1.0",
        "info": { "title": "広く聴く: 公表された市民の声と市の考え方、意見募集の結果", "version": "1" },
        "servers": [{ "url": app.city.public_url }],
        "paths": paths,
        "components": { "schemas": schemas },
    })))
}

/// `GET /robots.txt` of the citizens' door: published answers may be found, forms need not.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /letters\nDisallow: /receipts\nDisallow: /mails\nDisallow: /opinions\nDisallow: /subscriptions\nDisallow: /previews\n")
}

fn front_page(shell: &Shell, app: &App, voices: &[Voice], announced: &[Shown]) -> Markup {
    let now = app.clock.now();
    let open: Vec<&Shown> = announced.iter().filter(|c| c.period.phase(now) == Phase::Open).collect();
    let words = html! {
        p { "困っていること、気づいたこと、お礼のことば。" (shell.city.name) "の市長に、あなたの声をお聞かせください。" }
    };
    let actions = html! {
        (parts::link_button(Weight::Primary, "/letters/new", "手紙を書く"))
        (parts::link_button(Weight::Secondary, "/receipts", "送った手紙のその後を見る"))
        (parts::link_button(Weight::Secondary, "/voices", "届いた声と答えを読む"))
    };
    page::citizen(shell, "市長への手紙").hero(parts::hero("市長への手紙", words, actions)).body(html! {
        section.stack { (journey(app)) p.way { a href="/about" { "市長への手紙のしくみ" } } }
        @if !open.is_empty() {
            section.stack {
                h2 { "いま、ご意見を募集しています" }
                @for one in open { (consultations::views::card(one, now)) }
                p.way { a href="/consultations" { "意見募集をすべて見る" } }
            }
        }
        (publications::views::latest(voices))
        section.stack {
            h2 { "電話・はがき・窓口でも" }
            (other_ways(shell))
        }
        section.stack {
            h2 { "お急ぎのとき" }
            p { "火事・けが・急病は119番、事件・事故は110番へ。" }
        }
    })
}

fn journey(app: &App) -> Markup {
    let (usual, latest) = (app.config.reply_target_days, app.config.reply_statutory_days);
    html! {
        h2 { "手紙が届いたあと" }
        ol {
            li { strong { "すべて読みます。" } "広聴の担当者が読み、市長に報告します。" }
            li { strong { "担当の課が考えます。" } "内容に合う課が、できること、できないこと、そのわけを調べます。" }
            li { strong { "返事をお送りします。" } "返事を希望された方に、ふつう" (usual) "日以内、遅くとも" (latest) "日以内にお送りします。時間がかかるときは、途中でお知らせします。" }
            li { strong { "途中の様子が見られます。" } "受付番号と確認番号で、いまどの課にあるかが分かります。会員登録はいりません。" }
        }
    }
}

fn other_ways(shell: &Shell) -> Markup {
    let city = &shell.city;
    html! {
        (parts::facts([
            ("はがき・封書", html! { (city.address) br; (city.name) " 市長あて" }),
            ("電話", html! { (parts::phone(&city.phone)) br; "平日 8時30分から17時15分まで" }),
            ("窓口", html! { (city.office) br; "総合支所・支所の窓口でもお預かりします。" }),
        ]))
    }
}

fn contact(shell: &Shell) -> Markup {
    let city = &shell.city;
    parts::facts([
        ("窓口", html! { (city.name) " " (city.office) }),
        ("住所", html! { (city.address) }),
        ("電話", parts::phone(&city.phone)),
    ])
}
