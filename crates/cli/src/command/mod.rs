//! The subcommands, one file each: its arguments as `Args`, and `run`.

mod check;
mod completions;
mod diff;
mod doc;
mod fmt;
mod gen_cli;
mod generate;
mod import;
mod inspect;
mod run;

use crate::problem::{Outcome, Problem};
use clap::Subcommand;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report all mistakes of ABIs and of what they include
    Check(check::Args),
    /// Bring files into their canonical form
    Fmt(fmt::Args),
    /// Generate what programs link, headers, bindings and documentation
    #[command(name = "gen")]
    Generate(generate::Args),
    /// Compare two ABIs, or two releases of one, call by call
    Diff(diff::Args),
    /// Turn another project's list of system calls into a `.sys` file
    Import(import::Args),
    /// Say what an ELF file has to do with its system calls
    Inspect(inspect::Args),
    /// Run a program with its section supplied
    Run(run::Args),
    /// Look a call or a type up
    Doc(doc::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write completions and manual pages of this command
    #[command(hide = true)]
    GenCli(gen_cli::Args),
}

/// Does it.
///
/// # Errors
///
/// Why it could not be done.
pub fn run(command: Command) -> Result<Outcome, Problem> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Doc(args) => doc::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::GenCli(args) => gen_cli::run(&args),
    }
}
