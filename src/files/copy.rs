//! A safe copy of one file: a picture drawn anew without its metadata, the words of a document, the list of an archive.
//!
//! This runs in a child process ([`super::bounded`]): a decoder that hangs, swells or panics takes nothing with it.

use std::io::{Cursor, Read, Write};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::archive;
use super::kind::Kind;
use super::{office, size_in_words};
use crate::error::{Error, Result};
use crate::text_enum;

/// The longer edge of a picture's copy, in pixels.
const EDGE: u32 = 2_400;
/// Pixels along one edge that are decoded at all.
const LARGEST_EDGE: u32 = 20_000;
/// Memory for decoding one picture.
const PICTURE_MEMORY: u64 = 400 * 1024 * 1024;
/// Characters of a text's copy.
const CHARACTERS: usize = 200_000;

text_enum! {
    /// What the safe copy of a file is.
    pub enum CopyKind {
        Picture = "picture" => "描き直した画像",
        Text = "text" => "文字だけの写し",
        List = "list" => "中身の一覧",
        Sanitised = "sanitised" => "無害化した写し",
        None = "none" => "写しなし",
    }
}

/// A copy as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// What it is.
    pub kind: CopyKind,
    /// Its type.
    pub mime: &'static str,
    /// The whole of it.
    pub bytes: Vec<u8>,
}

/// Whether there is a way to copy this kind.
pub fn can_copy(kind: Kind) -> bool {
    kind.is_picture()
        || matches!(
            kind,
            Kind::Text
                | Kind::Csv
                | Kind::Html
                | Kind::Calendar
                | Kind::Card
                | Kind::Xml
                | Kind::Script
                | Kind::Word
                | Kind::Excel
                | Kind::PowerPoint
                | Kind::MacroOffice
                | Kind::Zip
                | Kind::Tar
                | Kind::Gzip
        )
}

/// Makes the copy.
///
/// # Errors
/// [`Error::Refused`] when this file gives none.
pub fn make(kind: Kind, whole: &[u8]) -> Result<Copy> {
    let text = |text: String| Copy { kind: CopyKind::Text, mime: "text/plain", bytes: text.into_bytes() };
    match kind {
        kind if kind.is_picture() => picture(whole),
        Kind::Word | Kind::Excel | Kind::PowerPoint | Kind::MacroOffice => {
            office::text(whole, CHARACTERS).map(|words| text(plain(&words)))
        }
        Kind::Zip | Kind::Tar | Kind::Gzip => Ok(Copy { kind: CopyKind::List, ..text(list(whole)) }),
        Kind::Html => crate::web::html::to_text(&decoded(whole)).map(|words| text(plain(&words))),
        kind if can_copy(kind) => Ok(text(plain(&decoded(whole)))),
        _ => Err(no_copy("no way to copy this kind")),
    }
}

fn no_copy(why: impl std::fmt::Display) -> Error {
    Error::Refused(why.to_string())
}

/// Decoded within limits, turned upright, made smaller, encoded anew: nothing but the pixels is left.
fn picture(whole: &[u8]) -> Result<Copy> {
    let mut reader = ImageReader::new(Cursor::new(whole)).with_guessed_format().map_err(no_copy)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_EDGE);
    limits.max_image_height = Some(LARGEST_EDGE);
    limits.max_alloc = Some(PICTURE_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(no_copy)?;
    let upright = decoder.orientation().map_err(no_copy)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) * 4 > PICTURE_MEMORY {
        return Err(no_copy("too many pixels"));
    }
    let mut picture = DynamicImage::from_decoder(decoder).map_err(no_copy)?;
    picture.apply_orientation(upright);
    if width.max(height) > EDGE {
        picture = picture.resize(EDGE, EDGE, image::imageops::FilterType::Triangle);
    }
    let mut bytes = Cursor::new(Vec::new());
    let (mime, done) = if picture.color().has_alpha() {
        ("image/png", picture.to_rgba8().write_to(&mut bytes, ImageFormat::Png))
    } else {
        ("image/jpeg", picture.to_rgb8().write_to(&mut bytes, ImageFormat::Jpeg))
    };
    done.map_err(no_copy)?;
    Ok(Copy { kind: CopyKind::Picture, mime, bytes: bytes.into_inner() })
}

/// Characters of whichever of the four charsets of Japan takes the bytes without damage.
fn decoded(whole: &[u8]) -> String {
    use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS, UTF_8};
    let order = if whole.contains(&0x1b) {
        [ISO_2022_JP, UTF_8, EUC_JP, SHIFT_JIS]
    } else {
        [UTF_8, EUC_JP, SHIFT_JIS, ISO_2022_JP]
    };
    let undamaged = |charset: &'static encoding_rs::Encoding| {
        let (text, damaged) = charset.decode_with_bom_removal(whole);
        (!damaged).then(|| text.into_owned())
    };
    order.into_iter().find_map(undamaged).unwrap_or_else(|| UTF_8.decode(whole).0.into_owned())
}

/// Without control characters, no longer than [`CHARACTERS`].
fn plain(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).take(CHARACTERS).collect()
}

fn list(whole: &[u8]) -> String {
    let look = archive::look(whole);
    let mut lines: Vec<String> = look
        .entries
        .iter()
        .map(|e| format!("{} ({})", e.name, size_in_words(i64::try_from(e.size).unwrap_or(i64::MAX))))
        .collect();
    if look.entries.len() >= archive::ENTRIES {
        lines.push(format!("(はじめの{}個だけです)", archive::ENTRIES));
    }
    if lines.is_empty() {
        lines.push("(中は空か、読めません)".to_owned());
    }
    plain(&lines.join("\n"))
}

/// The child's whole work: a stored type's file in, a line with kind and type and then the copy out. Gives the exit
/// code: 0 for a copy, 65 (EX_DATAERR) when the file gives none.
pub fn child(mime: &str, mut input: impl Read, mut output: impl Write) -> u8 {
    const DATA_ERROR: u8 = 65;
    let mut whole = Vec::new();
    let Some(kind) = Kind::of_mime(mime) else { return DATA_ERROR };
    if input.read_to_end(&mut whole).is_err() {
        return DATA_ERROR;
    }
    let Ok(copy) = make(kind, &whole) else { return DATA_ERROR };
    let head = format!("{} {}\n", copy.kind.code(), copy.mime);
    let written = output.write_all(head.as_bytes()).and_then(|()| output.write_all(&copy.bytes));
    if written.and_then(|()| output.flush()).is_ok() { 0 } else { DATA_ERROR }
}

/// What a child wrote.
pub(super) fn of_child(out: &[u8]) -> Option<Copy> {
    let end = out.iter().position(|b| *b == b'\n')?;
    let (kind, mime) = std::str::from_utf8(&out[..end]).ok()?.split_once(' ')?;
    let mime = ["image/png", "image/jpeg", "text/plain"].into_iter().find(|known| *known == mime)?;
    Some(Copy { kind: CopyKind::from_code(kind)?, mime, bytes: out[end + 1..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::super::archive::tests::zip_of;
    use super::*;

    /// A JPEG of two by one pixels whose EXIF says that it lies on its side, and where it was taken.
    fn photo() -> Vec<u8> {
        let mut plain = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(20, 10).write_to(&mut plain, ImageFormat::Jpeg).unwrap();
        let plain = plain.into_inner();
        let mut exif =
            b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 33.95N 130.94E"
                .to_vec();
        let mut whole = plain[..2].to_vec();
        whole.extend_from_slice(b"\xff\xe1");
        whole.extend_from_slice(&u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        whole.append(&mut exif);
        whole.extend_from_slice(&plain[2..]);
        whole
    }

    #[test]
    fn rule_34_a_picture_is_drawn_anew_upright_and_without_its_place() {
        let copy = make(Kind::Jpeg, &photo()).unwrap();
        assert!(!copy.bytes.windows(3).any(|w| w == b"GPS"));
        let drawn = image::load_from_memory(&copy.bytes).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (10, 20), "turned upright");
        assert_eq!((copy.kind, copy.mime), (CopyKind::Picture, "image/jpeg"));
    }

    #[test]
    fn a_picture_of_too_many_pixels_gives_no_copy() {
        // a PNG that says it is 19,999 pixels wide and high
        let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        head.extend_from_slice(&19_999_u32.to_be_bytes());
        head.extend_from_slice(&19_999_u32.to_be_bytes());
        head.extend_from_slice(b"\x08\x06\0\0\0");
        assert!(make(Kind::Png, &head).is_err());
    }

    #[test]
    fn text_in_any_of_the_charsets_of_japan_is_read() {
        for bytes in [&b"\x1b$B39Et\x1b(B"[..], b"\x8aX\x93\x94", b"\xb3\xb9\xc5\xf4", "街灯".as_bytes()] {
            assert_eq!(decoded(bytes), "街灯", "{bytes:?}");
        }
    }

    #[test]
    fn rule_21_an_archive_is_listed_not_unpacked() {
        let copy = make(Kind::Zip, &zip_of(&[("写真.png", b"12345"), ("書類/要望.txt", b"x")])).unwrap();
        assert_eq!(copy.kind, CopyKind::List);
        assert_eq!(String::from_utf8(copy.bytes).unwrap(), "写真.png (5バイト)\n書類/要望.txt (1バイト)");
    }

    #[test]
    fn what_the_child_writes_is_read_back() {
        let mut out = Vec::new();
        assert_eq!(child("text/plain", &b"\x8aX\x93\x94\0"[..], &mut out), 0);
        let copy = of_child(&out).unwrap();
        assert_eq!((copy.kind, copy.bytes.as_slice()), (CopyKind::Text, "街灯".as_bytes()));
        assert_eq!(child("image/png", &b"no picture"[..], Vec::new()), 65);
        assert!(of_child(b"picture text/html\n<script>").is_none());
    }
}
