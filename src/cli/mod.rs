//! The commands, one file each.

mod deliver;
mod export;
mod keep;
mod serve;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::people::commands::{KeysCommand, StaffCommand};
use crate::web::App;
use crate::{demo, people};

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
    Demo,
    /// 両方の窓口を開く
    Serve,
    /// 職員のアカウント
    #[command(subcommand)]
    Staff(StaffCommand),
    /// 個人情報を封じる鍵
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 有効な設定を表示する(パスワードは伏せる)
    Config,
    /// 送信箱のメールを一度だけ送る
    Deliver,
    /// 記録の鎖、件数、封、添付を調べる(異常があれば終了コード 1)
    Verify,
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

/// Runs a command.
///
/// # Errors
/// Whatever kept it from its work; the message is for the person at the shell.
pub fn run(arguments: &Arguments) -> Result<()> {
    let config = Config::read()?;
    match &arguments.command {
        Command::Demo => {
            let app = demo::open(config)?;
            serve::run(app)
        }
        Command::Serve => serve::run(App::open(config, Clock::System)?),
        Command::Staff(command) => people::commands::staff(&App::open(config, Clock::System)?, command),
        Command::Keys(KeysCommand::Rotate) => people::commands::rotate(&App::open(config, Clock::System)?),
        Command::Config => {
            println!("{}", config.shown()?);
            Ok(())
        }
        Command::Deliver => deliver::run(config),
        Command::Verify => verify::run(config),
        Command::Backup { file } => keep::backup(config, file),
        Command::Restore { file } => keep::restore(config, file),
        Command::Export { folder, full, with_parties } => export::run(config, folder, *full, *with_parties),
    }
}
