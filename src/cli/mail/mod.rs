//! `mail`: ways in for mail, and a look at what is understood of one.

mod fetch;
mod read;

use std::path::PathBuf;

use clap::Subcommand;

use crate::config::Config;
use crate::error::Result;
use crate::intake::mail::commands;

/// The commands below `mail`.
#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// メールがどう読めるかを1通1行のJSONで見せる(何も保存しない)
    Read {
        /// ファイル、フォルダー、mbox、Maildir
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// 標準入力の1通を受け取る(メールサーバーのパイプから)。保存できたら0、できなければ75で終わる
    Receive {
        /// 封筒の差出人。空なら差出人のない封筒
        #[arg(long, allow_hyphen_values = true)]
        sender: Option<String>,
        /// 封筒の宛先(いくつでも)
        #[arg(long, num_args = 0.., allow_hyphen_values = true)]
        recipient: Vec<String>,
    },
    /// 設定したメールボックス(IMAP)から、新しいメールを一度だけ取り込む
    Fetch {
        /// つながるかどうかだけを調べる(メールボックスには何もしない)
        #[arg(long)]
        test: bool,
        /// このメールボックスだけ(設定の name)
        #[arg(long)]
        only: Option<String>,
    },
    /// ファイル、フォルダー、mbox、Maildirのメールを取り込む(何度しても重複しない)
    Import {
        /// ファイルかフォルダー
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

/// Runs one of them.
pub(super) fn run(config: Config, command: &MailCommand) -> Result<()> {
    match command {
        MailCommand::Read { paths } => read::run(paths),
        MailCommand::Receive { sender, recipient } => commands::receive(config, sender.as_deref(), recipient),
        MailCommand::Fetch { test, only } => fetch::run(config, *test, only.as_deref()),
        MailCommand::Import { paths } => commands::import(config, paths),
    }
}
