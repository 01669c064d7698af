//! Tables, tiles, tabs, pagers, steps: what finds and orders things.

use maud::{Markup, Render, html};

use super::{Tone, grouped};

/// One column of a [`Table`]; made by [`head`], [`col`] and [`num`].
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    label: &'a str,
    kind: ColumnKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnKind {
    Head,
    Plain,
    Number,
}

/// The column that names its row; holds the link that opens it.
pub const fn head(label: &str) -> Column<'_> {
    Column { label, kind: ColumnKind::Head }
}

/// A column of words. An empty label is for a column of check boxes or buttons that carry their own.
pub const fn col(label: &str) -> Column<'_> {
    Column { label, kind: ColumnKind::Plain }
}

/// A column of numbers, to the right.
pub const fn num(label: &str) -> Column<'_> {
    Column { label, kind: ColumnKind::Number }
}

/// A table that becomes stacked rows at narrow width. The roles are written out, since a table that is not
/// displayed as one loses them in some browsers.
#[must_use]
pub struct Table<'a> {
    caption: &'a str,
    caption_hidden: bool,
    keyed: bool,
    unstacked: bool,
    compact: bool,
    columns: Vec<Column<'a>>,
    rows: Vec<(Tone, Vec<Markup>)>,
    empty: Option<Markup>,
}

impl<'a> Table<'a> {
    /// A table says what it lists.
    pub fn new(caption: &'a str, columns: impl IntoIterator<Item = Column<'a>>) -> Self {
        let columns = columns.into_iter().collect();
        Self {
            caption,
            caption_hidden: false,
            keyed: false,
            unstacked: false,
            compact: false,
            columns,
            rows: Vec::new(),
            empty: None,
        }
    }

    /// The heading above already says it: keep the caption for screen readers only.
    pub fn quiet_caption(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    /// `j`, `k` and Enter move through the rows (keys.js).
    pub fn keyed(mut self) -> Self {
        self.keyed = true;
        self
    }

    /// Few short columns: a table at narrow width too.
    pub fn unstacked(mut self) -> Self {
        self.unstacked = true;
        self
    }

    /// Many short numbers: at narrow width those of a row stand side by side, each under its column's name.
    pub fn compact(mut self) -> Self {
        self.compact = true;
        self
    }

    /// One more row, a cell a column.
    pub fn row(self, cells: impl IntoIterator<Item = Markup>) -> Self {
        self.toned_row(Tone::Quiet, cells)
    }

    /// One more row with a coloured edge; say the reason in a cell too.
    pub fn toned_row(mut self, tone: Tone, cells: impl IntoIterator<Item = Markup>) -> Self {
        self.rows.push((tone, cells.into_iter().collect()));
        self
    }

    /// Many rows at once.
    pub fn rows(self, rows: impl IntoIterator<Item = Vec<Markup>>) -> Self {
        rows.into_iter().fold(self, Self::row)
    }

    /// Shown in place of a table without rows ([`super::empty`]).
    pub fn or_empty(mut self, empty: Markup) -> Self {
        self.empty = Some(empty);
        self
    }
}

impl Render for Table<'_> {
    fn render(&self) -> Markup {
        if self.rows.is_empty()
            && let Some(empty) = &self.empty
        {
            return empty.clone();
        }
        let class = |kind: ColumnKind| (kind == ColumnKind::Number).then_some("right");
        html! {
            table.table .fixed[self.unstacked] .compact[self.compact] role="table" data-rows[self.keyed] {
                caption .hidden-text[self.caption_hidden] { (self.caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in &self.columns {
                            @if column.label.is_empty() { td role="cell" {} }
                            @else { th scope="col" role="columnheader" class=[class(column.kind)] { (column.label) } }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for (tone, cells) in &self.rows {
                        tr role="row" class=[(*tone != Tone::Quiet).then_some(tone.class())] {
                            @for (column, cell) in self.columns.iter().zip(cells) {
                                @let label = (!column.label.is_empty()).then_some(column.label);
                                @if column.kind == ColumnKind::Head {
                                    th scope="row" role="rowheader" data-label=[label] { span { (cell) } }
                                } @else {
                                    td role="cell" data-label=[label] class=[class(column.kind)] { span { (cell) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Terms and what they are, in two columns where there is room.
pub fn facts<'a>(pairs: impl IntoIterator<Item = (&'a str, Markup)>) -> Markup {
    html! {
        dl.facts {
            @for (term, what) in pairs { div { dt { (term) } dd { (what) } } }
        }
    }
}

/// A number that opens the list it counts.
#[derive(Clone, Debug)]
#[must_use]
pub struct Tile<'a> {
    /// What is counted, such as 期限を過ぎた件.
    pub label: &'a str,
    /// How many.
    pub number: u64,
    /// 件 or 通.
    pub unit: &'a str,
    /// The list of exactly those.
    pub href: &'a str,
    /// The colour of its edge; a tile with zero is always quiet.
    pub tone: Tone,
    /// A few words under the number, or nothing.
    pub note: &'a str,
}

/// Tiles side by side.
pub fn tiles<'a>(tiles: impl IntoIterator<Item = Tile<'a>>) -> Markup {
    html! {
        ul.tiles {
            @for tile in tiles {
                @let tone = if tile.number == 0 { Tone::Quiet } else { tile.tone };
                li {
                    a.tile .(tone.class()) href=(tile.href) {
                        span.tile-label { (tile.label) }
                        span.tile-number { (grouped(tile.number)) small { (tile.unit) } }
                        @if !tile.note.is_empty() { span.tile-note { (tile.note) } }
                    }
                }
            }
        }
    }
}

/// Tabs that are links: label, address, how many (if counted), whether the reader is there.
pub fn tabs<'a>(name: &str, tabs: impl IntoIterator<Item = (&'a str, &'a str, Option<u64>, bool)>) -> Markup {
    html! {
        nav.tabs aria-label=(name) {
            ul {
                @for (label, href, count, here) in tabs {
                    li {
                        a href=(href) aria-current=[here.then_some("page")] {
                            (label)
                            @if let Some(count) = count { span.count { (grouped(count)) } }
                        }
                    }
                }
            }
        }
    }
}

/// 入力 → 確認 → 完了, `now` counted from zero.
pub fn steps(names: &[&str], now: usize) -> Markup {
    html! {
        nav.steps aria-label="手続の流れ" {
            ol {
                @for (at, name) in names.iter().enumerate() {
                    @let class = if at < now { "done" } else if at == now { "now" } else { "ahead" };
                    li class=(class) aria-current=[(at == now).then_some("step")] {
                        span.step-no aria-hidden="true" { @if at < now { "✓" } @else { (at + 1) } }
                        (name)
                        @if at < now { span.hidden-text { "(済み)" } }
                    }
                }
            }
        }
    }
}

/// Page numbers, from 1 to `last`; `href` gives the address of a page. Nothing for a single page.
pub fn pager(page: u64, last: u64, href: impl Fn(u64) -> String) -> Markup {
    html! {
        @if last > 1 {
            nav.pager aria-label="ページの移動" {
                ul {
                    @if page > 1 { li { a rel="prev" href=(href(page - 1)) { "前へ" } } }
                    @for shown in pages(page, last) {
                        li {
                            @match shown {
                                None => span.gap aria-hidden="true" { "…" },
                                Some(n) if n == page => span.here aria-current="page" { span.hidden-text { "ページ" } (n) },
                                Some(n) => a href=(href(n)) { span.hidden-text { "ページ" } (n) },
                            }
                        }
                    }
                    @if page < last { li { a rel="next" href=(href(page + 1)) { "次へ" } } }
                }
            }
        }
    }
}

/// The first, the last and the pages around; `None` where some are left out.
fn pages(page: u64, last: u64) -> Vec<Option<u64>> {
    let mut shown = Vec::new();
    for n in (1..=last).filter(|&n| n == 1 || n == last || n.abs_diff(page) <= 1) {
        if let Some(Some(before)) = shown.last()
            && n > before + 1
        {
            // a single missing page takes no more room than the dots
            shown.push(if n == before + 2 { Some(n - 1) } else { None });
        }
        shown.push(Some(n));
    }
    shown
}

/// Lists too long to number: only on and back.
pub fn pager_by_cursor(back: Option<&str>, on: Option<&str>) -> Markup {
    html! {
        @if back.is_some() || on.is_some() {
            nav.pager aria-label="ページの移動" {
                ul {
                    @if let Some(href) = back { li { a rel="prev" href=(href) { "前へ" } } }
                    @if let Some(href) = on { li { a rel="next" href=(href) { "次へ" } } }
                }
            }
        }
    }
}

/// How far, in words and as a bar, such as 「30日のうち21日が経過」.
pub fn progress(words: &str, value: u64, most: u64, tone: Tone) -> Markup {
    html! {
        label.progress .(tone.class()) {
            (words)
            progress value=(value.min(most)) max=(most.max(1)) {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_a_stacked_row_still_says_its_column() {
        let table = Table::new("手紙の一覧", [head("題名"), num("残り")])
            .keyed()
            .toned_row(Tone::Error, [html! { a href="/letters/1" { "街灯" } }, html! { "-2日" }]);
        let shown = table.render().into_string();
        assert!(shown.contains(r#"<table class="table" role="table" data-rows>"#), "{shown}");
        assert!(shown.contains(r#"<tr role="row" class="error">"#));
        assert!(shown.contains(r#"<td role="cell" data-label="残り" class="right"><span>-2日</span></td>"#));
        assert!(shown.contains(r#"<th scope="row" role="rowheader" data-label="題名">"#));
    }

    #[test]
    fn a_table_without_rows_says_what_will_appear() {
        let empty = html! { p { "届いた手紙がここに並びます。" } };
        let shown = Table::new("手紙の一覧", [head("題名")]).or_empty(empty).render().into_string();
        assert_eq!(shown, "<p>届いた手紙がここに並びます。</p>");
    }

    #[test]
    fn the_pager_shows_the_ends_and_the_neighbours() {
        let shown = |page, last| {
            let words = |n: Option<u64>| n.map_or("…".to_owned(), |n| n.to_string());
            pages(page, last).into_iter().map(words).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(1, 2), "1 2");
        assert_eq!(shown(1, 40), "1 2 … 40");
        assert_eq!(shown(4, 40), "1 2 3 4 5 … 40");
        assert_eq!(shown(20, 40), "1 … 19 20 21 … 40");
        assert_eq!(pager(1, 1, |n| n.to_string()).into_string(), "");
    }

    #[test]
    fn a_tile_that_counts_nothing_raises_no_alarm() {
        let tile =
            Tile {
                label: "期限切れ", number: 0, unit: "件", href: "/letters", tone: Tone::Error, note: ""
            };
        assert!(!tiles([tile.clone()]).into_string().contains("error"));
        assert!(tiles([Tile { number: 1, ..tile }]).into_string().contains("tile error"));
    }

    #[test]
    fn the_step_the_reader_is_at_is_said_and_those_done_are_too() {
        let shown = steps(&["入力", "確認", "完了"], 1).into_string();
        assert!(shown.contains(r#"<li class="now" aria-current="step">"#));
        assert_eq!(shown.matches("(済み)").count(), 1);
    }
}
