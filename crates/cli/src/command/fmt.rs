//! `libsys fmt`: files in their canonical form.

use crate::problem::{Outcome, Problem};
use crate::{output, write};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::{FsLoader, SourceMap};
use std::io::Read;
use std::path::Path;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files to rewrite; `-` formats standard input to standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Change nothing; list the files that are not canonical
    #[arg(long)]
    check: bool,
}

/// Formats every file; one that has mistakes of syntax is left as it is.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let (mut wrong, mut differ) = (false, false);
    for file in &args.files {
        let text = read(file)?;
        match libsys_syntax::format(&text) {
            Err(diagnostics) => {
                wrong = true;
                show(file, text, &diagnostics);
            }
            Ok(formatted) if args.check => {
                if formatted != text {
                    differ = true;
                    output::print(&format!("{file}\n"))?;
                }
            }
            Ok(formatted) if file == "-" => output::print_bytes(formatted.as_bytes())?,
            Ok(formatted) if formatted != text => write::replace(Path::new(file), formatted.as_bytes())?,
            Ok(_) => {}
        }
    }
    Ok(Outcome::mistakes(wrong || differ))
}

fn read(file: &str) -> Result<String, Problem> {
    if file != "-" {
        let source = FsLoader.read(file);
        return source.map(|s| s.text).map_err(|reason| Problem::usage(format!("{file}: {reason}")));
    }
    let mut text = String::new();
    let limit = libsys_syntax::MAX_FILE_LEN as u64 + 1;
    let read = std::io::stdin().lock().take(limit).read_to_string(&mut text);
    read.map_err(|error| Problem::io(Path::new("standard input"), &error))?;
    Ok(text)
}

fn show(file: &str, text: String, diagnostics: &[Diagnostic]) {
    let mut sources = SourceMap::default();
    sources.add(if file == "-" { "<standard input>" } else { file }, text);
    output::show(diagnostics, &sources);
}
