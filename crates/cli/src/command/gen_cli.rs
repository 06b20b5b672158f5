//! `libsys gen-cli`: completions and manual pages of this command, for packagers.

use crate::args::Cli;
use crate::problem::{Outcome, Problem};
use crate::write;
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to put them
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes them below a folder, such as `/usr/share`.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let files: Vec<_> = files()?.into_iter().map(|(path, bytes)| (args.folder.join(path), bytes)).collect();
    write::files(&files)?;
    Ok(Outcome::Fine)
}

/// Completions and manual pages, each with its place below `share`.
pub fn files() -> Result<Vec<(PathBuf, Vec<u8>)>, Problem> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = [
        (Shell::Bash, "bash-completion/completions/libsys"),
        (Shell::Fish, "fish/vendor_completions.d/libsys.fish"),
        (Shell::Zsh, "zsh/site-functions/_libsys"),
    ]
    .into_iter()
    .map(|(shell, path)| (PathBuf::from(path), super::completions::completions(shell)))
    .collect();
    let mut command = Cli::command();
    command.build();
    pages(&command, &mut files)?;
    Ok(files)
}

/// The page of a command, and those of its subcommands.
fn pages(command: &clap::Command, files: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<(), Problem> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let path = Path::new("man/man1").join(format!("{name}.1"));
    let bytes = page(command, &name).map_err(|error| Problem::io(&path, &error))?;
    files.push((path, bytes));
    for subcommand in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        pages(subcommand, files)?;
    }
    Ok(())
}

fn page(command: &clap::Command, name: &str) -> std::io::Result<Vec<u8>> {
    let man = clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .date(concat!("libsys ", env!("CARGO_PKG_VERSION")))
        .source("libsys");
    let mut bytes = Vec::new();
    man.render_title(&mut bytes)?;
    man.render_name_section(&mut bytes)?;
    man.render_synopsis_section(&mut bytes)?;
    man.render_description_section(&mut bytes)?;
    man.render_options_section(&mut bytes)?;
    if command.get_subcommands().any(|subcommand| !subcommand.is_hide_set()) {
        man.render_subcommands_section(&mut bytes)?;
    }
    // What help says at the end has a heading of its own, and lines that stay as they are.
    if let Some(after) = command.get_after_help() {
        let text = after.to_string();
        let (heading, lines) = text.split_once(":\n").unwrap_or(("Notes", &text));
        writeln!(bytes, ".SH \"{}\"\n.nf", heading.to_uppercase())?;
        for line in lines.lines() {
            // `\&` keeps roff from reading a line that begins with a point as a request.
            writeln!(bytes, "\\&{}", line.replace('\\', "\\e").replace('-', "\\-"))?;
        }
        writeln!(bytes, ".fi")?;
    }
    Ok(bytes)
}
