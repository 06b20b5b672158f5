//! `libsys completions`: what a shell needs to complete this command.

use crate::args::Cli;
use crate::output;
use crate::problem::{Outcome, Problem};
use clap::CommandFactory;
use clap_complete::Shell;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// Prints the completions of a shell.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    output::print_bytes(&completions(args.shell))?;
    Ok(Outcome::Fine)
}

/// The completions of a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "libsys", &mut bytes);
    bytes
}
