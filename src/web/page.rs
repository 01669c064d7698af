//! The layout of both doors: head, header, navigation, breadcrumbs, footer. A handler writes
//! `page::citizen(&shell, "市長へ手紙を書く").errors(&errors).body(html! { … })` and nothing else.
//! A little long: each part that a page may have is a method here.

use maud::{DOCTYPE, Markup, html};

use super::assets::href;
use super::parts::{self, Errors};
pub use super::shell::{CITIZEN_NAV, City, Flash, NavEntry, STAFF_NAV, Shell, SignedIn};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Citizen,
    Staff,
}

/// A page being put together; [`Page::body`] finishes it.
#[must_use = "a page is nothing until .body(…)"]
pub struct Page<'a> {
    shell: &'a Shell,
    door: Door,
    title: &'a str,
    lead: Option<Markup>,
    hero: Option<Markup>,
    head_actions: Option<Markup>,
    crumbs: Vec<(&'a str, &'a str)>,
    errors: Option<&'a Errors>,
    scripts: Vec<&'static str>,
    feed: Option<(&'a str, &'a str)>,
    narrow: bool,
    sheet: bool,
}

/// A page of the citizens' door; as wide as a comfortable line of text unless [`Page::wide`].
pub fn citizen<'a>(shell: &'a Shell, title: &'a str) -> Page<'a> {
    Page::new(shell, title, Door::Citizen)
}

/// A page of the staff door; uses the whole width.
pub fn staff<'a>(shell: &'a Shell, title: &'a str) -> Page<'a> {
    Page::new(shell, title, Door::Staff)
}

impl<'a> Page<'a> {
    fn new(shell: &'a Shell, title: &'a str, door: Door) -> Self {
        let scripts = match door {
            Door::Citizen => vec!["once.js"],
            Door::Staff => vec!["once.js", "keys.js"],
        };
        Self {
            shell,
            door,
            title,
            lead: None,
            hero: None,
            head_actions: None,
            crumbs: Vec::new(),
            errors: None,
            scripts,
            feed: None,
            narrow: door == Door::Citizen,
            sheet: false,
        }
    }

    /// A sentence or two under the heading.
    pub fn lead(mut self, lead: Markup) -> Self {
        self.lead = Some(lead);
        self
    }

    /// In place of the heading: a band over the whole width that carries its own `h1` ([`parts::hero`]).
    pub fn hero(mut self, hero: Markup) -> Self {
        self.hero = Some(hero);
        self
    }

    /// Buttons beside the heading.
    pub fn actions(mut self, actions: Markup) -> Self {
        self.head_actions = Some(actions);
        self
    }

    /// One page above this one; call it once a level, outermost first. The door's first page stands before them.
    pub fn crumb(mut self, path: &'a str, name: &'a str) -> Self {
        self.crumbs.push((path, name));
        self
    }

    /// What was wrong with the form on this page: a summary right after the heading, the number in the title.
    pub fn errors(mut self, errors: &'a Errors) -> Self {
        if !errors.is_empty() {
            self.errors = Some(errors);
            self.scripts.push("focus.js");
        }
        self
    }

    /// One of the embedded scripts, such as `draft.js`. The page must work without it.
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// No script at all, for a page that shows somebody else's layout under a policy that allows none.
    pub fn still(mut self) -> Self {
        self.scripts.clear();
        self
    }

    /// The Atom feed of what this page lists.
    pub fn feed(mut self, path: &'a str, name: &'a str) -> Self {
        self.feed = Some((path, name));
        self
    }

    /// Lists and comparisons: use the whole width.
    pub fn wide(mut self) -> Self {
        self.narrow = false;
        self
    }

    /// A form in a wide door: no wider than a line of text.
    pub fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// The page carries a [`parts::Sheet`]: on paper nothing else is printed around it.
    pub fn sheet(mut self) -> Self {
        self.sheet = true;
        self
    }

    /// The whole document.
    #[expect(clippy::needless_pass_by_value, reason = "handlers write the body in place")]
    pub fn body(self, body: Markup) -> Markup {
        let city = &self.shell.city;
        let class = if self.door == Door::Citizen { "citizen" } else { "staff" };
        html! {
            (DOCTYPE)
            html lang="ja" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="format-detection" content="telephone=no, date=no, address=no";
                    meta name="color-scheme" content="light dark";
                    @if self.door == Door::Staff { meta name="robots" content="noindex, nofollow"; }
                    title {
                        @if let Some(errors) = self.errors { "入力内容をご確認ください(" (errors.len()) "件): " }
                        (self.title) " | "
                        @match self.door { Door::Citizen => "市長への手紙 ", Door::Staff => "広聴の仕事 " }
                        (city.name)
                    }
                    link rel="stylesheet" href=(href("hirokiku.css"));
                    link rel="icon" type="image/svg+xml" href=(href("favicon.svg"));
                    @if let Some((path, name)) = self.feed {
                        link rel="alternate" type="application/atom+xml" href=(path) title=(name);
                    }
                    @for name in &self.scripts { script type="module" src=(href(name)) {} }
                }
                body .(class) .has-sheet[self.sheet] {
                    a.skip href="#main" { "本文へ進む" }
                    @if city.demo { (demo_band(city)) }
                    @match self.door {
                        Door::Citizen => (citizen_header(self.shell)),
                        Door::Staff => (staff_header(self.shell)),
                    }
                    main #main tabindex="-1" {
                        @if let Some(hero) = &self.hero { (hero) }
                        .inner .narrow[self.narrow] {
                            .print-only .print-head { span { (city.name) " 広く聴く" } span { (self.title) } }
                            (self.breadcrumbs())
                            @if self.hero.is_none() { (self.heading()) }
                            @if let Some(flash) = &self.shell.flash {
                                .flash { (parts::notice(flash.tone, "", html! { p { (flash.text) } })) }
                            }
                            @if let Some(errors) = self.errors { (parts::error_summary(errors)) }
                            .stack { (body) }
                        }
                    }
                    (footer(self.shell, self.door))
                }
            }
        }
    }

    fn heading(&self) -> Markup {
        html! {
            .page-head {
                h1 { (self.title) }
                @if let Some(actions) = &self.head_actions { .actions { (actions) } }
                @if let Some(lead) = &self.lead { .lead { (lead) } }
            }
        }
    }

    fn breadcrumbs(&self) -> Markup {
        let first = match self.door {
            Door::Citizen => "ホーム",
            Door::Staff => "私の仕事",
        };
        html! {
            @if !self.crumbs.is_empty() {
                nav.crumbs aria-label="現在の位置" {
                    ol {
                        li { a href="/" { (first) } }
                        @for (path, name) in &self.crumbs { li { a href=(path) { (name) } } }
                        li { span aria-current="page" { (self.title) } }
                    }
                }
            }
        }
    }
}

fn demo_band(city: &City) -> Markup {
    html! {
        aside.demo aria-label="デモ環境" { p.inner { "これはデモ環境です。実際の" (city.name) "とは関係ありません。" } }
    }
}

fn wordmark(name: &str, under: &str) -> Markup {
    html! {
        a.wordmark href="/" {
            (parts::mark())
            span {
                span.wordmark-name { (name) }
                span.wordmark-city { (under) }
            }
        }
    }
}

fn citizen_header(shell: &Shell) -> Markup {
    html! {
        header.masthead {
            .inner {
                (wordmark("広く聴く", &format!("{} 市長への手紙", shell.city.name)))
                (nav(&CITIZEN_NAV, &shell.path, "主なページ"))
            }
        }
    }
}

fn staff_header(shell: &Shell) -> Markup {
    html! {
        header.bar.on-sea {
            .inner {
                (wordmark("広く聴く", &format!("{} 職員用", shell.city.name)))
                @if let Some(person) = &shell.staff {
                    (nav(&person.entries, &shell.path, "仕事の一覧"))
                    .who {
                        a href="/account" { span.soft { (person.unit) } br; (person.name) span.hidden-text { "(自分の設定)" } }
                        form.sign-out method="post" action="/sign-out" {
                            (parts::csrf(&person.csrf))
                            button.button.small type="submit" { "終了" span.hidden-text { "(サインアウト)" } }
                        }
                    }
                }
            }
        }
    }
}

fn nav(entries: &[NavEntry], path: &str, label: &str) -> Markup {
    let here = current(entries, path);
    html! {
        nav.nav aria-label=(label) {
            ul {
                @for entry in entries {
                    li {
                        a href=(entry.href) aria-current=[(here == Some(entry.href)).then_some("page")] {
                            (entry.label)
                            @if entry.waiting > 0 {
                                span.count { (parts::grouped(entry.waiting)) span.hidden-text { "件" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Pages of a consultation whose addresses do not begin with its own.
const OF_CONSULTATIONS: [&str; 7] =
    ["/answers", "/chapters", "/phrases", "/papers", "/imports", "/submissions", "/subscriptions"];

/// Pages of a letter whose addresses do not begin with its own.
const OF_LETTERS: [&str; 2] = ["/matters", "/replies"];

/// The entry a path belongs to: the longest one it begins with, at a slash; `/` only for itself.
fn current<'e>(entries: &'e [NavEntry], path: &str) -> Option<&'e str> {
    let below = |path: &str, href: &str| {
        path == href || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
    };
    let path = match path {
        path if OF_CONSULTATIONS.iter().any(|href| below(path, href)) => "/consultations",
        path if OF_LETTERS.iter().any(|href| below(path, href)) => "/letters",
        path if below(path, "/publications") => "/moderation",
        path => path,
    };
    entries.iter().map(|entry| entry.href).filter(|&href| below(path, href)).max_by_key(|href| href.len())
}

fn footer(shell: &Shell, door: Door) -> Markup {
    let city = &shell.city;
    html! {
        footer.foot.on-sea {
            .inner {
                @if door == Door::Citizen {
                    div {
                        p.office { (city.name) " " (city.office) }
                        p { (city.address) }
                        p { "電話 " (parts::phone(&city.phone)) }
                    }
                    nav aria-label="このサイトについて" {
                        ul {
                            li { a href="/privacy" { "個人情報の取扱い" } }
                            li { a href="/accessibility" { "アクセシビリティ" } }
                        }
                    }
                } @else {
                    p.soft { (city.name) " 広聴システム「広く聴く」" }
                    ul {
                        li { a href=(city.public_url) { "市民のページを見る" } }
                        li { button.button.small data-keys-open hidden type="button" { "キー操作の一覧" } }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shell(path: &str, demo: bool) -> Shell {
        let city = City {
            name: "下関市".into(),
            office: "広報広聴課".into(),
            phone: "083-000-0000".into(),
            address: "下関市南部町1番1号".into(),
            public_url: "http://localhost:8080".into(),
            demo,
            scanner: false,
        };
        Shell { city: Arc::new(city), path: path.into(), flash: None, staff: None }
    }

    #[test]
    fn the_title_names_the_page_then_the_service_then_the_city() {
        let page = citizen(&shell("/voices", false), "届いた声と答え").body(html! {}).into_string();
        assert!(page.contains("<title>届いた声と答え | 市長への手紙 下関市</title>"));
        assert!(page.contains("<h1>届いた声と答え</h1>"));
        assert!(page.contains(r#"<html lang="ja">"#));
    }

    #[test]
    fn a_demo_says_so_on_every_page_and_a_real_city_does_not() {
        let words = "これはデモ環境です。実際の下関市とは関係ありません。";
        assert!(citizen(&shell("/", true), "題").body(html! {}).into_string().contains(words));
        assert!(staff(&shell("/", true), "題").body(html! {}).into_string().contains(words));
        assert!(!citizen(&shell("/", false), "題").body(html! {}).into_string().contains(words));
    }

    #[test]
    fn the_summary_of_errors_stands_right_after_the_heading_and_in_the_title() {
        let mut errors = Errors::default();
        errors.add("body", "本文を入力してください");
        let shell = shell("/letters/new", false);
        let page = citizen(&shell, "手紙を書く").errors(&errors).body(html! { p { "本文" } }).into_string();
        assert!(page.contains("<title>入力内容をご確認ください(1件): 手紙を書く"));
        let (before, after) = page.split_once("error-summary").expect("the summary");
        assert!(before.contains("<h1>") && after.contains("<p>本文</p>"));
        assert!(page.contains("focus.js"));
    }

    #[test]
    fn a_page_belongs_to_the_longest_entry_its_path_begins_with() {
        for (path, entry) in [
            ("/", Some("/")),
            ("/letters", Some("/letters")),
            ("/letters/new", Some("/letters/new")),
            ("/letters/0198", Some("/letters")),
            ("/lettersend", None),
            ("/replies/12/print", Some("/letters")),
            ("/matters/12/replies/new", Some("/letters")),
            ("/publications/12", Some("/moderation")),
        ] {
            assert_eq!(current(&STAFF_NAV, path), entry, "{path}");
        }
    }

    #[test]
    fn staff_see_only_the_entries_they_were_given_and_nobody_else_sees_any() {
        let mut shell = shell("/letters", false);
        assert!(!staff(&shell, "サインイン").body(html! {}).into_string().contains("sign-out"));
        let entries = vec![NavEntry { waiting: 1200, ..NavEntry::new("/letters", "手紙") }];
        let (name, unit, csrf) = ("川棚 みどり".to_owned(), "広報広聴課".to_owned(), "t0ken".to_owned());
        shell.staff = Some(SignedIn { name, unit, csrf, entries });
        let page = staff(&shell, "手紙").body(html! {}).into_string();
        assert!(page.contains(r#"<a href="/letters" aria-current="page">手紙<span class="count">1,200"#));
        assert!(!page.contains("/people") && page.contains(r#"name="csrf" value="t0ken""#));
    }

    #[test]
    fn a_page_takes_its_looks_from_its_class_and_carries_no_inline_script_or_style() {
        let page = citizen(&shell("/", true), "題").script("draft.js").sheet().body(html! {}).into_string();
        assert!(page.contains(r#"<body class="citizen has-sheet">"#));
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"));
        assert!(
            page.split("<script").skip(1).all(|script| script.starts_with(r#" type="module" src="/assets/"#))
        );
    }
}
