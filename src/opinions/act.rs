//! An act of sorting, and what it needs to be taken back. Pure.

use diesel::prelude::*;

use crate::db::{Backend, Instant};
use crate::text_enum;

text_enum! {
    /// What was done. The last three are not pressed by anybody: two follow the state of a submission, one takes back.
    pub enum Kind {
        Merge = "merge" => "まとめた",
        Split = "split" => "分けた",
        Move = "move" => "移した",
        Withhold = "withhold" => "公表しないこととした",
        BringBack = "bring_back" => "公表に戻した",
        Tie = "tie" => "段落を決めた",
        Gist = "gist" => "要旨を書いた",
        Settle = "settle" => "確認済みにした",
        Chapter = "chapter" => "章に入れた",
        Cut = "cut" => "項目に分けた",
        Dismiss = "dismiss" => "似ていても別の意見とした",
        SetAside = "set_aside" => "提出の扱いに合わせて外した",
        CountAgain = "count_again" => "提出の扱いに合わせて戻した",
        Undo = "undo" => "取り消した",
    }
}

impl Kind {
    /// Whether somebody may take it back. What follows a submission's state goes back with that state.
    pub fn is_undoable(self) -> bool {
        !matches!(self, Kind::SetAside | Kind::CountAgain)
    }

    /// Whether it is taken back as far as its items still stand; half of a cut would be no cut.
    pub fn is_divisible(self) -> bool {
        self != Kind::Cut
    }
}

/// An act as stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = crate::db::schema::sorting_act, check_for_backend(Backend))]
pub struct Act {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub consultation_id: i64,
    /// What was done.
    pub kind: Kind,
    /// Who did it; none is the machine.
    pub made_by: Option<i64>,
    /// When.
    pub made_at: Instant,
    /// The group it was about or made.
    pub group_id: Option<i64>,
    /// The submission it cut or followed.
    pub submission_id: Option<i64>,
    /// How many items it moved; how many texts it said to be no copies.
    pub items: i64,
    /// The act it takes back.
    pub undoes: Option<i64>,
    /// The act that took it back.
    pub undone_by: Option<i64>,
}

/// A thing as the page showed it: an act is refused when it changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Its id.
    pub id: i64,
    /// Its version on the page.
    pub version: i64,
}

impl Seen {
    /// Reads `12:3`, as check boxes carry it.
    pub fn read(text: &str) -> Option<Seen> {
        let (id, version) = text.split_once(':')?;
        Some(Seen { id: id.parse().ok()?, version: version.parse().ok()? })
    }

    /// The value of its check box.
    pub fn value(self) -> String {
        format!("{}:{}", self.id, self.version)
    }
}

/// What an act is done to.
#[derive(Clone, Copy, Debug)]
pub enum Chosen<'a> {
    /// These items.
    Items(&'a [Seen]),
    /// All that stands in these groups.
    Groups(&'a [Seen]),
}

/// What came of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The act.
    pub act: i64,
    /// How many items it moved.
    pub items: i64,
    /// The group to look at next.
    pub group: Option<i64>,
}

/// Who moved items after an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// What was done to them.
    pub kind: Kind,
    /// By whom; none is the machine.
    pub name: Option<String>,
    /// When.
    pub at: Instant,
    /// How many of them.
    pub items: i64,
}

impl Since {
    /// Such as 「意見 募さんが4月3日10時12分に「まとめた」(3件)」.
    pub fn words(&self) -> String {
        let who = self.name.as_ref().map_or("自動処理".to_owned(), |name| format!("{name}さん"));
        let when = crate::calendar::tokyo_clock(self.at.utc());
        format!("{when}に{who}が「{}」({}件)", self.kind.label(), self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_box_carries_a_thing_with_its_version() {
        let seen = Seen { id: 12, version: 3 };
        assert_eq!(Seen::read(&seen.value()), Some(seen));
        assert_eq!(Seen::read("12"), None);
    }

    #[test]
    fn what_follows_a_state_is_not_taken_back_by_hand() {
        assert!(Kind::Merge.is_undoable() && !Kind::SetAside.is_undoable());
        assert!(Kind::Undo.is_undoable() && !Kind::Cut.is_divisible());
    }
}
