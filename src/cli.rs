//! The commands.

use clap::{Parser, Subcommand};

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::people;
use crate::people::commands::{KeysCommand, StaffCommand};
use crate::routes;
use crate::web::{App, Door, Shared, server};

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
    /// 職員のアカウント
    #[command(subcommand)]
    Staff(StaffCommand),
    /// 個人情報を封じる鍵
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 有効な設定を表示する(パスワードは伏せる)
    Config,
}

/// Runs a command.
///
/// # Errors
/// Whatever kept it from its work; the message is for the person at the shell.
pub fn run(arguments: &Arguments) -> Result<()> {
    let config = Config::read()?;
    match &arguments.command {
        Command::Serve => serve(config),
        Command::Staff(command) => people::commands::staff(&App::open(config, Clock::System)?, command),
        Command::Keys(KeysCommand::Rotate) => people::commands::rotate(&App::open(config, Clock::System)?),
        Command::Config => {
            println!("{}", config.shown()?);
            Ok(())
        }
    }
}

fn serve(config: Config) -> Result<()> {
    let app = Shared::new(App::open(config, Clock::System)?);
    actix_web::rt::System::new().block_on(async move {
        let citizen = server::bind(&app, Door::Citizen, routes::citizen)?;
        let staff = server::bind(&app, Door::Staff, routes::staff)?;
        println!("市民の窓口 http://{}  職員の窓口 http://{}", citizen.address, staff.address);
        people::commands::invite(&app)?;
        let handles = [citizen.server.handle(), staff.server.handle()];
        actix_web::rt::spawn(async move {
            // a supervisor's polite stop, or Ctrl-C
            wait_for_stop().await;
            for handle in handles {
                handle.stop(true).await;
            }
        });
        futures_util::try_join!(citizen.server, staff.server).map_err(Error::internal)?;
        Ok(())
    })
}

async fn wait_for_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
