//! `hirokiku group FILE`: the whole command, from a file to its table, with form letters whose truth is known.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::{Command, Output};

use hirokiku::text::l1;
use hirokiku::text::likeness::{Index, Sketch};

use crate::agreement::Agreement;
use crate::campaigns::{How, Planted, plant};

/// Runs the command on a file with this content.
fn group(content: &[u8]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("opinions");
    std::fs::write(&file, content).expect("a file");
    run(&file)
}

fn run(file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hirokiku")).arg("group").arg(file).output().expect("the program runs")
}

/// The rows of the table by id: group, level, representative, added.
fn rows(output: &Output) -> BTreeMap<String, [String; 4]> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut table = csv::Reader::from_reader(&output.stdout[..]);
    assert_eq!(table.headers().expect("a header"), vec!["id", "group", "level", "representative", "added"]);
    table
        .records()
        .map(|row| {
            let row = row.expect("a row");
            (row[0].to_owned(), [1, 2, 3, 4].map(|at| row[at].to_owned()))
        })
        .collect()
}

fn json_lines(letters: &[(String, String)]) -> Vec<u8> {
    let lines = letters.iter().map(|(id, text)| serde_json::json!({ "id": id, "text": text }).to_string());
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

const LETTER: &str = "中央図書館の移転について意見を申し上げます。駅から遠くなると、車のない者は通えません。\
                      いまの建物を直して使い続けてください。私はこの移転に反対します。";

#[test]
fn each_letter_is_told_what_it_is_a_copy_of_and_what_it_adds() {
    let letter = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let output = group(&json_lines(&[
        letter("a", LETTER),
        letter("b", LETTER),
        letter("c", &LETTER.replace("。", "。\n ")),
        letter("d", &format!("{LETTER}孫も毎週通っています。")),
        letter("e", "港の通りの街灯が切れたままです。夜は足元が見えません。"),
    ]));
    let rows = rows(&output);
    let told = |id: &str| {
        let [group, level, representative, added] = &rows[id];
        [group.as_str(), level, representative, added].map(str::to_owned)
    };
    assert_eq!(told("a"), ["1", "L0", "a", ""]);
    assert_eq!(told("b"), ["1", "L0", "a", ""]);
    assert_eq!(told("c"), ["1", "L1", "a", ""]);
    assert_eq!(told("d"), ["1", "near", "a", "孫も毎週通っています。"]);
    assert_eq!(told("e"), ["2", "L0", "e", ""]);
    let counts = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        counts.contains("受け取った意見 5通") && counts.contains("まとまり(2通以上) 1組 4通"),
        "{counts}"
    );
}

#[test]
fn of_many_copies_every_personal_addition_is_shown_and_nothing_else() {
    let mut letters: Vec<(String, String)> = (0..1_000).map(|n| (n.to_string(), LETTER.to_owned())).collect();
    for n in (0..1_000).step_by(33) {
        letters[n].1.push_str(&format!("{n}番地に住む者です。"));
    }
    let rows = rows(&group(&json_lines(&letters)));
    assert_eq!(rows.len(), 1_000, "no letter is dropped");
    for n in 0..1_000 {
        let expected = if n % 33 == 0 { format!("{n}番地に住む者です。") } else { String::new() };
        assert_eq!(rows[&n.to_string()][3], expected, "{n}");
    }
}

#[test]
fn a_table_from_a_spreadsheet_is_read_and_nothing_in_the_result_runs_as_a_formula() {
    let file =
        format!("\u{feff}id,text\r\n1,{LETTER}\r\n2,\"{LETTER}\r\n=SUM(A1)を見てください。\"\r\n3,\r\n");
    let rows = rows(&group(file.as_bytes()));
    assert_eq!(rows["2"][0], rows["1"][0]);
    assert_eq!(rows["2"][3], "'=SUM(A1)を見てください。");
    assert_eq!(rows["3"][1], "L0", "an empty text is a letter too");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line_and_without_a_table() {
    for (file, told) in [
        (
            &b"{\"id\":\"a\",\"text\":\"x\"}\n{\"id\":\"a\",\"text\":\"y\"}\n"[..],
            "2行目の id「a」は 1行目にも",
        ),
        (b"{\"id\":\"a\",\"text\":\"x\"}\nnot json\n", "2行目"),
        (b"id,text\r\n1,a\r\n1,b\r\n", "3行目の id「1」は 2行目にも"),
        (b"", "空です"),
    ] {
        let output = group(file);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty() && error.contains(told), "{error}");
    }
    assert!(!run(Path::new("/nowhere/at/all")).status.success());
}

#[test]
fn very_long_letters_and_odd_characters_are_letters_like_any_other() {
    let long: String = (0..30_000).map(|n| format!("{n}番の話です。")).collect();
    assert!(long.len() > 600_000);
    let rows = rows(&group(&json_lines(&[
        ("long".to_owned(), long.clone()),
        ("longer".to_owned(), format!("{long}もう一つ付け足します。")),
        ("nul".to_owned(), "\0\0道の\0話".to_owned()),
        ("plain".to_owned(), "道の話".to_owned()),
    ])));
    assert_eq!(rows["longer"][0], rows["long"][0]);
    assert_eq!(rows["nul"][0], rows["plain"][0]);
}

#[test]
fn planted_campaigns_are_found_and_opposite_sides_never_mixed() {
    let planted = plant(4_000, 77);
    let letters: Vec<(String, String)> =
        planted.iter().enumerate().map(|(n, letter)| (n.to_string(), letter.text.clone())).collect();
    let rows = rows(&group(&json_lines(&letters)));
    let groups: Vec<usize> =
        (0..planted.len()).map(|n| rows[&n.to_string()][0].parse().expect("a number")).collect();
    let found = Agreement::of(&planted, &groups, |letter| l1(&letter.text));
    assert_eq!(found.opposite, 0);
    assert!(found.precision >= 0.999 && found.f1() >= 0.985 && found.b_cubed >= 0.985, "{found:?}");
    assert!(found.heavy >= 0.5, "{found:?}");
    assert!(found.paraphrased < 0.2, "better than the documentation says: {found:?}");
}

#[test]
fn a_letter_that_comes_later_finds_the_group_it_would_have_had_all_along() {
    let planted = plant(1_500, 78);
    let sketches: Vec<Sketch> = planted.iter().map(|letter| Sketch::of(&letter.text)).collect();
    let place = |order: Vec<usize>| {
        let mut index = Index::new();
        let mut of_letter = vec![0; sketches.len()];
        for at in order {
            of_letter[at] = index.add(sketches[at].clone(), 1);
            // asked in between, as intake does: an answer must change nothing
            index.group_of(of_letter[at]);
        }
        let groups = index.groups();
        // a group is named by its first letter
        let mut first = HashMap::new();
        of_letter
            .iter()
            .enumerate()
            .map(|(at, &text)| *first.entry(groups[text as usize]).or_insert(at))
            .collect::<Vec<usize>>()
    };
    let forwards = place((0..sketches.len()).collect());
    assert_eq!(forwards, place((0..sketches.len()).rev().collect()));
    assert!(
        planted.iter().filter(|letter: &&Planted| letter.how == How::Own).count() > 300,
        "not only copies"
    );
}
