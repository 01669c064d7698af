//! HTML from outside, made fit for a page or turned into plain text.
//!
//! A guard counts depth, links, tags and size before any parser sees the text: sanitising grows with the square of the
//! depth, and unclosed `<font>`s multiply. Then ammonia keeps words and tables and takes away style, forms, scripts and
//! everything that would be fetched from elsewhere; pictures of the same mail are shown from our own copies.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ammonia::Builder;
use maud::{Markup, PreEscaped};

use crate::error::{Error, Result};

/// Elements inside elements.
pub const DEPTH: usize = 256;
/// Links in one text.
pub const LINKS: usize = 5_000;
/// Bytes of one text.
pub const SIZE: usize = 1024 * 1024;
/// Tags in one text.
const TAGS: usize = 100_000;
/// Elements that a parser would make anew for formatting that was never closed.
const REBUILT: usize = 300_000;

/// Why HTML is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// More than [`SIZE`] bytes.
    TooLarge,
    /// More than [`DEPTH`] elements inside each other.
    TooDeep,
    /// More than [`LINKS`] links.
    TooManyLinks,
    /// More tags than a letter has.
    TooManyTags,
}

impl NotShown {
    /// A sentence for the page that shows the plain text instead.
    pub fn sentence(self) -> &'static str {
        match self {
            NotShown::TooLarge => "飾りのある本文は、1MBを超えているため表示しません。",
            NotShown::TooDeep => "飾りのある本文は、作りが複雑すぎる(256段を超える)ため表示しません。",
            NotShown::TooManyLinks => "飾りのある本文は、リンクが5,000を超えているため表示しません。",
            NotShown::TooManyTags => "飾りのある本文は、作りが複雑すぎるため表示しません。",
        }
    }
}

/// HTML from outside as a page may show it.
#[derive(Clone, Debug)]
pub enum SafeHtml {
    /// Made safe; `left_out` pictures would have been fetched from elsewhere.
    Shown {
        /// For the page.
        markup: Markup,
        /// Pictures that were left out.
        left_out: usize,
    },
    /// Not shown at all.
    NotShown(NotShown),
}

/// Makes HTML fit for a page; `pictures` gives our own address for each Content-ID of the same mail.
pub fn safe_html(html: &str, pictures: &BTreeMap<String, String>) -> SafeHtml {
    if let Err(why) = guard(html) {
        return SafeHtml::NotShown(why);
    }
    // the sanitiser's filter must own what it uses
    let (left_out, pictures) = (Arc::new(AtomicUsize::new(0)), pictures.clone());
    let counted = left_out.clone();
    let mut builder = Builder::default();
    builder
        .rm_tags(["map", "area", "figure", "figcaption"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        .rm_tag_attributes("img", ["width", "height", "align"])
        // our own addresses are relative: the filter below lets no other through
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |tag, attribute, value| match (tag, attribute) {
            ("img", "src") => {
                let ours =
                    value.strip_prefix("cid:").and_then(|id| pictures.get(id.trim_matches(['<', '>'])));
                if ours.is_none() {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                ours.map(|address| Cow::Owned(address.clone()))
            }
            ("a", "href") => {
                let start = value.trim_start().to_ascii_lowercase();
                let leads_out =
                    ["http://", "https://", "mailto:", "tel:"].iter().any(|s| start.starts_with(s));
                leads_out.then_some(Cow::Borrowed(value))
            }
            ("a" | "img" | "td" | "th", _) => Some(Cow::Borrowed(value)),
            // a cite or the like would be a link that nobody sees
            (_, "cite" | "src" | "href") => None,
            _ => Some(Cow::Borrowed(value)),
        });
    let clean = within_a_page(&builder.clean(html).to_string());
    // a picture that was left out and had no words leaves nothing
    let markup = PreEscaped(clean.replace("<img>", ""));
    SafeHtml::Shown { markup, left_out: left_out.load(Ordering::Relaxed) }
}

/// Makes of a page a part of one: its headings stand below those of ours, and it has no landmarks of its own.
fn within_a_page(clean: &str) -> String {
    const INSTEAD: &[(&str, &str)] = &[
        ("h5", "h6"),
        ("h4", "h6"),
        ("h3", "h5"),
        ("h2", "h4"),
        ("h1", "h3"),
        ("header", "div"),
        ("footer", "div"),
        ("nav", "div"),
        ("aside", "div"),
        ("article", "div"),
    ];
    // the sanitiser escapes every < of the text
    let text = INSTEAD.iter().fold(clean.to_owned(), |text, (from, to)| {
        ["<", "</"].iter().fold(text, |text, open| {
            let text = text.replace(&format!("{open}{from}>"), &format!("{open}{to}>"));
            text.replace(&format!("{open}{from} "), &format!("{open}{to} "))
        })
    });
    // a picture that nobody described is decoration: without this its address would be read out
    let mut pieces = text.split("<img ");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let tag = piece.split('>').next().unwrap_or_default();
        let described = tag.starts_with("alt=") || tag.contains(" alt=");
        out.push_str(if described { "<img " } else { "<img alt=\"\" " });
        out.push_str(piece);
    }
    out
}

/// HTML as plain text, unwrapped.
///
/// # Errors
/// [`Error::Refused`] past the limits of [`safe_html`].
pub fn to_text(html: &str) -> Result<String> {
    const WIDTH: usize = 10_000;
    guard(html).map_err(|why| Error::Refused(why.sentence().to_owned()))?;
    html2text::config::plain_no_decorate()
        .no_table_borders()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
        .map_err(|why| Error::Refused(why.to_string()))
}

/// Elements whose end may be left out: they close each other and do not nest by themselves.
const CLOSED_BY_OTHERS: &[&str] = &[
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup",
    "html", "head", "body",
];
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];
/// Formatting that a parser opens again in every block until it is closed.
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// Counts, without recursion and never less than a parser would make of it by more than a small factor: everything that
/// looks like a tag is one, in comments and scripts too, and an end closes nothing but its own start.
///
/// # Errors
/// The first limit that is passed.
pub fn guard(html: &str) -> Result<(), NotShown> {
    if html.len() > SIZE {
        return Err(NotShown::TooLarge);
    }
    let (mut open, mut links, mut tags, mut formatting, mut rebuilt) =
        (Vec::<String>::new(), 0, 0, 0_usize, 0);
    for piece in html.split('<').skip(1) {
        let (ends, rest) = piece.strip_prefix('/').map_or((false, piece), |rest| (true, rest));
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let name: String = rest
            .chars()
            .take_while(|c| !c.is_whitespace() && !matches!(c, '>' | '/'))
            .take(32)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        tags += 1;
        rebuilt += formatting;
        if tags > TAGS || rebuilt > REBUILT {
            return Err(NotShown::TooManyTags);
        }
        if !ends && name == "a" {
            links += 1;
            if links > LINKS {
                return Err(NotShown::TooManyLinks);
            }
        }
        if VOID.contains(&name.as_str()) || CLOSED_BY_OTHERS.contains(&name.as_str()) {
            continue;
        }
        let formats = FORMATTING.contains(&name.as_str());
        if !ends {
            open.push(name);
            formatting += usize::from(formats);
            if open.len() > DEPTH {
                return Err(NotShown::TooDeep);
            }
        } else if let Some(at) = open.iter().rposition(|start| *start == name) {
            open.remove(at);
            formatting -= usize::from(formats);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> (String, usize) {
        let pictures = BTreeMap::from([("a@b".to_owned(), "/letters/1/files/x/copy".to_owned())]);
        match safe_html(html, &pictures) {
            SafeHtml::Shown { markup, left_out } => (markup.into_string(), left_out),
            SafeHtml::NotShown(why) => panic!("{why:?}"),
        }
    }

    #[test]
    fn rule_20_nothing_is_fetched_from_elsewhere_and_nothing_runs() {
        let (html, left_out) = shown(
            "<p style='position:fixed' onclick=x>市長様<script>alert(1)</script><img src='https://spy.example/1.gif'>\
             <img src='cid:a@b' alt='現場'><img src='cid:other'><form action=/x><input name=q></form>\
             <iframe src=//spy.example></iframe><style>p{}</style><link rel=stylesheet href=//spy.example>\
             <a href='javascript:alert(1)'>押す</a><a href='https://city.example/'>市</a><a href='//spy.example'>外</a><a href='/outbox'>内</a><svg><script>1</script></svg>\
             <table background='//spy.example'><tr><td>表</td></tr></table><video src=//spy.example></video>",
        );
        for gone in [
            "spy.example",
            "script",
            "style",
            "onclick",
            "form",
            "input",
            "iframe",
            "javascript",
            "svg",
            "cid:",
        ] {
            assert!(!html.contains(gone), "{gone} in {html}");
        }
        for kept in [
            "市長様",
            "src=\"/letters/1/files/x/copy\"",
            "alt=\"現場\"",
            "https://city.example/",
            "<td>表</td>",
        ] {
            assert!(html.contains(kept), "{kept} not in {html}");
        }
        assert!(html.contains("noopener noreferrer nofollow"));
        assert_eq!(left_out, 2);
    }

    #[test]
    fn what_was_a_page_becomes_a_part_of_ours() {
        let pictures = BTreeMap::from([("map".to_owned(), "/letters/1/files/x/copy".to_owned())]);
        let SafeHtml::Shown { markup, .. } = safe_html(
            "<h1>見出し</h1><h2 lang=ja>次</h2><nav><p>&lt;h1&gt;</p></nav><img src=cid:map><img src=cid:map alt=地図>",
            &pictures,
        ) else {
            panic!("it is shown")
        };
        assert_eq!(
            markup.into_string(),
            "<h3>見出し</h3><h4 lang=\"ja\">次</h4><div><p>&lt;h1&gt;</p></div>\
             <img alt=\"\" src=\"/letters/1/files/x/copy\"><img src=\"/letters/1/files/x/copy\" alt=\"地図\">"
        );
    }

    #[test]
    fn rule_20_depth_links_and_size_are_counted_before_the_sanitiser() {
        let not_shown = |html: &str| match safe_html(html, &BTreeMap::new()) {
            SafeHtml::NotShown(why) => Some(why),
            SafeHtml::Shown { .. } => None,
        };
        assert_eq!(not_shown(&"<div>".repeat(50_000)), Some(NotShown::TooDeep));
        assert_eq!(not_shown(&"<a href=x>y</a>".repeat(LINKS + 1)), Some(NotShown::TooManyLinks));
        assert_eq!(not_shown(&"あ".repeat(SIZE / 2)), Some(NotShown::TooLarge));
        // a parser nests these, however they pretend to be closed
        assert_eq!(not_shown(&"<b><div></b>".repeat(1_000)), Some(NotShown::TooDeep));
        assert_eq!(not_shown(&"<div><table><td></div>".repeat(1_000)), Some(NotShown::TooDeep));
        assert_eq!(not_shown(&"<!--><div>".repeat(1_000)), Some(NotShown::TooDeep));
        let fonts: String = (0..200).map(|n| format!("<font color={n}>")).collect();
        assert_eq!(not_shown(&(fonts + &"<p>".repeat(50_000))), Some(NotShown::TooManyTags));
    }

    #[test]
    fn an_ordinary_mail_of_thousands_of_paragraphs_and_rows_is_shown() {
        let rows = "<tr><td><font size=2>街灯</font><td>3<br>".repeat(2_000);
        let paragraphs = "<p>消えています。".repeat(2_000);
        assert_eq!(guard(&format!("<html><body><table>{rows}</table>{paragraphs}")), Ok(()));
        let nested = format!("{}a{}", "<div>".repeat(DEPTH), "</div>".repeat(DEPTH));
        assert_eq!(guard(&nested), Ok(()));
    }

    #[test]
    fn html_becomes_text_without_boxes() {
        let text =
            to_text("<p>市長様</p><ul><li>街灯</li></ul><table><tr><td>町</td><td>数</td></tr></table>")
                .unwrap();
        assert!(text.contains("市長様") && text.contains("街灯") && text.contains('町'), "{text}");
        assert!(!text.contains('─') && !text.contains('│'), "{text}");
    }
}
