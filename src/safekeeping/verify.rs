//! The proof that nothing was changed, lost or added: chain, sums, seals, files.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{catch_up, digests, store};
use crate::error::{Error, Result};
use crate::opinions::{answers, result};
use crate::publications::store::drafts;
use crate::text::{l0, l1};
use crate::web::App;
use crate::{intake, mail, people, trail};

/// Rows looked at in one go.
const BATCH: i64 = 200;

/// What was looked at and what is wrong, in words for the person at the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One line a check, with how much it covered.
    pub checked: Vec<String>,
    /// What is wrong; empty when nothing is.
    pub faults: Vec<String>,
    /// The newest link of the trail: kept elsewhere, it makes a cut tail noticeable.
    pub head: String,
}

type Check = fn(&App, &mut Report) -> Result<String>;

/// Chains and seals what still waits for it, then checks everything. What cannot be read is a fault too.
pub fn verify(app: &App) -> Report {
    let checks: [(&str, Check); 13] = [
        ("データベースのファイル", file),
        ("記録", chain),
        ("手紙と件の数", sums),
        ("手紙の原本", originals),
        ("手紙の封", seals),
        ("送った回答", dispatches),
        ("公表", voices),
        ("市の考え方", answers),
        ("意見募集の結果", results),
        ("添付ファイル", files),
        ("封をした個人情報", sealed),
        ("届いたメール", incoming),
        ("意見の項目", opinions),
    ];
    let mut report = Report::default();
    for (name, check) in checks {
        let before = report.faults.len();
        // a broken file may make any reader stumble: that is a finding, not an end
        let done = catch_unwind(AssertUnwindSafe(|| check(app, &mut report)))
            .unwrap_or_else(|_| Err(Error::internal("読んでいる途中で止まりました")));
        match done {
            Ok(covered) => {
                let verdict = if report.faults.len() == before { "よし" } else { "異常" };
                report.checked.push(format!("{name}: {covered} … {verdict}"));
            }
            Err(why) => {
                report.checked.push(format!("{name}: 調べられません … 異常"));
                report.faults.push(format!("{name}を読めません: {why}"));
            }
        }
    }
    report
}

fn file(app: &App, report: &mut Report) -> Result<String> {
    match app.db.read_now(store::file_faults)? {
        None => Ok("PostgreSQL(ファイルの検査は PostgreSQL の仕事です)".to_owned()),
        Some(faults) => {
            report.faults.extend(faults.iter().map(|f| format!("データベースのファイルが壊れています: {f}")));
            Ok("SQLite の全ページ".to_owned())
        }
    }
}

fn chain(app: &App, report: &mut Report) -> Result<String> {
    catch_up(app)?;
    let verdict = app.db.read_now(trail::verify)?;
    report.faults.extend(verdict.faults);
    report.head = verdict.head;
    Ok(format!("{}行の鎖", verdict.lines))
}

fn sums(app: &App, report: &mut Report) -> Result<String> {
    let (counts, without, open, unsent) = app.db.read_now(|db| {
        Ok((
            store::letter_counts(db)?,
            store::letters_without_matter(db)?,
            store::closed_with_open_matter(db)?,
            store::replied_without_dispatch(db)?,
        ))
    })?;
    report.faults.extend(without.iter().map(|id| format!("手紙 {id} に件がありません")));
    report.faults.extend(open.iter().map(|id| format!("手紙 {id} は完結なのに、終わっていない件があります")));
    report.faults.extend(unsent.iter().map(|id| format!("件 {id} は回答済みなのに、送った回答がありません")));
    let of = |state: &str| counts.iter().find(|(s, _)| s == state).map_or(0, |(_, n)| *n);
    let (received, registered, closed) = (of("received"), of("registered"), of("closed"));
    let all: i64 = counts.iter().map(|(_, n)| n).sum();
    if all != received + registered + closed {
        report
            .faults
            .push(format!("手紙 {all}通と、受付 {received}+処理中 {registered}+完結 {closed} が合いません"));
    }
    Ok(format!("手紙 {all}通 = 受付 {received} + 処理中 {registered} + 完結 {closed}"))
}

/// Calls `look` with letters, some at a time.
fn every_letter(app: &App, mut look: impl FnMut(&[i64]) -> Result<()>) -> Result<usize> {
    let (mut last, mut count) = (0, 0);
    loop {
        let letters = app.db.read_now(|db| store::letters_after(db, last, BATCH))?;
        let Some(end) = letters.last() else { return Ok(count) };
        last = *end;
        count += letters.len();
        look(&letters)?;
    }
}

fn originals(app: &App, report: &mut Report) -> Result<String> {
    let count = every_letter(app, |letters| {
        let (originals, arrivals) =
            app.db.read_now(|db| Ok((store::originals(db, letters)?, store::arrivals(db, letters)?)))?;
        for letter in originals {
            let id = letter.id;
            if l0(letter.body.as_bytes()).to_string() != letter.text_exact
                || l1(&letter.body).to_string() != letter.text_key
            {
                report.faults.push(format!("手紙 {id} の本文が、受け付けたときのものと違います"));
            }
            let digest = crate::letters::letter::original_digest(
                &letter.receipt_code,
                letter.channel,
                letter.received_on,
                letter.server_received_at,
                &letter.subject,
                &letter.body,
            );
            let told = arrivals.get(&id).and_then(|d| serde_json::from_str::<serde_json::Value>(d).ok());
            match told.as_ref().and_then(|d| d.get("original")).and_then(|v| v.as_str()) {
                None => report.faults.push(format!("手紙 {id} を受け付けた記録がありません")),
                Some(told) if told != digest => {
                    report.faults.push(format!("手紙 {id} の原本(letter)が書き換えられています"));
                }
                Some(_) => {}
            }
        }
        Ok(())
    })?;
    Ok(format!("{count}通"))
}

fn seals(app: &App, report: &mut Report) -> Result<String> {
    let count = every_letter(app, |letters| {
        let (families, seals) =
            app.db.read_now(|db| Ok((store::families(db, letters)?, store::seals(db, letters)?)))?;
        for (letter, family) in families {
            let kept: BTreeMap<String, String> =
                seals.get(&letter).and_then(|s| serde_json::from_str(s).ok()).unwrap_or_default();
            if kept.is_empty() {
                report.faults.push(format!("手紙 {letter} に封がありません"));
                continue;
            }
            let now = digests(&app.sealer, letter, &family);
            let mut tables: Vec<&String> = kept.keys().chain(now.keys()).collect();
            tables.sort_unstable();
            tables.dedup();
            for table in tables.into_iter().filter(|t| kept.get(*t) != now.get(*t)) {
                report.faults.push(format!(
                    "手紙 {letter} の{}({table})が、記録にないまま変わっています",
                    words(table)
                ));
            }
        }
        Ok(())
    })?;
    Ok(format!("{count}通"))
}

fn words(table: &str) -> &'static str {
    match table {
        "letter" => "内容",
        "matter" | "matter_field" | "matter_joint_unit" => "件",
        "exchange" => "やりとり",
        "feedback" => "感想",
        "attachment" => "添付",
        "approval" | "approval_step" => "決裁",
        "reply" | "reply_version" | "dispatch" => "回答",
        "outbox" => "メール",
        "incoming" => "届いたメール",
        _ => "公表",
    }
}

fn dispatches(app: &App, report: &mut Report) -> Result<String> {
    let (mut last, mut count) = (0, 0);
    loop {
        let rows = app.db.read_now(|db| store::dispatches_after(db, last, BATCH))?;
        if rows.is_empty() {
            return Ok(format!("{count}件"));
        }
        for (id, hash, approved, state, subject, version, written) in rows {
            last = id;
            count += 1;
            if state != "decided" || subject != version || hash != approved || hash != written {
                report.faults.push(format!("送った回答 {id} は、決裁を受けたものではありません"));
            }
        }
    }
}

fn voices(app: &App, report: &mut Report) -> Result<String> {
    let (mut last, mut count) = (0, 0);
    loop {
        let rows = app.db.read_now(|db| store::voices_after(db, last, BATCH))?;
        if rows.is_empty() {
            break;
        }
        for (voice, version) in rows {
            last = voice.id;
            count += 1;
            let same = voice.id == version.publication_id
                && voice.version_no == version.no
                && voice.title == version.title
                && voice.voice_text == version.voice_text
                && voice.answer_text == version.answer_text
                && voice.unit_name == version.unit_name
                && voice.content_hash == version.content_hash;
            let (id, hash) = (version.id, version.content_hash);
            if !same || !app.db.read_now(|db| store::is_decided(db, id, &hash))? {
                report.faults.push(format!("公表 {} は、決裁を受けたものではありません", voice.id));
            }
        }
    }
    let mut last = 0;
    loop {
        let ids = app.db.read_now(|db| store::publication_versions_after(db, last, BATCH))?;
        let Some(end) = ids.last() else { break };
        last = *end;
        for id in ids {
            // a version that cannot be read as one is no longer what was approved
            let version = app.db.read_now(|db| drafts::version(db, id));
            let same = version.is_ok_and(|v| v.content.hash(v.publication_id, v.no) == v.hash);
            if !same {
                report.faults.push(format!("公表の版 {id} の文が、決裁のもとになったものと違います"));
            }
        }
    }
    let all = app.db.read_now(store::voice_count)?;
    if all != count {
        report.faults.push(format!("公表 {all}件のうち{}件は、もとの版がありません", all - count));
    }
    Ok(format!("{count}件"))
}

fn answers(app: &App, report: &mut Report) -> Result<String> {
    let (chapters, faults) = app.db.read_now(answers::proof::faults)?;
    report.faults.extend(faults);
    Ok(format!("決裁済み {chapters}章"))
}

fn results(app: &App, report: &mut Report) -> Result<String> {
    let (mut last, mut count) = (0, 0);
    loop {
        let versions = app.db.read_now(|db| result::store::released_after(db, last, BATCH))?;
        let Some(end) = versions.last() else { return Ok(format!("{count}版")) };
        last = *end;
        for version in versions {
            count += 1;
            report.faults.extend(app.db.read_now(|db| result::proof::faults(db, version))?);
        }
    }
}

fn files(app: &App, report: &mut Report) -> Result<String> {
    let found = stored_files(&app.config.data.join("files"));
    let (mut last, mut count) = (String::new(), 0);
    loop {
        let rows = app.db.read_now(|db| store::attachments_after(db, &last, BATCH))?;
        if rows.is_empty() {
            return Ok(format!("{count}個"));
        }
        for (id, size, sha256, letter) in rows {
            let whose = letter.map_or("まだ手紙のない".to_owned(), |id| format!("手紙 {id} の"));
            match found.get(&id).map(|path| hash_of(path)) {
                None => report.faults.push(format!("{whose}添付 {id} のファイルがありません")),
                Some(Err(why)) => report.faults.push(format!("{whose}添付 {id} を読めません: {why}")),
                Some(Ok((length, hash))) if i64::try_from(length).ok() != Some(size) || hash != sha256 => {
                    report.faults.push(format!("{whose}添付 {id} のファイルが変わっています"));
                }
                Some(Ok(_)) => {}
            }
            count += 1;
            last = id;
        }
    }
}

/// Every stored file by its name, which is the attachment's id; uploads that belong to nothing yet are left out.
pub(super) fn stored_files(folder: &Path) -> HashMap<String, PathBuf> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    entries(folder)
        .filter(|shelf| shelf.is_dir() && shelf.file_name().is_some_and(|n| n != "incoming"))
        .flat_map(|shelf| entries(&shelf).collect::<Vec<_>>())
        .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), path)))
        .collect()
}

/// Length and SHA-256 in hexadecimal.
pub(super) fn hash_of(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut length, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, hex::encode(hash.finalize())));
        }
        length += read as u64;
        hash.update(&buffer[..read]);
    }
}

fn incoming(app: &App, report: &mut Report) -> Result<String> {
    intake::mail::check(app, |fault| report.faults.push(fault))
}

fn opinions(app: &App, report: &mut Report) -> Result<String> {
    let (mut after, mut count) = (0, 0);
    loop {
        let (next, found, faults) = app.db.read_now(|db| {
            let mut faults = Vec::new();
            let found = crate::opinions::check(db, &mut after, BATCH, |fault| faults.push(fault))?;
            Ok((after, found, faults))
        })?;
        after = next;
        report.faults.extend(faults);
        if found == 0 {
            break;
        }
        count += found;
    }
    let all = usize::try_from(app.db.read_now(crate::opinions::store::all_items)?).unwrap_or(usize::MAX);
    if all != count {
        report.faults.push(format!("意見項目 {all}件のうち{}件は、もとの意見がありません", all - count));
    }
    Ok(format!("{count}件"))
}

fn sealed(app: &App, report: &mut Report) -> Result<String> {
    let mut counts = [0, 0, 0];
    let mut last = String::new();
    loop {
        let rows = app.db.read_now(|db| store::parties_after(db, &last, BATCH))?;
        if rows.is_empty() {
            break;
        }
        for (id, key, bytes) in rows {
            counts[0] += 1;
            if people::party::open(&app.sealer, &id, key, &bytes).is_err() {
                report.faults.push(format!("差出人 {id} の封が開きません"));
            }
            last = id;
        }
    }
    last.clear();
    loop {
        let rows = app.db.read_now(|db| store::mails_after(db, &last, BATCH))?;
        if rows.is_empty() {
            break;
        }
        for (id, key, bytes) in rows {
            counts[1] += 1;
            if mail::open(&app.sealer, &id, key, &bytes).is_err() {
                report.faults.push(format!("メール {id} の封が開きません"));
            }
            last = id;
        }
    }
    let mut last = 0;
    loop {
        let rows = app.db.read_now(|db| store::factors_after(db, last, BATCH))?;
        if rows.is_empty() {
            break;
        }
        for (id, key, bytes) in rows {
            counts[2] += 1;
            if app.sealer.open_sealed(&people::second_factor::aad(id), key, &bytes).is_err() {
                report.faults.push(format!("職員 {id} の二要素認証の封が開きません"));
            }
            last = id;
        }
    }
    Ok(format!("差出人 {}人、メール {}通、二要素認証 {}人", counts[0], counts[1], counts[2]))
}
