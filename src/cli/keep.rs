//! `backup` and `restore`.

use std::path::Path;

use super::verify;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::safekeeping::backup;
use crate::web::App;

pub(super) fn backup(config: Config, file: &Path) -> Result<()> {
    let key = config.seal_key_path();
    let app = App::open(config, Clock::System)?;
    let manifest = backup::backup(&app, file)?;
    let bytes: u64 = manifest.parts.iter().map(|p| p.size).sum();
    println!("控えを取りました: {}({}個、{bytes}バイト)", file.display(), manifest.parts.len());
    eprintln!(
        "【重要】個人情報の鍵 {} はこの控えに入っていません。鍵がないと差出人もメールも開けません。\n\
         鍵は、控えとは別の安全な場所に必ず保管してください。",
        key.display()
    );
    Ok(())
}

pub(super) fn restore(config: Config, file: &Path) -> Result<()> {
    let report = backup::restore(config, Clock::System, file)?;
    verify::show(&report)
}
