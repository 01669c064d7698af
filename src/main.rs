//! Reads the command, runs it, prints the error.

use clap::Parser;

fn main() -> std::process::ExitCode {
    let arguments = hirokiku::cli::Arguments::parse();
    match hirokiku::cli::run(&arguments) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hirokiku: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
