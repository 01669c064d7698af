//! Everything public as open data, in files: exactly what the citizens' door answers, so that a copy elsewhere and
//! the city's own pages never differ.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use actix_web::body::to_bytes;
use actix_web::dev::Service;
use actix_web::test::{TestRequest, init_service};
use serde_json::{Value, json};

use super::backup::{disk, write_private};
use super::export::empty_folder;
use crate::error::{Error, Result};
use crate::opinions::result;
use crate::routes;
use crate::trail::{self, Act, By, Line, Subject};
use crate::web::{Door, Shared, server};

/// What an export of open data wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Published voices, counted in the files.
    pub voices: usize,
    /// Files.
    pub files: usize,
}

/// Writes the CSV files, the feeds, the descriptions of the JSON interfaces, the list of voices and each voice, and the
/// files of each result into a folder that is empty or not there, each under its address at the citizens' door. The voices of the CSV file are counted against
/// the list and the files.
///
/// # Errors
/// [`Error::Refused`] when the folder holds anything, or something was published or withdrawn meanwhile.
pub async fn export_public(app: &Shared, folder: &Path) -> Result<Published> {
    empty_folder(folder)?;
    // the door itself, without a socket
    let door = init_service(server::application(app.clone(), Door::Citizen, routes::citizen)).await;
    let answer = async |path: &str| -> Result<Vec<u8>> {
        let answer = door.call(TestRequest::get().uri(path).to_request()).await.map_err(Error::internal)?;
        if !answer.status().is_success() {
            return Err(changed());
        }
        Ok(to_bytes(answer.into_body()).await.map_err(|_| changed())?.to_vec())
    };
    let mut done = Published::default();
    let mut ids = BTreeSet::new();
    let (mut page, mut pages, mut total) = (1_u64, 1_u64, 0_u64);
    while page <= pages {
        let bytes = answer(&format!("/api/v1/voices?page={page}")).await?;
        let list: Value = serde_json::from_slice(&bytes).map_err(Error::internal)?;
        let number = |name: &str| list.get(name).and_then(Value::as_u64).unwrap_or(0);
        (pages, total) = (number("pages"), number("total"));
        let voices = list.get("voices").and_then(Value::as_array).into_iter().flatten();
        ids.extend(voices.filter_map(|voice| voice.get("id").and_then(Value::as_i64)));
        keep(folder, &format!("api/v1/voices/page-{page}.json"), &bytes, &mut done)?;
        page += 1;
    }
    for id in &ids {
        let bytes = answer(&format!("/api/v1/voices/{id}")).await?;
        keep(folder, &format!("api/v1/voices/{id}.json"), &bytes, &mut done)?;
    }
    let mut paths: Vec<String> = [
        "feeds/voices.atom",
        "feeds/consultations.atom",
        "api/openapi.json",
        "api/consultation-result.schema.json",
        "opendata/letters_published.csv",
        "opendata/consultations.csv",
        "opendata/opinion_groups.csv",
    ]
    .map(str::to_owned)
    .into();
    for (version, _) in app.db.read(result::store::all_released).await? {
        let result = format!("consultations/{}/result", version.consultation_id);
        paths.extend([format!("{result}.csv"), format!("{result}.json")]);
    }
    for path in &paths {
        let bytes = answer(&format!("/{path}")).await?;
        keep(folder, path, &bytes, &mut done)?;
    }
    let file = fs::read(folder.join("opendata/letters_published.csv")).map_err(disk)?;
    done.voices = csv::Reader::from_reader(file.as_slice()).records().filter(|row| row.is_ok()).count();
    if done.voices != ids.len() || u64::try_from(done.voices).ok() != Some(total) {
        return Err(changed());
    }
    let now = app.clock.now();
    let line = Line::new(Act::Exported, Subject::System, "export")
        .with(json!({ "full": false, "voices": done.voices }));
    app.db.write(move |db| trail::record(db, &By::shell(), now, &line)).await?;
    Ok(done)
}

fn changed() -> Error {
    Error::Refused(
        "書き出すあいだに公表の内容が変わりました。もう一度、空のフォルダーへ書き出してください。".to_owned(),
    )
}

fn keep(folder: &Path, name: &str, bytes: &[u8], done: &mut Published) -> Result<()> {
    let path = folder.join(name);
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).map_err(disk)?;
    }
    write_private(&path, bytes)?;
    done.files += 1;
    Ok(())
}
