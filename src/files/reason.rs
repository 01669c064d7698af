//! Why a file from outside is not simply opened.

use crate::text_enum;

text_enum! {
    /// Why a file is held or refused, whatever the virus scanner says.
    pub enum Reason {
        Macro = "macro" => "マクロなどの動く部分が入っています",
        Script = "script" => "開くと動き出すファイル(スクリプト)です",
        Program = "program" => "プログラムです",
        Shortcut = "shortcut" => "ショートカットです",
        DiskImage = "disk_image" => "ディスクの写し(ISOなど)です",
        DoubleExtension = "double_extension" => "名前の終わりを二重にして、種類を隠しています",
        HiddenName = "hidden_name" => "名前に、並びを変える見えない文字が入っています",
        Mismatch = "mismatch" => "名前や届け出た種類と、中身が合っていません",
        Encrypted = "encrypted" => "パスワードがかかっていて、中を確かめられません",
        ArchiveLimit = "archive_limit" => "まとめたファイルの中が、大きすぎるか、深すぎます",
        Opaque = "opaque" => "中を確かめられない形でまとめてあります",
        Damaged = "damaged" => "壊れていて、中を確かめられません",
        Unknown = "unknown" => "種類が分かりません",
        TooLarge = "too_large" => "大きすぎて、ウイルス検査ができません",
        Virus = "virus" => "ウイルス検査で見つかりました",
        Sanitiser = "sanitiser" => "無害化の仕組みが、危険と判断しました",
    }
}

impl Reason {
    /// Whether the sender can send it in another way, and how: a sentence for an answer. A password sent in a second
    /// mail (PPAP) protects nothing and hides the content from the scanner.
    pub fn for_sender(self) -> Option<&'static str> {
        match self {
            Reason::Encrypted => Some(
                "パスワードのかかった添付は、ウイルス検査ができないため開けません。パスワードをかけずに送り直していただくか、\
                 市の入力画面からお送りください。郵送や窓口でもお受けします。",
            ),
            Reason::Macro => Some("マクロの入った文書は開けません。PDFにしてお送りください。"),
            Reason::ArchiveLimit | Reason::Opaque | Reason::Damaged => {
                Some("まとめたファイルの中を確かめられません。まとめずに、1つずつお送りください。")
            }
            Reason::Unknown | Reason::Mismatch | Reason::TooLarge => {
                Some("添付を開けません。写真かPDFにしてお送りください。")
            }
            _ => None,
        }
    }
}
