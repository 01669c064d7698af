//! Mails in files: single ones, mbox, Maildir, folders of any of these, read one after another without holding more
//! than one mail in memory.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A larger mail is not read into memory; no mail server takes one.
pub const LARGEST: usize = 128 * 1024 * 1024;

/// Longest piece of a line that is read at once: not everything among mails has lines.
const PIECE: u64 = 1024 * 1024;

/// Where a mail stands.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The file, or the folder that could not be read.
    pub path: &'a Path,
    /// Which mail of an mbox, from 1.
    pub number: Option<usize>,
}

/// Why there is no mail.
#[derive(Debug)]
pub enum Unread {
    /// Nothing but white space.
    Empty,
    /// More than [`LARGEST`].
    TooLarge,
    /// Found in a folder, and neither file nor folder: a pipe, a device, a link to a folder.
    NoFile,
    /// The disk's own word.
    Trouble(io::Error),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Empty => f.write_str("空のファイルです"),
            Unread::TooLarge => f.write_str("このメールは大きすぎます(128MiBまで)"),
            Unread::NoFile => {
                f.write_str("ファイルでもフォルダーでもありません(フォルダーへのリンクはたどりません)")
            }
            Unread::Trouble(why) => why.fmt(f),
        }
    }
}

/// Calls `each` with every mail found under a path, in the order of the names, or with the reason why one cannot be
/// read; the rest goes on. Of a Maildir `cur` and `new` are read, and the Maildirs in it. Hidden files are no mails.
///
/// # Errors
/// What `each` gave; it ends the walk.
pub fn walk<E>(
    path: &Path,
    each: &mut impl FnMut(At<'_>, Result<Vec<u8>, Unread>) -> Result<(), E>,
) -> Result<(), E> {
    // what a person named is read whatever it is: a link, a pipe
    if !path.is_dir() {
        return file(path, each);
    }
    let mut waiting = vec![path.to_owned()];
    let mut named = true;
    while let Some(path) = waiting.pop() {
        let folder =
            std::mem::take(&mut named) || fs::symlink_metadata(&path).is_ok_and(|kind| kind.is_dir());
        if folder {
            match inside(&path) {
                // the last in comes out first
                Ok(found) => waiting.extend(found.into_iter().rev()),
                Err(why) => each(At { path: &path, number: None }, Err(Unread::Trouble(why)))?,
            }
        } else if fs::metadata(&path).is_ok_and(|kind| !kind.is_file()) {
            each(At { path: &path, number: None }, Err(Unread::NoFile))?;
        } else {
            file(&path, each)?;
        }
    }
    Ok(())
}

/// What is to be read in a folder.
fn inside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    found.sort();
    let named = |path: &Path, names: &[&str]| path.file_name().is_some_and(|n| names.iter().any(|m| n == *m));
    let hidden = |path: &Path| path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
    if is_maildir(folder) {
        // tmp holds what is not delivered yet, other files are the server's own
        found.retain(|path| path.is_dir() && !named(path, &["tmp"]));
        found.retain(|path| named(path, &["cur", "new"]) || is_maildir(path));
    } else {
        found.retain(|path| !hidden(path) || is_maildir(path));
    }
    Ok(found)
}

fn is_maildir(folder: &Path) -> bool {
    folder.join("cur").is_dir() && folder.join("new").is_dir()
}

fn file<E>(
    path: &Path,
    each: &mut impl FnMut(At<'_>, Result<Vec<u8>, Unread>) -> Result<(), E>,
) -> Result<(), E> {
    match mails(path, each) {
        Ok(()) => Ok(()),
        Err(Ended::By(error)) => Err(error),
        Err(Ended::Reading(why)) => each(At { path, number: None }, Err(Unread::Trouble(why))),
    }
}

/// Why a file was not read to its end.
enum Ended<E> {
    By(E),
    Reading(io::Error),
}

fn mails<E>(
    path: &Path,
    each: &mut impl FnMut(At<'_>, Result<Vec<u8>, Unread>) -> Result<(), E>,
) -> Result<(), Ended<E>> {
    let mut input = BufReader::with_capacity(256 * 1024, File::open(path).map_err(Ended::Reading)?);
    let is_mbox = input.fill_buf().map_err(Ended::Reading)?.starts_with(b"From ");
    if !is_mbox {
        let mut whole = Vec::new();
        input.take(LARGEST as u64 + 1).read_to_end(&mut whole).map_err(Ended::Reading)?;
        return each(At { path, number: None }, checked(whole)).map_err(Ended::By);
    }
    let (mut number, mut mail, mut line) = (0, Vec::new(), Vec::new());
    let (mut after_blank, mut starts) = (true, true);
    loop {
        line.clear();
        let read = input.by_ref().take(PIECE).read_until(b'\n', &mut line).map_err(Ended::Reading)?;
        let separator = starts && after_blank && is_separator(&line);
        if (read == 0 || separator) && !mail.is_empty() {
            number += 1;
            let whole = checked(ended(std::mem::take(&mut mail)));
            each(At { path, number: Some(number) }, whole).map_err(Ended::By)?;
        }
        if read == 0 {
            return Ok(());
        }
        if !separator && mail.len() <= LARGEST {
            // `>From ` stands for a line that began with From
            let quoted = line.iter().position(|b| *b != b'>').filter(|at| starts && *at > 0);
            let unquoted = quoted.is_some_and(|at| line[at..].starts_with(b"From "));
            mail.extend_from_slice(if unquoted { &line[1..] } else { &line });
        }
        after_blank = starts && matches!(line.as_slice(), b"\n" | b"\r\n");
        starts = line.ends_with(b"\n");
    }
}

fn checked(mail: Vec<u8>) -> Result<Vec<u8>, Unread> {
    if mail.len() > LARGEST {
        return Err(Unread::TooLarge);
    }
    if mail.iter().all(u8::is_ascii_whitespace) { Err(Unread::Empty) } else { Ok(mail) }
}

/// `From address Thu Apr  2 …`: with a time, so that a sentence that begins with From is not taken for one.
fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ")
        && line.windows(3).any(|w| w[1] == b':' && w[0].is_ascii_digit() && w[2].is_ascii_digit())
}

/// A mail without the blank line that an mbox puts after it.
fn ended(mut mail: Vec<u8>) -> Vec<u8> {
    for end in [&b"\r\n\r\n"[..], b"\n\n"] {
        if mail.ends_with(end) {
            mail.truncate(mail.len() - end.len() / 2);
            break;
        }
    }
    mail
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, and the reasons where there is no mail.
    fn found(path: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let done: Result<(), ()> = walk(path, &mut |_, mail| {
            found.push(match mail {
                Ok(mail) => String::from_utf8_lossy(&mail).into_owned(),
                Err(why) => format!("! {why}"),
            });
            Ok(())
        });
        done.unwrap();
        found
    }

    #[test]
    fn an_mbox_is_cut_at_its_separators_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        let text = "From a@example.jp Thu Apr  2 10:00:00 2026\nSubject: 1\n\nFrom here on no light burns.\n\nFrom hand to mouth\n>From the sea\n\n\
                    From b@example.jp Thu Apr  2 10:01:00 2026\nSubject: 2\n\n二通目\n";
        std::fs::write(&path, text).unwrap();
        assert_eq!(
            found(&path),
            [
                "Subject: 1\n\nFrom here on no light burns.\n\nFrom hand to mouth\nFrom the sea\n",
                "Subject: 2\n\n二通目\n"
            ]
        );
    }

    #[test]
    fn a_line_longer_than_a_piece_is_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mbox");
        let long = "x".repeat(PIECE as usize);
        // what follows the piece begins no line, whatever it looks like
        let text = format!("From a@example.jp Thu Apr  2 10:00:00 2026\n\n{long}From b 10:00\n\nend\n");
        std::fs::write(&path, &text).unwrap();
        assert_eq!(found(&path), [&text[text.find('\n').unwrap() + 1..]]);
    }

    #[test]
    fn a_maildir_gives_what_was_delivered_and_not_what_is_still_coming() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("cur/1:2,S", "Subject: 1\n\n"),
            ("new/2", "Subject: 2\n\n"),
            ("tmp/3", "Subj"),
            (".Sent/cur/4", "Subject: 4\n\n"),
            (".Sent/new/.keep", ""),
            ("sieve/rules", "keep;"),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::write(folder.path().join("dovecot-uidlist"), "3 V1").unwrap();
        assert_eq!(found(folder.path()), ["Subject: 4\n\n", "Subject: 1\n\n", "Subject: 2\n\n"]);
    }

    #[test]
    fn a_folder_that_leads_into_itself_a_pipe_and_an_empty_file_are_told_and_end_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.eml"), "Subject: 1\n\n").unwrap();
        std::fs::write(folder.path().join("b.eml"), "\r\n \n").unwrap();
        std::fs::write(folder.path().join(".DS_Store"), "Bud1").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("c")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("d")).unwrap();
        std::os::unix::net::UnixListener::bind(folder.path().join("e")).unwrap();
        let found = found(folder.path());
        assert_eq!(found[0], "Subject: 1\n\n");
        assert_eq!(found[1], format!("! {}", Unread::Empty));
        assert_eq!(found[2], format!("! {}", Unread::NoFile));
        assert!(found[3].starts_with("! No such file"), "{found:?}");
        assert_eq!(found[4..], [format!("! {}", Unread::NoFile)]);
    }
}
