//! HTML made into text that reads like the page: paragraphs, lists, quotes, tables, links.
//!
//! Works on the tokens of html5ever, not on a tree: fifty thousand nested elements cost what fifty thousand flat ones
//! do, and nothing a mail holds is left out for being badly nested.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// The text of a page.
pub(super) fn text(html: &str) -> String {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(Writer::default(), TokenizerOpts::default());
    // feed stops at every script's end; there is nothing to run
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    let page = tokenizer.sink.page.into_inner();
    page.out.trim_matches(|c| c == '\n' || c == ' ').to_owned()
}

#[derive(Default)]
struct Writer {
    page: RefCell<Page>,
}

/// What has been written, and where we are.
#[derive(Default)]
struct Page {
    out: String,
    /// Line breaks owed before the next text; two make a paragraph.
    breaks: usize,
    /// Whether a blank is owed before the next text.
    blank: bool,
    /// The element whose content is nobody's reading.
    silent: Option<&'static str>,
    preformatted: usize,
    quotes: usize,
    /// Open lists: `None` for bullets, else the next number.
    lists: Vec<Option<u32>>,
    /// Where the open link's text began, and where it leads.
    link: Option<(usize, String)>,
    /// Whether the row already has a cell.
    cell: bool,
}

/// Lists and quotes deeper than this are drawn no deeper.
const DEEPEST: usize = 8;

impl TokenSink for Writer {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut page = self.page.borrow_mut();
        match token {
            Token::CharacterTokens(text) if page.silent.is_none() => page.write(&text),
            Token::TagToken(tag) => return page.tag(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let opens = tag.kind == TagKind::StartTag;
        let name: &str = &tag.name;
        if let Some(silent) = self.silent {
            if !opens && name == silent {
                self.silent = None;
            }
            return TokenSinkResult::Continue;
        }
        match name {
            "script" | "style" | "title" | "noembed" | "iframe" | "xmp" if opens && !tag.self_closing => {
                if name == "xmp" {
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
                self.silent =
                    ["script", "style", "title", "noembed", "iframe"].into_iter().find(|s| *s == name);
                return TokenSinkResult::RawData(if name == "title" {
                    RawKind::Rcdata
                } else {
                    RawKind::Rawtext
                });
            }
            "textarea" if opens => return TokenSinkResult::RawData(RawKind::Rcdata),
            "br" => self.line(),
            "hr" => {
                self.owe(1);
                self.write("――――");
                self.owe(1);
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "dl" => self.owe(2),
            "div" | "tr" | "section" | "article" | "header" | "footer" | "address" | "form" | "caption"
            | "dt" | "center" | "fieldset" | "figure" | "main" | "nav" | "body" | "thead" | "tbody" => {
                self.owe(1);
                if name == "tr" {
                    self.cell = false;
                }
            }
            "dd" => {
                self.owe(1);
                if opens {
                    self.write("\u{3000}");
                }
            }
            "td" | "th" if opens && std::mem::replace(&mut self.cell, true) && self.breaks == 0 => {
                self.blank = false;
                self.out.push('\t');
            }
            "pre" | "listing" | "plaintext" => {
                self.owe(1);
                self.preformatted =
                    if opens { self.preformatted + 1 } else { self.preformatted.saturating_sub(1) };
            }
            "blockquote" => {
                let outermost = self.quotes == usize::from(!opens);
                self.owe(if outermost { 2 } else { 1 });
                self.quotes = if opens { self.quotes + 1 } else { self.quotes.saturating_sub(1) };
            }
            "ul" | "ol" | "menu" | "dir" => {
                self.owe(1);
                if opens {
                    if self.lists.len() < DEEPEST {
                        self.lists.push((name == "ol").then_some(1));
                    }
                } else {
                    self.lists.pop();
                }
            }
            "li" if opens => self.item(),
            "a" => self.anchor(tag, opens),
            "img" if opens => {
                if let Some(alt) = attribute(tag, "alt") {
                    self.write(alt.trim());
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }

    fn owe(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
    }

    fn line(&mut self) {
        self.pay();
        self.breaks = 1;
    }

    /// Writes what is owed, so that text can follow.
    fn pay(&mut self) {
        if self.breaks > 0 {
            if !self.out.is_empty() {
                let kept = self.out.trim_end_matches([' ', '\t']).len();
                self.out.truncate(kept);
                self.out.extend(std::iter::repeat_n('\n', self.breaks));
            }
            for _ in 0..self.quotes.min(DEEPEST) {
                self.out.push_str("> ");
            }
        } else if self.blank && !self.out.ends_with([' ', '\t', '\u{3000}']) && !self.out.is_empty() {
            self.out.push(' ');
        }
        (self.breaks, self.blank) = (0, false);
    }

    fn write(&mut self, text: &str) {
        if self.preformatted > 0 {
            let mut lines = text.split('\n');
            if let Some(first) = lines.next()
                && !first.is_empty()
            {
                self.pay();
                self.out.push_str(first);
            }
            for line in lines {
                self.line();
                if !line.is_empty() {
                    self.pay();
                    self.out.push_str(line);
                }
            }
            return;
        }
        let white = |c: char| matches!(c, ' ' | '\n' | '\t' | '\r' | '\x0C');
        let hard = |c: char| if c == '\u{A0}' { ' ' } else { c };
        self.blank |= text.starts_with(white);
        for word in text.split(white).filter(|w| !w.is_empty()) {
            self.pay();
            self.out.extend(word.chars().map(hard));
            self.blank = true;
        }
        // Japanese has no blank between words: what wrapped a source line is none either
        self.blank = text.ends_with(white);
    }

    fn item(&mut self) {
        self.owe(1);
        self.pay();
        let depth = self.lists.len().saturating_sub(1);
        for _ in 0..depth {
            self.out.push('\u{3000}');
        }
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.out.push_str(&format!("{number}. "));
                *number += 1;
            }
            _ => self.out.push('・'),
        }
    }

    /// A link's address is written behind its text, unless the text says it already.
    fn anchor(&mut self, tag: &Tag, opens: bool) {
        if let Some((from, href)) = self.link.take() {
            let text = self.out.get(from..).unwrap_or_default();
            let bare = href.trim_start_matches("mailto:").trim_end_matches('/');
            if !text.contains(bare) {
                self.out.push_str(&format!(" <{href}>"));
            }
        }
        if opens && let Some(href) = attribute(tag, "href") {
            let shown =
                ["http://", "https://", "mailto:"].iter().any(|s| href.starts_with(s)) && href.len() < 2000;
            if shown {
                self.link = Some((self.out.len(), href.to_owned()));
            }
        }
    }
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_it_looks() {
        for (html, expected) in [
            (
                "<p>市長さま</p><p>公園の<b>街灯</b>が<br>消えています。</p>",
                "市長さま\n\n公園の街灯が\n消えています。",
            ),
            ("<div>一</div><div>二<div>三</div></div>四", "一\n二\n三\n四"),
            (
                "<ul><li>一<li>二<ul><li>二の一</ul></ul><ol><li>a</li><li>b</li></ol>",
                "・一\n・二\n\u{3000}・二の一\n1. a\n2. b",
            ),
            ("<blockquote>前の<br>文</blockquote>後", "> 前の\n> 文\n\n後"),
            ("<table><tr><td>日</td><td>所</td></tr><tr><td>1</td><td>2</td></tr></table>", "日\t所\n1\t2"),
            (
                "<a href='https://x.example/a'>案内</a>と<a href='https://x.example/'>https://x.example</a>",
                "案内 <https://x.example/a>とhttps://x.example",
            ),
            (
                "<style>p{}</style><script>if(a<b)x('</p>')</script><title>t</title>a&nbsp;&amp;&#x5e02;",
                "a &市",
            ),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("hello\n  world<!-- no -->", "hello world"),
            ("<img alt='地図' src='cid:1'>", "地図"),
            ("a<b", "a"),
            ("<p>見積<xmp><b></xmp>", "見積<b>"),
        ] {
            assert_eq!(text(html), expected, "{html}");
        }
    }
}
