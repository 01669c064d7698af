//! `export`: the way out.

use std::path::Path;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::safekeeping::{export, public};
use crate::web::{App, Shared};

pub(super) fn run(config: Config, folder: &Path, full: bool, with_parties: bool) -> Result<()> {
    let app = App::open(config, Clock::System)?;
    if !full {
        let app = Shared::new(app);
        let done = actix_web::rt::System::new().block_on(public::export_public(&app, folder))?;
        println!(
            "公表しているものを書き出しました: {}(声 {}件、ファイル {}個)",
            folder.display(),
            done.voices,
            done.files
        );
        return Ok(());
    }
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
