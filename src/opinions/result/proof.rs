//! The proof that a released result is what was decided on, and that its numbers add up.

use std::collections::HashMap;

use super::content::Content;
use super::{CHUNK, store, stored_hash};
use crate::approval::{self, ApprovalState, SubjectKind};
use crate::db::Db;
use crate::error::Result;

/// What is wrong with a released version, in words for the person at the shell; empty when nothing is.
pub fn faults(db: &mut Db, version_id: i64) -> Result<Vec<String>> {
    let version = store::version(db, version_id)?;
    let name = format!("意見募集 {} の結果(第{}版)", version.consultation_id, version.no);
    let mut faults = Vec::new();
    if stored_hash(db, &version)? != version.content_hash {
        faults.push(format!("{name}の行が、決裁を受けたものと違います"));
    }
    let approval = approval::store::of_subject(db, SubjectKind::Result, version_id)?;
    let decided =
        approval.is_some_and(|a| a.state == ApprovalState::Decided && a.content_hash == version.content_hash);
    if !decided {
        faults.push(format!("{name}は、決裁を受けたものではありません"));
    }
    let mut in_group: HashMap<Option<i64>, i64> = HashMap::new();
    let (mut after, mut items) = (0, 0);
    loop {
        let chunk = store::items_from(db, version_id, after, CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = last.no;
        for item in &chunk {
            items += 1;
            *in_group.entry(item.group_no).or_default() += 1;
        }
    }
    let groups = store::groups(db, version_id)?;
    for group in &groups {
        let there = in_group.get(&Some(group.no)).copied().unwrap_or(0);
        if there != group.items {
            faults.push(format!(
                "{name}の意見 {} は{}件とあるのに、{there}件しかありません",
                group.no, group.items
            ));
        }
    }
    let counts = Content::read(&version.content)?.counts;
    let many = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    if items != version.items || items != counts.items || many(groups.len()) != counts.groups {
        faults.push(format!("{name}の意見の数 {} と、行の数 {items} が合いません", counts.items));
    }
    let grouped = groups.iter().map(|g| g.items).sum();
    faults.extend(counts.faults(grouped).into_iter().map(|fault| format!("{name}: {fault}")));
    Ok(faults)
}
