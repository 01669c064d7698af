//! Every rule for mail has tests that exist: the page that names them is read against the sources.

use std::collections::BTreeSet;
use std::path::Path;

fn tests_of(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            tests_of(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable source");
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                if ["#[test]", "#[actix_web::test", "#[tokio::test"].iter().any(|mark| line.starts_with(mark))
                {
                    marked = true;
                } else if !line.starts_with("#[") && !line.starts_with("//") {
                    let name = line.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
                    if let Some(name) = name.filter(|_| marked) {
                        found.insert(name.to_owned());
                    }
                    marked = false;
                }
            }
        }
    }
}

#[test]
fn every_rule_for_mail_is_proved_by_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeSet::new();
    for folder in ["src", "tests/it"] {
        tests_of(&root.join(folder), &mut tests);
    }
    let page = std::fs::read_to_string(root.join("docs/decisions/0015-rules-for-mail.md")).expect("the page");
    let mut wrong = Vec::new();
    for rule in 1..=42 {
        let start = format!("| {rule} |");
        let Some(row) = page.lines().find(|line| line.starts_with(&start)) else {
            wrong.push(format!("rule {rule} has no row"));
            continue;
        };
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        if !named.iter().any(|name| name.starts_with(&format!("rule_{rule:02}_"))) {
            wrong.push(format!("rule {rule} has no test under its number"));
        }
        wrong.extend(
            named.iter().filter(|name| !tests.contains(**name)).map(|name| format!("no test {name}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
