//! A mail as it comes in, whatever it turns out to be: where from, to whom, what became of it and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::text_enum;

text_enum! {
    /// By which way a mail came to the house.
    pub enum Source {
        Lmtp = "lmtp" => "メールサーバーから(LMTP)",
        Pipe = "pipe" => "メールサーバーから(パイプ)",
        Imap = "imap" => "メールボックスから(IMAP)",
        Import = "import" => "取り込み",
    }
}

text_enum! {
    /// What became of a mail. Every mail that came in stands in exactly one of these, so the sums come out.
    pub enum State {
        Waiting = "waiting" => "読み取り待ち",
        Letter = "letter" => "手紙",
        Message = "message" => "手紙の続き",
        Opinion = "opinion" => "意見募集の意見",
        Bounce = "bounce" => "不達の知らせ",
        Automatic = "automatic" => "自動送信",
        Duplicate = "duplicate" => "重複",
        Spam = "spam" => "迷惑メール",
        Exception = "exception" => "要確認",
    }
}

impl State {
    /// Whether a person may still decide otherwise: what became a letter, part of one or an opinion stays.
    pub fn may_change(self) -> bool {
        matches!(self, State::Bounce | State::Automatic | State::Spam | State::Exception)
    }
}

text_enum! {
    /// Why a mail stands where it stands.
    pub enum Reason {
        Crashed = "crashed" => "読み取るたびにプログラムが止まりました",
        TooSlow = "too_slow" => "読み取りに時間がかかりすぎました",
        Unreadable = "unreadable" => "読み取れませんでした",
        Damaged = "damaged" => "保存した原本が開きません",
        Empty = "empty" => "件名も本文も添付もありません",
        NotStored = "not_stored" => "手紙として保存できませんでした",
        Forged = "forged" => "市や職員の名をかたったメールのおそれがあります",
        WhichConsultation = "which_consultation" => "どの意見募集への意見か分かりません",
        Scored = "scored" => "迷惑メールの判定によります",
        ByHand = "by_hand" => "職員の判断によります",
        AutoReply = "auto_reply" => "自動応答です",
        List = "list" => "メーリングリストや一斉送信です",
        OwnMail = "own_mail" => "市が送ったメールが戻ってきました",
        UnknownMail = "unknown_mail" => "どのメールの不達か分かりません",
        SameMail = "same_mail" => "同じメールがすでに届いています",
    }
}

text_enum! {
    /// Who wrote, seen from the letter the mail belongs to.
    pub enum Standing {
        Sender = "sender" => "差出人本人",
        Other = "other" => "別の差出人(確認が必要)",
        Staff = "staff" => "職員・担当課",
    }
}

text_enum! {
    /// What a person should know of a mail before relying on it.
    pub enum Flag {
        IdReused = "id_reused" => "同じ番号(Message-ID)で別の内容のメールが届いています",
        Oversize = "oversize" => "大きすぎるため、はじめの部分だけを読みました",
        Repaired = "repaired" => "壊れていた部分を直して読みました",
        Doubtful = "doubtful" => "見出しに不審な点があります",
        DmarcFail = "dmarc_fail" => "送信元の確認(DMARC)に失敗しました",
        Encrypted = "encrypted" => "暗号化されていて本文を読めません",
        BySubject = "by_subject" => "件名の番号から結び付けました",
        Closed = "closed" => "完結した手紙への返信です",
        NewSubject = "new_subject" => "返信ですが、件名が別の内容です",
        Suggested = "suggested" => "件名に別の手紙の番号があります",
        Confirmed = "confirmed" => "受付の控えを送りました",
        Files = "files" => "添付ファイルがあります",
        Loop = "loop" => "自動のやりとりが続いています",
    }
}

/// Sender and recipients as the mail server was told them, which need not be what the mail itself says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize)]
#[serde(default)]
pub struct Envelope {
    /// None when it is not known; empty for the null sender `<>`.
    pub sender: Option<String>,
    /// Addresses of ours it was for.
    pub recipients: Vec<String>,
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Envelope(…)")
    }
}

/// Where a mail lies in a mailbox on a server: what is kept from a place once is not kept from there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The folder's name.
    pub folder: String,
    /// The folder's UIDVALIDITY.
    pub uidvalidity: i64,
    /// The mail's UID.
    pub uid: i64,
    /// The octets are only its beginning: the whole is larger than what is taken in, and stays there.
    pub cut: bool,
}

/// A mail as a source hands it over.
#[derive(Clone)]
pub struct Raw {
    /// The way it came.
    pub source: Source,
    /// Which listener, mailbox or folder.
    pub account: String,
    /// Who and to whom.
    pub envelope: Envelope,
    /// Exactly as it came.
    pub octets: Vec<u8>,
    /// When the house had it, or the server its mailbox.
    pub received_at: DateTime<Utc>,
    /// Its place in a mailbox, for IMAP.
    pub place: Option<Place>,
}

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raw({}, {} bytes)", self.source, self.octets.len())
    }
}

/// A mail that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `incoming.id`.
    pub id: String,
    /// It was here already, from the same place of the same mailbox.
    pub known: bool,
}
