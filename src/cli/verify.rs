//! `verify`: the proof that nothing was changed, lost or added.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::safekeeping::{self, Report};
use crate::web::App;

pub(super) fn run(config: Config) -> Result<()> {
    let app = App::open(config, Clock::System)?;
    show(&safekeeping::verify(&app))
}

/// Prints a report; an error when there is a fault.
pub(super) fn show(report: &Report) -> Result<()> {
    for line in &report.checked {
        println!("{line}");
    }
    println!("記録の鎖の先端: {}", report.head);
    if report.faults.is_empty() {
        println!("すべて合っています。");
        return Ok(());
    }
    for fault in &report.faults {
        println!("異常: {fault}");
    }
    Err(Error::Refused(format!("異常が {}件あります", report.faults.len())))
}
