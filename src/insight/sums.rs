//! Every number adds up: the sums of the house, as data for the page and for `verify`.

use super::store;
use crate::db::Db;
use crate::error::Result;

/// Two ways to count the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumLine {
    /// What is counted, in words.
    pub name: &'static str,
    /// One way.
    pub left: i64,
    /// The other way.
    pub right: i64,
}

impl SumLine {
    /// Whether both ways agree.
    pub fn holds(&self) -> bool {
        self.left == self.right
    }
}

/// All sums; run it in one transaction where letters keep arriving.
pub fn sums(db: &mut Db) -> Result<Vec<SumLine>> {
    let c = store::counted(db)?;
    let line = |name, left, right| SumLine { name, left, right };
    Ok(vec![
        line("届いた手紙 = 完結 + 未完結", c.letters, c.letters_closed + c.letters_open),
        line("届いた手紙 = 受付経路ごとの合計", c.letters, c.letters_by_channel),
        line("届いた手紙 = 年度ごとの合計", c.letters, c.letters_by_year),
        line("届いた手紙 = 件を持つ手紙", c.letters, c.letters_with_matter),
        line(
            "完結した手紙 = すべての件が終わった手紙",
            c.letters_closed,
            c.letters - c.letters_with_open_matter,
        ),
        line("件 = 状態ごとの合計", c.matters, c.matters_by_state),
        line("終わった件(状態) = 終わった件(日時)", c.matters_ended, c.matters_with_end),
        line("回答日のある件 = 回答が送られた件", c.matters_replied, c.matters_dispatched),
        line("公表中 = 市民に見えている公表", c.published, c.voices),
    ])
}
