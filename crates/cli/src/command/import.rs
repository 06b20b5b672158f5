//! `libsys import`: other projects' lists, as texts of the language.

use crate::output;
use crate::problem::{Outcome, Problem};
use libsys_import::Format;
use libsys_syntax::source::{FsLoader, SourceMap};
use std::path::{Path, PathBuf};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What kind of list it is; without this, it is told from the text
    #[arg(long, value_enum, value_name = "FORMAT")]
    from: Option<From>,
    /// The list
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name of the ABI; without it, linux/x86_64 for Linux, else the name of the file
    #[arg(long, value_name = "NAME")]
    abi: Option<String>,
}

/// The formats, as arguments.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum From {
    /// Linux: syscall_64.tbl and its like
    LinuxTbl,
    /// FreeBSD, DragonFly, OpenBSD: syscalls.master
    FreebsdMaster,
}

/// Prints the text on standard output, and what is lost or wrong on standard error.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let path = args.file.to_string_lossy();
    let source = FsLoader.read(&path).map_err(|reason| Problem::usage(format!("{path}: {reason}")))?;
    let format = match args.from {
        Some(From::LinuxTbl) => Format::LinuxTbl,
        Some(From::FreebsdMaster) => Format::FreebsdMaster,
        None => libsys_import::detect(&source.text).ok_or_else(|| unknown(&path))?,
    };
    let name = args.abi.clone().unwrap_or_else(|| name(format, &args.file));
    let mut sources = SourceMap::default();
    let file = sources.add(source.path, source.text);
    let imported = libsys_import::import(format, &sources, file, &name, &libsys_abi::linux_x86_64());
    output::show(&imported.diagnostics, &sources);
    match imported.text {
        Some(text) => output::print(&text).map(|()| Outcome::Fine),
        None => {
            let errors = imported.diagnostics.iter().filter(|d| d.is_error()).count();
            Err(Problem::input(format!("{path} has {}", output::count(errors, "mistake", "mistakes"))))
        }
    }
}

fn name(format: Format, file: &Path) -> String {
    let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match format {
        Format::LinuxTbl => "linux/x86_64".to_owned(),
        Format::FreebsdMaster => stem,
    }
}

fn unknown(path: &str) -> Problem {
    let names = Format::ALL.map(Format::name).join(" nor ");
    Problem::input(format!("{path}: neither {names}: no line begins with a number"))
}
