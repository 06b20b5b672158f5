//! The command line as a whole; each subcommand's own arguments are in its file.

use crate::command::Command;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;

/// What `--help` and the manual page say of the exit status.
const EXIT_STATUS: &str = "\
Exit status:
  0    all is well
  1    the input has mistakes, or differences were found
  2    the command was used wrongly, or a file could not be read or written
  127  a program was refused (run)

Colours are used on terminals only; NO_COLOR turns them off too.";

/// Describe system calls, generate what programs link to make them, and look into programs that do.
#[derive(Debug, Parser)]
#[command(name = "libsys", version, after_help = EXIT_STATUS, disable_help_subcommand = true)]
#[command(propagate_version = true)]
pub struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto, display_order = 900)]
    color: ColorChoice,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Reads the command line, and settles the colours of all output.
pub fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = arguments.collect();
    // Mistakes in the arguments themselves are shown in colour or not before there are any arguments.
    let choice = color_of(&arguments);
    let command = Cli::command().color(choice);
    let cli = command.try_get_matches_from(&arguments).and_then(|matches| Cli::from_arg_matches(&matches))?;
    match cli.color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::AlwaysAnsi,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    Ok(cli)
}

/// The last `--color` of the arguments, read loosely.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    let apart = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    match joined.chain(apart).last() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn colours_are_found_before_anything_is_parsed() {
        let color = |words: &[&str]| color_of(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(color(&["libsys", "--color", "never", "chekc"]), ColorChoice::Never);
        assert_eq!(color(&["libsys", "chekc", "--color=always"]), ColorChoice::Always);
        assert_eq!(color(&["libsys", "--color"]), ColorChoice::Auto);
    }
}
