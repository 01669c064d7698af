//! What is understood of a mail: plain values, the same whichever way it came in.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::text_enum;

/// Ceilings of reading one mail. What lies beyond is left out and said ([`Warning::CutOff`]), never an error: the
/// octets themselves are kept elsewhere, whole.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Parts looked at, those of nested messages too.
    pub parts: usize,
    /// How deep multiparts and nested messages go.
    pub depth: usize,
    /// Octets of a header block looked at.
    pub header_bytes: usize,
    /// Octets of one header field looked at.
    pub field_bytes: usize,
    /// Addresses of one header field.
    pub addresses: usize,
    /// Octets of text and HTML together.
    pub text_bytes: usize,
    /// Files handed out.
    pub attachments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            parts: 2_000,
            depth: 64,
            header_bytes: 1024 * 1024,
            field_bytes: 256 * 1024,
            addresses: 1_000,
            text_bytes: 4 * 1024 * 1024,
            attachments: 1_000,
        }
    }
}

/// A mail as it was understood. Whatever the sender wrote is untrusted; whatever could not be read is said in
/// `warnings`, whatever was mended in `repaired`.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The first address of the first From; where there is none, of Sender.
    pub from: Option<Correspondent>,
    /// Sender, when it stands there.
    pub sender: Option<Correspondent>,
    /// Reply-To.
    pub reply_to: Vec<Correspondent>,
    /// To.
    pub to: Vec<Correspondent>,
    /// Cc.
    pub cc: Vec<Correspondent>,
    /// Subject, one line, decoded; empty when there is none.
    pub subject: String,
    /// The date the header states, whatever it is worth.
    pub date: Option<DateTime<Utc>>,
    /// The date of the topmost Received: the one that deadlines may trust.
    pub received_at: Option<DateTime<Utc>>,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// In-Reply-To, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// References, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// All text a person sees in the mail, LF; from HTML when there is no plain text.
    pub text: String,
    /// The first HTML part as it was written, decoded but not made safe.
    pub html: Option<String>,
    /// Whether the text was made from HTML alone.
    pub html_only: bool,
    /// Files, nested mails, images.
    pub attachments: Vec<Enclosure>,
    /// Whether and which machine wrote it.
    pub machine: Machine,
    /// Authentication-Results, topmost first, unfolded. Worth only what the city's own server wrote on top.
    pub authentication: Vec<String>,
    /// Signed or encrypted.
    pub protection: Protection,
    /// The character set that the text's part declares.
    pub declared_charset: Option<String>,
    /// The character set the text was read in.
    pub used_charset: Option<String>,
    /// What was mended, each once.
    pub repaired: Vec<Repair>,
    /// What staff should know, each once.
    pub warnings: Vec<Warning>,
    /// SHA-256 in hex over what relays do not change: the same mail by two ways has the same hash.
    pub content_hash: String,
}

/// Someone in a header field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Correspondent {
    /// The name beside the address, decoded; may be empty.
    pub name: String,
    /// The address, if it is one that can be written to.
    pub address: Option<String>,
    /// What stands in the header, decoded.
    pub as_written: String,
}

/// A file in a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enclosure {
    /// A name fit to be shown; never a path.
    pub name: String,
    /// The name as the sender wrote it, decoded; empty when he gave none.
    pub name_original: String,
    /// The type the mail states, lower case.
    pub declared_type: String,
    /// The octets, transfer encoding undone.
    pub bytes: Vec<u8>,
    /// Content-ID without angle brackets.
    pub content_id: Option<String>,
    /// Whether it is shown within the text rather than beside it.
    pub inline: bool,
    /// Subject of the nested message it stands in, if it does.
    pub of: Option<String>,
    /// Text to find it by: for a nested message its subject and words.
    pub words: String,
}

/// What is known of the machine that wrote a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// What kind of machine.
    pub kind: MachineKind,
    /// Enhanced status code of a bounce, as `5.1.1`.
    pub status: Option<String>,
    /// The address that did not get the mail.
    pub recipient: Option<String>,
    /// Whether trying again is useless.
    pub hard: bool,
    /// What the other server said, one line.
    pub diagnostic: Option<String>,
    /// Message-ID of the mail that came back.
    pub returned: Option<String>,
    /// What spoke for a machine.
    pub signals: Vec<Signal>,
}

text_enum! {
    /// Who wrote a mail, if not a person.
    #[derive(Default)]
    pub enum MachineKind {
        #[default]
        None = "none" => "人からのメール",
        AutoReply = "auto_reply" => "自動返信",
        Bounce = "bounce" => "不達の知らせ",
        List = "list" => "一斉配信",
    }
}

text_enum! {
    /// A sign that a machine wrote a mail. None is enough alone for a bounce.
    pub enum Signal {
        NullSender = "null_sender" => "差出人のない封筒",
        Report = "report" => "配送報告の部分",
        AutoSubmitted = "auto_submitted" => "Auto-Submitted",
        MailerDaemon = "mailer_daemon" => "mailer-daemonからの送信",
        AutoHeader = "auto_header" => "自動応答のヘッダー",
        FailedRecipients = "failed_recipients" => "不達の宛先のヘッダー",
        AutoSubject = "auto_subject" => "自動返信の件名",
        BounceSubject = "bounce_subject" => "不達の件名",
        BounceText = "bounce_text" => "不達の本文",
        Precedence = "precedence" => "Precedence",
        ListHeader = "list_header" => "配信リストのヘッダー",
        NoReply = "no_reply" => "返信を受けない差出人",
        SuppressReplies = "suppress_replies" => "自動返信を断るヘッダー",
    }
}

text_enum! {
    /// Whether a mail is signed or encrypted.
    #[derive(Default)]
    pub enum Protection {
        #[default]
        None = "none" => "なし",
        Signed = "signed" => "署名あり",
        Encrypted = "encrypted" => "暗号化",
    }
}

text_enum! {
    /// Something wrong with a mail that was put right.
    pub enum Repair {
        Charset = "charset" => "文字コードの表示が中身と違うため、読み直しました",
        CharsetMissing = "charset_missing" => "文字コードの表示がないため、推定しました",
        HeaderCharset = "header_charset" => "件名や差出人の文字コードを推定しました",
        FileName = "file_name" => "ファイル名の書き方を直しました",
        LeadingLines = "leading_lines" => "先頭の余分な行を除きました",
        LineEnds = "line_ends" => "改行を直しました",
        FoldedParameter = "folded_parameter" => "次の行にある設定を読みました",
        Boundary = "boundary" => "区切りの乱れを直しました",
        Unclosed = "unclosed" => "終わりの区切りがないまま読みました",
        ContentType = "content_type" => "種類の書き方を直しました",
        Transfer = "transfer" => "転送の符号化の乱れを直しました",
        HeaderEnd = "header_end" => "ヘッダーと本文の境目を補いました",
    }
}

text_enum! {
    /// Something staff should know of a mail.
    pub enum Warning {
        DuplicateHeader = "duplicate_header" => "同じヘッダーが二つあります(はじめのものを使いました)",
        DuplicateFrom = "duplicate_from" => "差出人が二つ書かれています(はじめのものを使いました)",
        BadAddress = "bad_address" => "返信できないアドレスです",
        NoFrom = "no_from" => "差出人がありません",
        NoDate = "no_date" => "日付がないか、読めません",
        OddDate = "odd_date" => "日付が受信日と大きく違います",
        UnreadableText = "unreadable_text" => "読めない文字があります",
        UnknownCharacters = "unknown_characters" => "携帯電話の絵文字や外字を〓で表しました",
        CutOff = "cut_off" => "大きすぎるため、一部だけを読みました",
        NulOctets = "nul_octets" => "文字でない部分を除きました",
        Encrypted = "encrypted" => "暗号化されていて読めません",
        Tnef = "tnef" => "winmail.datから取り出しました",
        TnefBroken = "tnef_broken" => "winmail.datを読めません",
        DisguisedName = "disguised_name" => "ファイル名に隠し文字やフォルダー名がありました",
        EncodedAddress = "encoded_address" => "アドレスの中に符号化された文字があります",
        EmptyText = "empty_text" => "本文がありません",
    }
}
