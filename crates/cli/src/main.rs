//! The `libsys` command: one file of `command/` for each subcommand.
//!
//! This room only puts words around the libraries: it reads arguments and files, calls `libsys-syntax`,
//! `libsys-model`, `libsys-emit` and `libsys-inspect`, and prints what they say. To add a subcommand: a file
//! in `command/`, a variant and a line in `command/mod.rs`.
#![forbid(unsafe_code)]

mod args;
mod artefact;
mod command;
mod output;
mod problem;
mod report;
mod subject;
mod write;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version also come this way; they are no errors and go to standard output.
            let is_error = error.use_stderr();
            let printed = error.print();
            return if is_error || printed.is_err() {
                ExitCode::from(problem::USAGE)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match command::run(cli.command) {
        Ok(outcome) => outcome.exit_code(),
        Err(problem) => problem.tell(),
    }
}
