//! The proof that what stands approved of the answers is what was decided on, and still what the rows say.

use super::{content, content_at, places, store};
use crate::approval::{self, ApprovalState, SubjectKind};
use crate::db::Db;
use crate::error::Result;
use crate::opinions::view::Chapter;

/// Versions read at once: one may hold the numbers of thousands of items.
const BATCH: i64 = 20;

/// How many chapters stand approved, and what is wrong, in words for the person at the shell: a version whose text is not
/// the one that went before the approvers, a chapter that was not decided on, or that reads otherwise now. A chapter that
/// was opened again stands approved no more: what moves in it moves rightly.
pub fn faults(db: &mut Db) -> Result<(usize, Vec<String>)> {
    let mut faults = Vec::new();
    let mut after = 0;
    loop {
        let versions = store::versions_after(db, after, BATCH)?;
        let Some(last) = versions.last() else { break };
        after = last.id;
        for version in versions.iter().filter(|v| content::hash(&v.content) != v.content_hash) {
            faults.push(format!(
                "意見募集 {} の市の考え方(章 {}、第{}版)の文が、起案したときのものと違います",
                version.consultation_id, version.chapter_id, version.no
            ));
        }
    }
    let chapters = store::approved_chapters(db)?;
    for (chapter, no) in chapters.iter().filter_map(|c| Some((c, c.approved_no?))) {
        faults.extend(of_chapter(db, chapter, no)?);
    }
    Ok((chapters.len(), faults))
}

fn of_chapter(db: &mut Db, chapter: &Chapter, approved_no: i64) -> Result<Vec<String>> {
    let name =
        format!("意見募集 {} の市の考え方「{}」(第{approved_no}版)", chapter.consultation_id, chapter.name);
    let Some(version) = store::version_no(db, chapter.id, approved_no)? else {
        return Ok(vec![format!("{name}は、決裁済みなのに残っていません")]);
    };
    let mut faults = Vec::new();
    let approval = approval::store::of_subject(db, SubjectKind::Answers, version.id)?;
    let decided =
        approval.is_some_and(|a| a.state == ApprovalState::Decided && a.content_hash == version.content_hash);
    if !decided {
        faults.push(format!("{name}は、決裁を受けたものではありません"));
    }
    let places = places(db, chapter.consultation_id)?;
    let (now, loose) = content_at(db, chapter, &places)?;
    if loose > 0 || content::hash(&now.text()?) != version.content_hash {
        faults.push(format!("{name}は、決裁のあとで内容が変わっています"));
    }
    Ok(faults)
}
