//! The commands, one file each.

mod deliver;
mod export;
mod keep;
mod serve;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::error::Result;

/// 広く聴く: 市長への手紙を受け付け、答え、公表する。
#[derive(Debug, Parser)]
#[command(name = "hirokiku", version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 両方の窓口を開く
    Serve,
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
        Command::Serve => serve::run(config),
        Command::Deliver => deliver::run(config),
        Command::Verify => verify::run(config),
        Command::Backup { file } => keep::backup(config, file),
        Command::Restore { file } => keep::restore(config, file),
        Command::Export { folder, full, with_parties } => export::run(config, folder, *full, *with_parties),
    }
}
