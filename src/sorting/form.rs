//! What the forms of sorting ask for. Pure.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::opinions::act::{Chosen, Seen};
use crate::opinions::group::{Filter, Order, Settled, Where};
use crate::opinions::item::Withheld;
use crate::text::input::{multi_line, single_line};
use crate::web::form::Fields;

/// An act as a form asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Several groups into one.
    Merge(Vec<Seen>, Option<i64>),
    /// Items into a new group.
    Split(Vec<Seen>),
    /// Items into a group.
    Shift(Vec<Seen>, i64),
    /// Items or groups out of publication.
    Withhold(Selected, Withheld, String),
    /// Items back.
    BringBack(Vec<Seen>),
    /// Items or groups to a place in the draft.
    Tie(Selected, Option<(i64, String)>),
    /// A gist.
    Gist(Seen, String),
    /// Groups somebody looked into.
    Settle(Vec<Seen>),
    /// Groups into a chapter.
    Chapter(Vec<Seen>, Option<i64>),
}

/// What was chosen on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// Items.
    Items(Vec<Seen>),
    /// Groups.
    Groups(Vec<Seen>),
}

impl Selected {
    /// As the verbs take it.
    pub fn chosen(&self) -> Chosen<'_> {
        match self {
            Selected::Items(seen) => Chosen::Items(seen),
            Selected::Groups(seen) => Chosen::Groups(seen),
        }
    }
}

fn seen(fields: &Fields, name: &str) -> Vec<Seen> {
    let mut seen: Vec<Seen> = fields.all(name).into_iter().filter_map(Seen::read).collect();
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// Reads `whole` or `3:p12`.
pub fn place(text: &str) -> Option<Option<(i64, String)>> {
    if text == "whole" {
        return Some(None);
    }
    let (paper, code) = text.split_once(':')?;
    Some(Some((paper.parse().ok()?, code.to_owned())))
}

/// The value of a place in forms.
pub fn place_value(place: Option<(i64, &str)>) -> String {
    place.map_or("whole".to_owned(), |(paper, code)| format!("{paper}:{code}"))
}

/// Reads the act a form asks for.
///
/// # Errors
/// [`Error::Refused`] with what is missing.
pub fn read(fields: &Fields) -> Result<Asked> {
    let (groups, items) = (seen(fields, "groups"), seen(fields, "items"));
    let selected = || {
        if items.is_empty() { Selected::Groups(groups.clone()) } else { Selected::Items(items.clone()) }
    };
    let missing = |words: &str| Error::Refused(words.to_owned());
    Ok(match fields.text("act") {
        "merge" => Asked::Merge(groups, fields.number("into")),
        "merge_into" => {
            let to = fields
                .number("to")
                .ok_or_else(|| missing("どのまとまりへ入れるか、番号を入力してください。"))?;
            Asked::Merge(groups, Some(to))
        }
        "split" => Asked::Split(items),
        "move" => {
            let to =
                fields.number("to").ok_or_else(|| missing("移す先のまとまりの番号を入力してください。"))?;
            Asked::Shift(items, to)
        }
        "withhold" => {
            let reason = Withheld::from_code(fields.text("reason"))
                .ok_or_else(|| missing("公表しない理由を選んでください。"))?;
            Asked::Withhold(selected(), reason, single_line(fields.text("note")).text)
        }
        "bring_back" => Asked::BringBack(items),
        "tie" => {
            let place = place(fields.text("place")).ok_or_else(|| missing("段落を選んでください。"))?;
            Asked::Tie(selected(), place)
        }
        "gist" => {
            let group = groups.first().copied().ok_or_else(|| missing("まとまりを選んでください。"))?;
            Asked::Gist(group, multi_line(fields.text("gist")).text)
        }
        "settle" => Asked::Settle(groups),
        "chapter" => {
            let chapter = match fields.text("chapter") {
                "none" => None,
                typed => Some(typed.parse().map_err(|_| missing("章を選んでください。"))?),
            };
            Asked::Chapter(groups, chapter)
        }
        _ => return Err(Error::BadRequest("何をするかが分かりません。".to_owned())),
    })
}

/// The filter of an address, and the page from 1.
pub fn filter(query: &HashMap<String, String>) -> (Filter, i64) {
    let text = |name: &str| query.get(name).map_or("", String::as_str);
    let filter = Filter {
        place: match place(text("place")) {
            None => Where::Anywhere,
            Some(None) => Where::Whole,
            Some(Some((paper, code))) => Where::At(paper, code),
        },
        settled: match text("settled") {
            "yes" => Settled::Yes,
            "no" => Settled::No,
            _ => Settled::Any,
        },
        words: single_line(text("q")).text,
        least: text("least").parse().unwrap_or(1).max(1),
        order: match text("order") {
            "oldest" => Order::Oldest,
            "newest" => Order::Newest,
            _ => Order::Size,
        },
    };
    (filter, text("page").parse().unwrap_or(1).max(1))
}

/// The address of a filtered page, after the `?`.
pub fn query(filter: &Filter, page: i64) -> String {
    let mut parts = Vec::new();
    match &filter.place {
        Where::Anywhere => {}
        Where::Whole => parts.push("place=whole".to_owned()),
        Where::At(paper, code) => parts.push(format!("place={paper}:{code}")),
    }
    match filter.settled {
        Settled::Any => {}
        Settled::Yes => parts.push("settled=yes".to_owned()),
        Settled::No => parts.push("settled=no".to_owned()),
    }
    if !filter.words.is_empty() {
        parts.push(format!("q={}", crate::web::errors::percent(&filter.words)));
    }
    if filter.least > 1 {
        parts.push(format!("least={}", filter.least));
    }
    match filter.order {
        Order::Size => {}
        Order::Oldest => parts.push("order=oldest".to_owned()),
        Order::Newest => parts.push("order=newest".to_owned()),
    }
    if page > 1 {
        parts.push(format!("page={page}"));
    }
    parts.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_its_address() {
        let asked = Filter {
            place: Where::At(3, "p12".to_owned()),
            settled: Settled::No,
            words: "街灯".to_owned(),
            least: 10,
            order: Order::Newest,
        };
        let address = query(&asked, 2);
        let pairs: HashMap<String, String> = address
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(n, v)| (n.to_owned(), if n == "q" { "街灯".to_owned() } else { v.to_owned() }))
            .collect();
        assert_eq!(filter(&pairs), (asked, 2));
        assert_eq!(filter(&HashMap::new()), (Filter { least: 1, ..Filter::default() }, 1));
    }

    #[test]
    fn the_button_says_the_act_and_the_boxes_what_it_is_done_to() {
        let fields = |pairs: &[(&str, &str)]| {
            Fields(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
        };
        let boxes = [("act", "merge"), ("groups[]", "7:1"), ("groups[]", "4:2"), ("groups[]", "7:1")];
        let both = vec![Seen { id: 4, version: 2 }, Seen { id: 7, version: 1 }];
        assert_eq!(read(&fields(&boxes)).ok(), Some(Asked::Merge(both, None)));
        assert!(matches!(read(&fields(&[("act", "withhold")])), Err(Error::Refused(_))));
        assert!(matches!(read(&fields(&[])), Err(Error::BadRequest(_))));
    }
}
