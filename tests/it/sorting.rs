//! Sorting: items in groups from the start, every act with its way back, copies with what each adds, and sums that add up.

use std::fmt::Write as _;
use std::time::Instant as Watch;

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use hirokiku::db::schema::{opinion_group, opinion_item, submission};
use hirokiku::error::Error;
use hirokiku::opinions::act::{Chosen, Done, Seen};
use hirokiku::opinions::acts::{self, Cut};
use hirokiku::opinions::item::Withheld;
use hirokiku::opinions::sums::Sums;
use hirokiku::opinions::{self, alike, store};
use hirokiku::people::Viewer;
use hirokiku::people::session;
use hirokiku::safekeeping::verify;
use hirokiku::text::{l0, l1};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::app::TestApp;
use crate::consultations::{announced, sent};

/// A submission: its points, its sender.
type Sent<'a> = (&'a [&'a str], Option<&'a str>);

/// Puts submissions into the database as the form would, many at a time.
pub fn arrived(app: &TestApp, consultation: i64, sent: &[Sent<'_>]) -> Vec<i64> {
    let before: i64 = app.read(|db| {
        Ok(submission::table.select(diesel::dsl::max(submission::id)).first::<Option<i64>>(db)?.unwrap_or(0))
    });
    for (block, rows) in sent.chunks(500).enumerate() {
        let mut sql = String::new();
        let at = |nth: usize| before + i64::try_from(block * 500 + nth).expect("few") + 1;
        let quoted = |text: &str| text.replace('\'', "''");
        let mut submissions = Vec::new();
        let mut points = Vec::new();
        for (nth, (texts, sender)) in rows.iter().enumerate() {
            let (id, whole) = (at(nth), texts.join("\n\n\n"));
            let sender = sender.map_or("NULL".to_owned(), |s| format!("'{}'", quoted(s)));
            submissions.push(format!(
                "({id}, {consultation}, '{id:012}', 'x', 'web', 'received', '', '2026-04-{:02}', '2026-04-01 00:{:02}:00', '{}', '{}', '{}', '', \
                 FALSE, {sender}, FALSE, 1)",
                nth % 20 + 1,
                nth % 60,
                quoted(&whole),
                l0(whole.as_bytes()),
                l1(&whole),
            ));
            for (no, text) in texts.iter().enumerate() {
                points.push(format!(
                    "({id}, {}, '', '{}', '', '{}', '{}')",
                    no + 1,
                    quoted(text),
                    l0(text.as_bytes()),
                    l1(text)
                ));
            }
        }
        let _ = write!(
            sql,
            "INSERT INTO submission (id, consultation_id, receipt_code, secret_mac, channel, state, missing, received_on, received_at, \
             text_original, text_exact, text_key, relation, anonymous, sender_mark, org_publish_ok, version) VALUES {};\
             INSERT INTO submission_point (submission_id, no, target, opinion, reason, text_exact, text_key) VALUES {};",
            submissions.join(", "),
            points.join(", ")
        );
        app.write(move |db| Ok(db.batch_execute(&sql)?));
    }
    (before + 1..=before + i64::try_from(sent.len()).expect("few")).collect()
}

fn cut_all(app: &TestApp) {
    let now = app.clock.now();
    while app.write(move |db| opinions::itemise(db, now, 200)) > 0 {}
}

fn sums(app: &TestApp, id: i64) -> Sums {
    let sums = app.read(|db| store::sums(db, id));
    assert_eq!(sums.faults(), Vec::<String>::new(), "{sums:?}");
    sums
}

/// The clerk as verbs know her.
fn clerk(app: &TestApp) -> Viewer {
    let browser = app.staff("clerk");
    let token = browser.cookies.lock().expect("one thread").get("hk_staff").cloned().expect("signed in");
    let now = app.clock.now();
    app.read(|db| session::viewer(db, &token, now))
}

fn groups(app: &TestApp, id: i64) -> Vec<(Seen, i64)> {
    app.read(|db| {
        Ok(store::groups(db, id)?
            .into_iter()
            .map(|(g, n)| (Seen { id: g.id, version: g.version }, n))
            .collect())
    })
}

fn items(app: &TestApp, group: i64) -> Vec<Seen> {
    app.read(|db| {
        Ok(store::items_in(db, group, 0, 100_000)?
            .into_iter()
            .map(|i| Seen { id: i.id, version: i.version })
            .collect())
    })
}

/// Does an act as the clerk.
fn act(
    app: &TestApp,
    f: impl Fn(&mut hirokiku::db::Db, &Viewer, DateTime<Utc>) -> hirokiku::error::Result<Done> + Send + 'static,
) -> Result<Done, Error> {
    let (viewer, now) = (clerk(app), app.clock.now());
    app.app.db.write_now(move |db| f(db, &viewer, now))
}

/// An item: its number, group, reason for withholding, whether it stands, its paragraph.
type Standing = (i64, Option<i64>, Option<String>, bool, Option<String>);

/// Where every item stands: what undoing has to restore.
fn picture(app: &TestApp) -> Vec<Standing> {
    app.read(|db| {
        Ok(opinion_item::table
            .order(opinion_item::id)
            .select((
                opinion_item::id,
                opinion_item::group_id,
                opinion_item::withheld,
                opinion_item::removed_at.is_null(),
                opinion_item::paragraph,
            ))
            .load(db)?)
    })
}

#[actix_web::test]
async fn three_equal_opinions_of_three_people_are_three_submissions_one_text_and_one_group() {
    let app = TestApp::new();
    let id = announced(&app).await;
    for name in ["長田 結", "安岡 岬", "彦島 商"] {
        sent(&app, id, &[("opinion", "・髙橋です。道を広げてください"), ("name", name)]).await;
    }
    sent(&app, id, &[("opinion", "髙橋です 道を広げてください。"), ("name", "小月 灯")]).await;
    sent(&app, id, &[("opinion", "高橋です。道を広げてください"), ("name", "王司 進")]).await;
    cut_all(&app);
    let sums = sums(&app, id);
    assert_eq!((sums.submissions, sums.items, sums.groups, sums.texts, sums.senders), (5, 5, 2, 2, 5));
    let page = app.staff("clerk").get(&format!("/consultations/{id}/groups")).await;
    page.shows("届いたもの <strong>5</strong>通 = 件数に入る 5")
        .shows("(異なる文章 ")
        .shows("意見項目 <strong>5</strong>件 = まとまりの中 5");
    let group = groups(&app, id)[0].0.id;
    let page = app.staff("clerk").get(&format!("/consultations/{id}/groups/{group}")).await;
    page.shows("同文 <strong>4</strong>件").shows("空白や記号の違い 2とおり").hides("長田 結");
}

#[actix_web::test]
async fn groups_are_merged_and_split_and_any_act_goes_back() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(
        &app,
        id,
        &[
            (&["一つ目の意見です。"], None),
            (&["二つ目の意見です。"], None),
            (&["三つ目の意見です。"], Some("a")),
        ],
    );
    cut_all(&app);
    let before = picture(&app);
    let seen: Vec<Seen> = groups(&app, id).into_iter().map(|g| g.0).collect();
    assert_eq!(seen.len(), 3);
    let all = seen.clone();
    let merged = act(&app, move |db, v, now| acts::merge(db, v, now, id, &all, None)).expect("merged");
    let target = merged.group.expect("the group");
    assert_eq!((merged.items, groups(&app, id).len()), (2, 1));
    // the page that showed three groups is out of date
    let again = seen.clone();
    let stale = act(&app, move |db, v, now| acts::merge(db, v, now, id, &again, None));
    assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
    let one = items(&app, target)[2];
    let split = act(&app, move |db, v, now| acts::split(db, v, now, id, &[one])).expect("split");
    assert_eq!(groups(&app, id).len(), 2);
    // the merge is not the last act: one of its items was moved on, and it says by whom
    let refused = act(&app, move |db, v, now| acts::undo(db, v, now, merged.act, false));
    let Err(Error::Refused(why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("意見 募さんが「分けた」(1件)"), "{why}");
    let part =
        act(&app, move |db, v, now| acts::undo(db, v, now, merged.act, true)).expect("the rest goes back");
    assert_eq!(part.items, 1);
    sums(&app, id);
    // undone again, then the split, then the merge as a whole
    act(&app, move |db, v, now| acts::undo(db, v, now, part.act, false)).expect("the undoing goes back");
    act(&app, move |db, v, now| acts::undo(db, v, now, split.act, false)).expect("the split goes back");
    act(&app, move |db, v, now| acts::undo(db, v, now, merged.act, false)).expect("the merge goes back");
    assert_eq!(picture(&app), before);
    assert_eq!(groups(&app, id).len(), 3);
    sums(&app, id);
    app.staff("clerk").get(&format!("/consultations/{id}/acts")).await.shows("取消し済み");
}

#[actix_web::test]
async fn what_is_withheld_has_a_reason_is_counted_and_comes_back() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(
        &app,
        id,
        &[(&["隣の家の山田太郎さんが悪いと思います。"], None), (&["街灯を増やしてください。"], None)],
    );
    cut_all(&app);
    let browser = app.staff("clerk");
    let path = format!("/consultations/{id}");
    let one = items(&app, groups(&app, id)[0].0.id)[0].value();
    let fields = |reason: &'static str| {
        [
            ("csrf", "csrf-clerk".to_owned()),
            ("act", "withhold".to_owned()),
            ("items[]", one.clone()),
            ("reason", reason.to_owned()),
        ]
    };
    let send = async |fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post(&format!("{path}/acts"), &fields).await
    };
    assert_eq!(send(&fields("")).await.status, 422);
    send(&fields("other")).await.shows("理由を言葉で書いてください");
    assert_eq!(send(&fields("third_party_harm")).await.status, 303);
    let now = sums(&app, id);
    assert_eq!((now.items, now.grouped, now.withheld), (2, 1, 1));
    let page = browser.get(&format!("{path}/withheld")).await;
    page.shows("第三者の権利利益を害するおそれがあるため").shows("山田太郎");
    let item: i64 = app.read(|db| {
        Ok(opinion_item::table
            .filter(opinion_item::withheld.is_not_null())
            .select(opinion_item::id)
            .first(db)?)
    });
    let version = app.read(|db| store::item(db, item)).version;
    let seen = Seen { id: item, version };
    act(&app, move |db, v, now| acts::bring_back(db, v, now, id, &[seen])).expect("back");
    assert_eq!(sums(&app, id).withheld, 0);
    assert_eq!(groups(&app, id).len(), 2);
}

#[actix_web::test]
async fn a_submission_is_cut_by_selection_or_by_sentences_and_the_old_cut_comes_back() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let text = "はじめまして。歩道を広げてください。\n𠮷田町の街灯も増やしてください。";
    arrived(&app, id, &[(&[text, "二つ目の欄です。"], None), (&["歩道を広げてください"], None)]);
    cut_all(&app);
    let before = picture(&app);
    let browser = app.staff("clerk");
    let path = format!("/consultations/{id}/submissions/1/items");
    let page = browser.get(&path).await;
    page.shows("文章のすべてが、どれかの項目に入っています").shows("はじめまして。");
    let seen = page.input("seen").expect("what the page was made from");
    // without script: the second sentence
    let by_sentence = [
        ("csrf", "csrf-clerk"),
        ("point", "1"),
        ("seen", &*seen),
        ("from", "1"),
        ("to", "1"),
        ("how", "item"),
        ("place", "1:p2"),
    ];
    assert_eq!(browser.post(&path, &by_sentence).await.status, 303);
    let texts: Vec<String> = app.read(|db| {
        let standing = store::items_of(db, 1)?;
        let words = store::texts(db, &standing.iter().map(|i| i.id).collect::<Vec<_>>())?;
        Ok(standing.iter().map(|i| words[&i.id].clone()).collect())
    });
    assert_eq!(
        texts,
        ["はじめまして。", "歩道を広げてください。", "𠮷田町の街灯も増やしてください。", "二つ目の欄です。"]
    );
    // equal to what somebody else wrote, it is in that one's group
    assert_eq!(groups(&app, id).iter().filter(|g| g.1 == 2).count(), 1);
    // a page that is out of date changes nothing
    let stale = browser.post(&path, &by_sentence).await;
    assert_eq!(stale.status, 409);
    // the greeting is no opinion
    let seen = browser.get(&path).await.input("seen").expect("what it was made from");
    let out = [
        ("csrf", "csrf-clerk"),
        ("point", "1"),
        ("seen", &*seen),
        ("start", "0"),
        ("end", "7"),
        ("how", "out"),
    ];
    assert_eq!(browser.post(&path, &out).await.status, 303);
    browser.get(&path).await.shows("どの項目にも入っていない文章").shows("<li>はじめまして。</li>");
    assert_eq!(sums(&app, id).items, 4);
    let cuts: Vec<i64> = app.read(|db| {
        Ok(store::acts(db, id, None, Some(1), i64::MAX, 9)?.into_iter().map(|(act, _)| act.id).collect())
    });
    let first = cuts[1];
    let refused = act(&app, move |db, v, now| acts::undo(db, v, now, first, true));
    assert!(matches!(refused, Err(Error::Refused(_))), "half a cut is no cut: {refused:?}");
    for cut in cuts {
        act(&app, move |db, v, now| acts::undo(db, v, now, cut, false)).expect("the cut goes back");
    }
    let standing = |picture: Vec<Standing>| picture.into_iter().filter(|row| row.3).collect::<Vec<_>>();
    assert_eq!(standing(picture(&app)), standing(before));
}

#[actix_web::test]
async fn items_follow_the_state_of_their_submission_and_come_back_where_they_stood() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(&app, id, &[(&["一つ目。"], None), (&["二つ目。"], None)]);
    cut_all(&app);
    let seen: Vec<Seen> = groups(&app, id).into_iter().map(|g| g.0).collect();
    let state = |to: &str| {
        let sql = format!("UPDATE submission SET state = '{to}' WHERE id = 1");
        app.write(move |db| Ok(db.batch_execute(&sql)?));
    };
    state("off_topic");
    cut_all(&app);
    let now = sums(&app, id);
    assert_eq!((now.counted, now.off_topic, now.items, now.groups), (1, 1, 1, 1));
    // its group goes into another meanwhile
    act(&app, move |db, v, now| acts::merge(db, v, now, id, &seen, Some(seen[1].id))).expect("merged");
    state("accepted");
    cut_all(&app);
    let now = sums(&app, id);
    assert_eq!((now.counted, now.items, now.groups), (2, 2, 1));
    let acts_before: i64 =
        app.read(|db| Ok(hirokiku::db::schema::sorting_act::table.count().get_result(db)?));
    cut_all(&app);
    let acts_after: i64 =
        app.read(|db| Ok(hirokiku::db::schema::sorting_act::table.count().get_result(db)?));
    assert_eq!(acts_before, acts_after, "nothing changed, nothing is done");
    // one that turns out to be late loses them, and stays late
    app.write(|db| Ok(db.batch_execute("UPDATE submission SET state = 'late' WHERE id = 2")?));
    cut_all(&app);
    let now = sums(&app, id);
    assert_eq!((now.late, now.counted, now.items), (1, 1, 1));
}

#[actix_web::test]
async fn sorting_begins_when_the_period_is_over() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let browser = app.staff("clerk");
    let path = format!("/consultations/{id}");
    let begin = [("csrf", "csrf-clerk")];
    assert_eq!(browser.post(&format!("{path}/sortings"), &begin).await.status, 422);
    browser.get(&format!("{path}/groups")).await.hides("整理を始める").shows("まだ意見はありません");
    app.clock.set("2026-04-30T15:00:00Z".parse().expect("a time"));
    let browser = app.staff("clerk");
    browser.get(&format!("{path}/groups")).await.shows("整理を始める");
    assert_eq!(browser.post(&format!("{path}/sortings"), &begin).await.status, 303);
    browser.get(&path).await.shows("意見の整理中");
    assert_eq!(browser.post(&format!("{path}/sortings"), &begin).await.status, 422);
}

#[actix_web::test]
async fn a_gist_that_cannot_be_saved_is_given_back() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(&app, id, &[(&["街灯を増やしてください。"], None)]);
    cut_all(&app);
    let group = groups(&app, id)[0].0;
    let browser = app.staff("clerk");
    let path = format!("/consultations/{id}/acts");
    let save = async |gist: &str, seen: Seen| {
        let seen = seen.value();
        browser
            .post(&path, &[("csrf", "csrf-clerk"), ("act", "gist"), ("groups[]", &seen), ("gist", gist)])
            .await
    };
    let long = "長".repeat(acts::GIST_LIMIT + 1);
    let again = save(&long, group).await;
    assert_eq!(again.status, 422);
    again.shows("要旨は2000字までにしてください").shows(&long);
    assert_eq!(save("街灯を増やしてほしい。", group).await.status, 303);
    let stale = save("別の人が同時に書いた要旨。", group).await;
    assert_eq!(stale.status, 422);
    stale.shows("別の人が同時に書いた要旨。").shows("街灯を増やしてほしい。");
}

/// A letter that ten thousand send, three hundred with words of their own.
const TEMPLATE: &str = "図書館の移転に反対します。いまの場所は駅から近く、坂の上に住む者にも通いやすいところです。移転の費用は百億円と聞きますが、\
     手すりを直せばあと二十年は使えるはずです。説明会では修繕の内訳が示されませんでした。計画を見直してください。";

#[actix_web::test]
async fn of_ten_thousand_copies_all_three_hundred_additions_are_on_the_screen() {
    let app = TestApp::new();
    let id = announced(&app).await;
    let own: Vec<String> = (0..300)
        .map(|n| format!("{TEMPLATE}わたしの家は坂の上の{n}番地で、孫が{}人います。", n % 7 + 1))
        .collect();
    let own_texts: Vec<[&str; 1]> = own.iter().map(|text| [text.as_str()]).collect();
    let plain: [&str; 1] = [TEMPLATE];
    let senders: Vec<String> = (0..10_000).map(|n| format!("mark{n}")).collect();
    let sent: Vec<Sent<'_>> = senders
        .iter()
        .enumerate()
        .map(|(n, sender)| {
            let texts: &[&str] = if n % 33 == 0 && n / 33 < 300 { &own_texts[n / 33] } else { &plain };
            (texts, Some(sender.as_str()))
        })
        .collect();
    arrived(&app, id, &sent);
    let watch = Watch::now();
    cut_all(&app);
    eprintln!("cut 10,000 submissions in {:?}", watch.elapsed());
    let before = sums(&app, id);
    assert_eq!(
        (before.submissions, before.items, before.groups, before.texts, before.senders),
        (10_000, 10_000, 301, 301, 10_000)
    );
    let watch = Watch::now();
    while alike::run(&app.app).expect("the search goes on") {}
    eprintln!("searched 301 texts in {:?}", watch.elapsed());
    let browser = app.staff("clerk");
    let path = format!("/consultations/{id}");
    let list = browser.get(&format!("{path}/suggestions")).await;
    list.shows("301種類の文章を比べました").shows("図書館の移転に反対します。");
    let family = app.read(|db| store::families(db, id, 0, 9));
    assert_eq!((family.len(), family[0].members, family[0].items), (1, 300, 300));
    let model = family[0].group_id;
    let page = browser.get(&format!("{path}/suggestions/{model}")).await;
    for n in 0..300 {
        page.shows(&format!("坂の上の{n}番地"));
    }
    // nothing was put together by itself
    assert_eq!(sums(&app, id).groups, 301);
    let fields: Vec<(String, String)> = [("csrf", "csrf-clerk"), ("act", "all"), ("count", "300")]
        .into_iter()
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let watch = Watch::now();
    assert_eq!(browser.post(&format!("{path}/suggestions/{model}"), &fields).await.status, 303);
    eprintln!("merged in {:?}", watch.elapsed());
    let after = sums(&app, id);
    assert_eq!((after.items, after.groups, after.submissions), (10_000, 1, 10_000));
    // in the group, every addition is still there
    let page = browser.get(&format!("{path}/groups/{model}")).await;
    page.shows("同文 <strong>9,700</strong>件").shows("うち300が言葉を加えています");
    for n in 0..300 {
        page.shows(&format!("坂の上の{n}番地"));
    }
    // ten thousand items move in one act, and go back in one
    let group = groups(&app, id)[0].0;
    let watch = Watch::now();
    let done = act(&app, move |db, v, now| {
        acts::withhold(db, v, now, id, Chosen::Groups(&[group]), Withheld::Other, "試しに")
    })
    .expect("withheld");
    eprintln!("withheld {} items in {:?}", done.items, watch.elapsed());
    assert_eq!(sums(&app, id).withheld, 10_000);
    let watch = Watch::now();
    act(&app, move |db, v, now| acts::undo(db, v, now, done.act, false)).expect("back");
    eprintln!("undone in {:?}", watch.elapsed());
    assert_eq!(sums(&app, id).grouped, 10_000);
}

#[actix_web::test]
async fn what_was_said_to_be_no_copy_is_not_proposed_again_until_that_is_taken_back_and_a_stopped_search_waits()
 {
    let app = TestApp::new();
    let id = announced(&app).await;
    let mine = format!("{TEMPLATE}それでも、古い建物の耐震は心配です。");
    let theirs = format!("はじめて意見を出します。{TEMPLATE}");
    arrived(&app, id, &[(&[TEMPLATE], None), (&[TEMPLATE], None), (&[&mine], None), (&[&theirs], None)]);
    cut_all(&app);
    while alike::run(&app.app).expect("the search goes on") {}
    let family = app.read(|db| store::families(db, id, 0, 9));
    let model = family[0].group_id;
    let members = app.read(|db| store::members(db, id, model, 0, 9));
    assert_eq!(members.len(), 2);
    let (browser, path) = (app.staff("clerk"), format!("/consultations/{id}"));
    let one = format!("{}:{}", members[0].group_id, members[0].version);
    let fields = [("csrf", "csrf-clerk"), ("act", "dismiss"), ("groups[]", &*one)];
    assert_eq!(browser.post(&format!("{path}/suggestions/{model}"), &fields).await.status, 303);
    assert_eq!(app.read(|db| store::members(db, id, model, 0, 9)).len(), 1);
    let press = async |run: &str| {
        let fields = [("csrf", "csrf-clerk"), ("run", run)];
        assert_eq!(browser.post(&format!("{path}/suggestion-runs"), &fields).await.status, 303);
    };
    press("stop").await;
    assert!(!alike::run(&app.app).expect("nothing to do"));
    browser.get(&format!("{path}/suggestions")).await.shows("止めました").shows("続ける");
    press("go").await;
    while alike::run(&app.app).expect("the search goes on") {}
    assert_eq!(
        app.read(|db| store::members(db, id, model, 0, 9)).len(),
        1,
        "not proposed by the next search"
    );
    // the way back stands where the last act does, and each way back has its own
    let page = browser.get(&format!("{path}/suggestions/{model}")).await;
    page.shows("似ていても別の意見とした(1種類の文章)").shows("取り消す");
    for (members, why) in [(2, "taken back"), (1, "that taken back"), (2, "and that too")] {
        let newest = app.read(|db| store::acts(db, id, None, None, i64::MAX, 1))[0].0.id;
        let undo = format!("{path}/acts/{newest}/undos");
        assert_eq!(browser.post(&undo, &[("csrf", "csrf-clerk")]).await.status, 303);
        assert_eq!(app.read(|db| store::members(db, id, model, 0, 9)).len(), members, "{why}");
    }
    // what was taken back may be said again
    assert_eq!(browser.post(&format!("{path}/suggestions/{model}"), &fields).await.status, 303);
    assert_eq!(app.read(|db| store::members(db, id, model, 0, 9)).len(), 1);
}

#[actix_web::test]
async fn the_database_itself_keeps_items_in_one_place_and_acts_as_they_were() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(&app, id, &[(&["一つ目。"], None), (&["二つ目。"], None)]);
    cut_all(&app);
    let seen: Vec<Seen> = groups(&app, id).into_iter().map(|g| g.0).collect();
    act(&app, move |db, v, now| acts::merge(db, v, now, id, &seen, None)).expect("merged");
    let dead: i64 = app.read(|db| {
        Ok(opinion_group::table
            .filter(opinion_group::merged_into.is_not_null())
            .select(opinion_group::id)
            .first(db)?)
    });
    let refused = |sql: String| {
        let done = app.app.db.write_now(move |db| Ok(db.batch_execute(&sql)?));
        assert!(done.is_err(), "the database took it");
    };
    refused(format!("UPDATE opinion_item SET group_id = {dead} WHERE id = 1"));
    refused("UPDATE opinion_item SET group_id = NULL WHERE id = 1".to_owned());
    refused("UPDATE opinion_item SET withheld = 'ongoing' WHERE id = 1".to_owned());
    refused("UPDATE opinion_item SET end_char = 2 WHERE id = 1".to_owned());
    refused("DELETE FROM opinion_item".to_owned());
    refused("DELETE FROM sorting_act".to_owned());
    refused("DELETE FROM sorting_move".to_owned());
    refused("UPDATE sorting_move SET to_group = 1".to_owned());
    refused("UPDATE sorting_act SET kind = 'split'".to_owned());
    refused("UPDATE sorting_change SET to_gist = '別の要旨'".to_owned());
}

#[actix_web::test]
async fn verify_finds_an_item_that_is_not_what_was_cut() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(&app, id, &[(&["歩道を広げてください。"], None)]);
    cut_all(&app);
    let of_items = |app: &TestApp| {
        verify(&app.app).faults.into_iter().filter(|f| f.contains("意見")).collect::<Vec<_>>()
    };
    assert_eq!(of_items(&app), Vec::<String>::new());
    let wrong = "INSERT INTO opinion_item (consultation_id, submission_id, point_no, start_char, end_char, text_exact, text_key, group_id, \
         withheld_note, made_at, version) SELECT consultation_id, submission_id, 1, 0, 2, 'x', 'y', group_id, '', made_at, 1 FROM opinion_item";
    app.write(move |db| Ok(db.batch_execute(wrong)?));
    assert_eq!(of_items(&app), ["意見項目 2 が、提出された文章と違います"]);
}

/// Something a clerk does, with chance for what it is done to.
#[derive(Clone, Debug)]
enum Deed {
    Merge(usize, usize),
    Split(usize),
    Move(usize, usize),
    Withhold(usize),
    WithholdGroup(usize),
    BringBack(usize),
    Cut(usize, usize),
    State(usize, usize),
    Undo(usize, bool),
}

fn deeds() -> impl Strategy<Value = Deed> {
    let n = 0..1000_usize;
    prop_oneof![
        (n.clone(), n.clone()).prop_map(|(a, b)| Deed::Merge(a, b)),
        n.clone().prop_map(Deed::Split),
        (n.clone(), n.clone()).prop_map(|(a, b)| Deed::Move(a, b)),
        n.clone().prop_map(Deed::Withhold),
        n.clone().prop_map(Deed::WithholdGroup),
        n.clone().prop_map(Deed::BringBack),
        (n.clone(), n.clone()).prop_map(|(a, b)| Deed::Cut(a, b)),
        (n.clone(), n.clone()).prop_map(|(a, b)| Deed::State(a, b)),
        (n, any::<bool>()).prop_map(|(a, b)| Deed::Undo(a, b)),
    ]
}

/// Does a deed as far as there is something to do it to; a refusal is no failure, an inner error is.
fn perform(app: &TestApp, id: i64, deed: &Deed) {
    let standing: Vec<Seen> = app.read(|db| {
        Ok(opinion_item::table
            .filter(opinion_item::removed_at.is_null())
            .order(opinion_item::id)
            .select((opinion_item::id, opinion_item::version))
            .load::<(i64, i64)>(db)?
            .into_iter()
            .map(|(id, version)| Seen { id, version })
            .collect())
    });
    let living: Vec<Seen> = groups(app, id).into_iter().map(|g| g.0).collect();
    let pick = |list: &[Seen], n: usize| if list.is_empty() { None } else { Some(list[n % list.len()]) };
    let done = match *deed {
        Deed::Merge(a, b) => {
            let (Some(a), Some(b)) = (pick(&living, a), pick(&living, b)) else { return };
            act(app, move |db, v, now| acts::merge(db, v, now, id, &[a, b], None))
        }
        Deed::Split(a) => {
            let Some(a) = pick(&standing, a) else { return };
            act(app, move |db, v, now| acts::split(db, v, now, id, &[a]))
        }
        Deed::Move(a, b) => {
            let (Some(a), Some(b)) = (pick(&standing, a), pick(&living, b)) else { return };
            act(app, move |db, v, now| acts::shift(db, v, now, id, &[a], b.id))
        }
        Deed::Withhold(a) => {
            let Some(a) = pick(&standing, a) else { return };
            act(app, move |db, v, now| {
                acts::withhold(db, v, now, id, Chosen::Items(&[a]), Withheld::Ongoing, "")
            })
        }
        Deed::WithholdGroup(a) => {
            let Some(a) = pick(&living, a) else { return };
            act(app, move |db, v, now| {
                acts::withhold(db, v, now, id, Chosen::Groups(&[a]), Withheld::Identifiable, "")
            })
        }
        Deed::BringBack(a) => {
            let Some(a) = pick(&standing, a) else { return };
            act(app, move |db, v, now| acts::bring_back(db, v, now, id, &[a]))
        }
        Deed::Cut(a, b) => {
            let submission = i64::try_from(a % 6).expect("few") + 1;
            let end = i64::try_from(b % 5).expect("few") + 1;
            let seen = app.read(|db| Ok(acts::cuts_seen(&store::items_of(db, submission)?)));
            let cuts = [(0, end), (end, 7)].map(|at| Cut { point_no: 1, at, place: None });
            act(app, move |db, v, now| acts::recut(db, v, now, submission, &seen, &cuts))
        }
        Deed::State(a, b) => {
            let state = ["received", "off_topic", "withdrawn", "accepted", "incomplete"][b % 5];
            let sql = format!("UPDATE submission SET state = '{state}' WHERE id = {}", a % 6 + 1);
            app.write(move |db| Ok(db.batch_execute(&sql)?));
            cut_all(app);
            return;
        }
        Deed::Undo(a, part) => {
            let all = app.read(|db| store::acts(db, id, None, None, i64::MAX, 1000));
            if all.is_empty() {
                return;
            }
            let one = all[a % all.len()].0.id;
            act(app, move |db, v, now| acts::undo(db, v, now, one, part))
        }
    };
    match done {
        Ok(_) | Err(Error::Refused(_) | Error::Stale(_)) => {}
        Err(why) => panic!("{deed:?}: {why}"),
    }
}

#[actix_web::test]
async fn every_sum_holds_whatever_is_split_merged_moved_withheld_and_undone() {
    let app = TestApp::new();
    let id = announced(&app).await;
    arrived(
        &app,
        id,
        &[
            (&["街灯を増やす。"], None),
            (&["街灯を増やす!"], Some("a")),
            (&["歩道を広げる。", "木を植える案。"], Some("a")),
            (&["木を植える案。"], None),
            (&["反対します案。"], Some("b")),
            (&["賛成します案。"], None),
        ],
    );
    cut_all(&app);
    // one house, many walks: each goes on from where the last one left it
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    runner
        .run(&prop::collection::vec(deeds(), 1..16), |walk| {
            for deed in &walk {
                perform(&app, id, deed);
                let sums = app.read(|db| store::sums(db, id));
                prop_assert_eq!(sums.faults(), Vec::<String>::new(), "{:?}", deed);
                prop_assert_eq!(sums.submissions, 6);
            }
            Ok(())
        })
        .expect("every walk keeps the sums");
    let faults = verify(&app.app).faults;
    assert!(!faults.iter().any(|f| f.contains("意見")), "{faults:?}");
}
