//! What the layout needs to know of the installation and of the request.

use std::sync::Arc;

use super::parts::Tone;

/// What every page says of the city; made once from the settings.
#[derive(Clone, Debug)]
pub struct City {
    /// Such as 下関市.
    pub name: String,
    /// The unit that answers for the service, such as 市民部 広報広聴課.
    pub office: String,
    /// Its telephone number as printed.
    pub phone: String,
    /// Its postal address as printed.
    pub address: String,
    /// Where citizens reach their door, no slash at the end.
    pub public_url: String,
    /// A demo says on every page that it is one.
    pub demo: bool,
    /// Whether a virus scanner sees attachments before anybody opens them.
    pub scanner: bool,
}

/// What the layout needs to know of the request.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The city of this installation.
    pub city: Arc<City>,
    /// The path of the request; marks the navigation entry the reader is at.
    pub path: String,
    /// One message of the act before, shown once.
    pub flash: Option<Flash>,
    /// The member of staff at the keyboard; always `None` on the citizens' door.
    pub staff: Option<SignedIn>,
}

/// A message of the act before, such as 「下書きを保存しました。」.
#[derive(Clone, Debug)]
pub struct Flash {
    /// How it went.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
}

/// Who is signed in at the staff door, and what they may open.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The person's name.
    pub name: String,
    /// The unit of the posting in use.
    pub unit: String,
    /// The token of the sign-out form.
    pub csrf: String,
    /// The navigation entries this person may open, in order.
    pub entries: Vec<NavEntry>,
}

/// One entry of the navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NavEntry {
    /// Path of the page.
    pub href: &'static str,
    /// Its name.
    pub label: &'static str,
    /// How many things wait there; not shown when zero.
    pub waiting: u64,
}

impl NavEntry {
    /// An entry with nothing waiting.
    pub const fn new(href: &'static str, label: &'static str) -> Self {
        Self { href, label, waiting: 0 }
    }
}

/// The citizens' navigation.
pub const CITIZEN_NAV: [NavEntry; 4] = [
    NavEntry::new("/letters/new", "手紙を書く"),
    NavEntry::new("/voices", "届いた声と答え"),
    NavEntry::new("/consultations", "意見募集"),
    NavEntry::new("/receipts", "手紙のその後"),
];

/// Every entry of the staff navigation, in order; a handler's shell keeps those the person may open.
pub const STAFF_NAV: [NavEntry; 13] = [
    NavEntry::new("/", "私の仕事"),
    NavEntry::new("/letters", "手紙"),
    NavEntry::new("/letters/new", "受付入力"),
    NavEntry::new("/circulations", "供覧"),
    NavEntry::new("/approvals", "決裁"),
    NavEntry::new("/moderation", "公表"),
    NavEntry::new("/consultations", "意見募集"),
    NavEntry::new("/mailroom", "メール室"),
    NavEntry::new("/outbox", "送信箱"),
    NavEntry::new("/files", "添付の検査"),
    NavEntry::new("/statistics", "統計"),
    NavEntry::new("/people", "職員"),
    NavEntry::new("/trail", "記録"),
];
