//! `export`: the way out.

use std::path::Path;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::safekeeping::export;
use crate::web::App;

pub(super) fn run(config: Config, folder: &Path, full: bool, with_parties: bool) -> Result<()> {
    if !full {
        return Err(Error::Refused("いまは --full(引越し用のすべて)だけを書き出せます。".to_owned()));
    }
    let app = App::open(config, Clock::System)?;
    let done = export::export_full(&app, folder, with_parties)?;
    println!(
        "書き出しました: {}({}表 {}行、ファイル {}個)",
        folder.display(),
        done.tables,
        done.rows,
        done.files
    );
    if with_parties {
        println!("差出人とメールの封を {}件開きました。取扱いにご注意ください。", done.opened);
    } else {
        println!("差出人とメールは封をしたままです。");
    }
    Ok(())
}
