//! Reads the command, runs it, prints the error.

use std::process::ExitCode;

use clap::Parser;
use hirokiku::cli;

fn main() -> ExitCode {
    let failed = ExitCode::from(cli::failure_code(std::env::args_os()));
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            drop(error.print());
            return match error.exit_code() {
                0 => ExitCode::SUCCESS,
                _ if failed == ExitCode::FAILURE => ExitCode::from(2),
                _ => failed,
            };
        }
    };
    match std::panic::catch_unwind(|| cli::run(&arguments)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            match error.sentence() {
                Some(sentence) => eprintln!("hirokiku: {sentence}"),
                None => eprintln!("hirokiku: {error}"),
            }
            failed
        }
        Err(_) => failed,
    }
}
