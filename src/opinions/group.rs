//! Items of the same purport (同趣旨), with their gist. Pure.

use diesel::prelude::*;

use crate::db::Backend;
use crate::db::schema::opinion_group;

/// A group as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = opinion_group, check_for_backend(Backend))]
pub struct Group {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// The chapter of the answers it stands in; none until somebody put it there.
    pub chapter_id: Option<i64>,
    /// The paper its items speak of; none is the draft as a whole.
    pub paper_id: Option<i64>,
    /// The paragraph's code.
    pub paragraph: Option<String>,
    /// Its place in lists.
    pub sort: i64,
    /// 要旨, as it will be published; empty until somebody wrote it.
    pub gist: String,
    /// Somebody looked at it. Before that it is what the machine put together: equal texts (L0, L1) and nothing else.
    pub settled: bool,
    /// The answer it has.
    pub view_id: Option<i64>,
    /// The group it went into as a whole.
    pub merged_into: Option<i64>,
    /// What a change must have seen.
    pub version: i64,
}

impl Group {
    /// Where in the draft it belongs: paper and paragraph.
    pub fn place(&self) -> Option<(i64, &str)> {
        self.paper_id.zip(self.paragraph.as_deref())
    }
}

/// In which order groups are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The largest first.
    #[default]
    Size,
    /// As they came.
    Oldest,
    /// The latest first.
    Newest,
}

/// Whether somebody looked into a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Settled {
    /// Both.
    #[default]
    Any,
    /// Looked into.
    Yes,
    /// Put together by the machine alone.
    No,
}

/// Where in the draft groups belong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Where {
    /// All.
    #[default]
    Anywhere,
    /// To the draft as a whole.
    Whole,
    /// To a paragraph: paper and code.
    At(i64, String),
}

/// Which groups a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Their place in the draft.
    pub place: Where,
    /// Whether somebody looked into them.
    pub settled: Settled,
    /// Words that stand in the gist or in a text, as typed.
    pub words: String,
    /// The fewest items.
    pub least: i64,
    /// The order.
    pub order: Order,
}
