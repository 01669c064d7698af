//! The commands, one file each.

mod deliver;
mod export;
mod group;
mod keep;
mod mail;
mod serve;
mod verify;

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use clap::{Parser, Subcommand};

use self::mail::MailCommand;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::intake::opinion::import::SubmissionsCommand;
use crate::people::commands::{KeysCommand, StaffCommand};
use crate::web::App;
use crate::{demo, files, intake, people};

/// 広く聴く: 市長への手紙を受け付け、答え、公表する。
#[derive(Debug, Parser)]
#[command(name = "hirokiku", version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 見本の市を作り(はじめの一度だけ)、両方の窓口を開く
    Demo {
        /// 見本の市の時計をこの時刻に合わせる(例:2026-10-02T23:50:00+09:00)。前には戻せない
        #[arg(long, value_name = "TIME")]
        now: Option<DateTime<FixedOffset>>,
    },
    /// 両方の窓口を開く
    Serve,
    /// 職員のアカウント
    #[command(subcommand)]
    Staff(StaffCommand),
    /// 届いたメール
    #[command(subcommand)]
    Mail(MailCommand),
    /// ほかで受け付けた意見
    #[command(subcommand)]
    Submissions(SubmissionsCommand),
    /// 個人情報を封じる鍵
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 有効な設定を表示する(パスワードは伏せる)
    Config,
    /// 送信箱のメールを一度だけ送る
    Deliver,
    /// 記録の鎖、件数、封、添付を調べる(異常があれば終了コード 1)
    Verify,
    /// ファイルの意見を、同じものと似たものにまとめる(何も保存しない)
    ///
    /// 1行に一つの {"id", "text"}(JSON Lines)か、id と text の列のある CSV を読み、CSV(id, group, level,
    /// representative, added)を標準出力に書く。level は L0(一字一句同じ)、L1(書き方だけの違い)、near(似ている)。
    Group {
        /// 意見のファイル
        file: PathBuf,
    },
    /// 動かしたまま、すべて(鍵を除く)の控えを一つのファイルに取る
    Backup {
        /// 控えのファイル(まだないもの)
        file: PathBuf,
    },
    /// 控えを空の場所に戻し、正しく戻ったかを調べる
    Restore {
        /// 控えのファイル
        file: PathBuf,
    },
    /// 標準入力のファイルの安全な写しを標準出力に書く(このプログラムが、子のプロセスとして自分で使う)
    #[command(hide = true)]
    SafeCopy {
        /// ファイルの種類
        mime: String,
    },
    /// 書き出す
    Export {
        /// 書き出す先(空のフォルダー)
        folder: PathBuf,
        /// 非公開のものを含むすべて(引越し用)
        #[arg(long)]
        full: bool,
        /// 差出人とメールの封を開いて書き出す(記録に残ります)
        #[arg(long, requires = "full")]
        with_parties: bool,
    },
}

/// The code the program ends with when a command fails. A mail server takes 75 for "try again later" and returns the
/// mail to its writer on others: whatever goes wrong while a mail is taken in is no fault of the mail.
pub fn failure_code(arguments: impl Iterator<Item = std::ffi::OsString>) -> u8 {
    let words: Vec<_> = arguments.skip(1).take(2).collect();
    if words.iter().map(|w| w.to_string_lossy()).eq(["mail", "receive"]) { 75 } else { 1 }
}

/// Runs a command.
///
/// # Errors
/// Whatever kept it from its work; the message is for the person at the shell.
pub fn run(arguments: &Arguments) -> Result<()> {
    if let Command::SafeCopy { mime } = &arguments.command {
        // knows no setting, no database and no key
        let code = files::child(mime, std::io::stdin().lock(), std::io::stdout().lock());
        std::process::exit(code.into());
    }
    let config = Config::read()?;
    match &arguments.command {
        Command::Demo { now } => {
            let clock = now.map_or(Clock::System, |at| Clock::going_on_from(at.to_utc()));
            let app = demo::open(config, clock)?;
            serve::run(app)
        }
        Command::Serve => serve::run(App::open(config, Clock::System)?),
        Command::Staff(command) => people::commands::staff(&App::open(config, Clock::System)?, command),
        Command::Keys(KeysCommand::Rotate) => {
            let app = App::open(config, Clock::System)?;
            people::commands::rotate(&app)?;
            println!("封じ直した届いたメール {}", intake::mail::reseal(&app)?);
            Ok(())
        }
        Command::Mail(command) => mail::run(config, command),
        Command::Submissions(command) => intake::opinion::import::run(config, command),
        Command::Config => {
            println!("{}", config.shown()?);
            Ok(())
        }
        Command::Deliver => deliver::run(config),
        Command::Verify => verify::run(config),
        Command::Backup { file } => keep::backup(config, file),
        Command::Restore { file } => keep::restore(config, file),
        Command::SafeCopy { .. } => Ok(()),
        Command::Group { file } => group::run(file),
        Command::Export { folder, full, with_parties } => export::run(config, folder, *full, *with_parties),
    }
}
