//! The arrow of the house: a file imports only from groups above its own. Checked by reading the sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The groups from the ground up; a room may lean on its own group's earlier rooms where the last field says so.
const GROUPS: &[(&str, &[&str], Inside)] = &[
    ("ground", &["error", "clock", "config", "calendar", "text", "db", "seal", "web"], Inside::Free),
    ("services", &["trail", "files", "mail", "people", "approval"], Inside::Free),
    ("nouns", &["letters", "replies", "publications", "consultations", "opinions"], Inside::WhatItIsAbout),
    (
        "stages",
        &[
            "intake",
            "moderation",
            "triage",
            "decisions",
            "receipts",
            "insight",
            "outbox",
            "front",
            "planning",
            "concluding",
            "answering",
            "sorting",
        ],
        Inside::Never,
    ),
    ("top", &["work", "metrics", "routes", "safekeeping", "demo", "cli"], Inside::Free),
];

/// Whether rooms of one group may import each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Free,
    /// Replies and publications are about letters, opinions about consultations; what a consultation receives is
    /// receipted as a letter is.
    WhatItIsAbout,
    Never,
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn room(path: &Path) -> String {
    let inside = path.strip_prefix(src()).expect("below src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn group(room: &str) -> Option<usize> {
    GROUPS.iter().position(|(_, rooms, _)| rooms.contains(&room))
}

/// What stands before the tests of a file: tests may look anywhere.
fn program_text(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a readable source");
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
}

#[test]
fn a_file_imports_only_from_groups_above_its_own() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let from = room(&path);
        if from == "lib" || from == "main" {
            continue;
        }
        let mine = group(&from).unwrap_or_else(|| panic!("{from} stands in no group of the house"));
        for (number, line) in program_text(&path).lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for part in line.split("crate::").skip(1) {
                let to: String =
                    part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let Some(theirs) = group(&to) else { continue };
                let allowed = to == from
                    || theirs < mine
                    || (theirs == mine
                        && match GROUPS[mine].2 {
                            Inside::Free => true,
                            Inside::WhatItIsAbout => {
                                to == "letters" || (from == "opinions" && to == "consultations")
                            }
                            Inside::Never => false,
                        });
                if !allowed {
                    wrong.push(format!("{}:{} imports {to}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fewer_than_ten_places_ask_which_database_it_is() {
    let mut places = Vec::new();
    for path in sources(&src()) {
        let text = program_text(&path);
        let lines: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
        for (number, line) in lines.iter().enumerate() {
            // one place is one match: its PostgreSQL arm names the variant once
            if line.contains("=>") && (line.contains("Kind::Postgres") || line.contains("Either::Postgres("))
            {
                places.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(places.len() < 10, "{} places:\n{}", places.len(), places.join("\n"));
}

#[test]
fn sql_stays_in_store_files() {
    let mut wrong = Vec::new();
    for path in sources(&src()) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let from = room(&path);
        // the ground's own bookkeeping: connections, keys, the chain
        if name.contains("store")
            || ["db", "seal", "trail"].contains(&from.as_str())
            || path.components().any(|c| c.as_os_str() == "store")
        {
            continue;
        }
        for (number, line) in program_text(&path).lines().enumerate() {
            if ["diesel::insert_into", "diesel::update", "diesel::delete", "sql_query("]
                .iter()
                .any(|sql| line.contains(sql))
            {
                wrong.push(format!("{}:{}", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "SQL outside store files:\n{}", wrong.join("\n"));
}
