//! `libsys gen`: artefacts of an ABI, all made before the first one is written.

use crate::artefact::{self, Artefact, Request};
use crate::problem::{Outcome, Problem};
use crate::{output, subject, write};
use std::path::{Path, PathBuf};

/// The arguments.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub struct Args {
    /// What to generate; `all` for everything, in the folders where it is installed
    #[arg(required = true, value_name = "ARTEFACT")]
    artefacts: Vec<String>,
    /// What to generate it from: a built-in ABI or a file, and a release of it
    #[arg(long, value_name = "ABI|FILE[@RELEASE]", default_value = "linux/x86_64")]
    abi: String,
    /// The calls that `compact` holds, by name; without it, those that the loader makes
    #[arg(long, value_name = "CALL", value_delimiter = ',')]
    calls: Vec<String>,
    /// The interpreter that `interp` names
    #[arg(long, value_name = "PATH", default_value = "/lib/ld-libsys")]
    interpreter: String,
    /// Where to put it; `-` prints one artefact
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
}

fn help() -> String {
    let mut text = "Artefacts:\n".to_owned();
    for artefact in artefact::ALL {
        text.push_str(&format!("  {:<9} {}\n", artefact.name, artefact.about));
    }
    text.push_str("  all       all of them, with completions and manual pages of this command");
    text
}

/// Makes the artefacts, then writes them.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let is_all = args.artefacts.iter().any(|name| name == "all");
    let mut chosen: Vec<&Artefact> = Vec::new();
    for name in args.artefacts.iter().filter(|name| *name != "all") {
        chosen.push(find(name)?);
    }
    let abi = subject::load(&args.abi)?;
    let request = Request { abi: &abi, calls: &args.calls, interpreter: &args.interpreter };
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    if is_all {
        for artefact in artefact::ALL {
            files.extend(artefact.files(&request, true)?);
        }
        files.extend(
            super::gen_cli::files()?.into_iter().map(|(path, bytes)| (Path::new("share").join(path), bytes)),
        );
    } else {
        for artefact in chosen {
            files.extend(artefact.files(&request, false)?);
        }
    }
    if args.output == Path::new("-") {
        return match &files[..] {
            [(_, bytes)] => output::print_bytes(bytes).map(|()| Outcome::Fine),
            _ => Err(Problem::usage(format!("{} files are not one to print; give a folder", files.len()))),
        };
    }
    for (path, _) in &mut files {
        *path = args.output.join(&*path);
    }
    let written = write::files(&files)?;
    output::say(&format!(
        "{}: {} written, {} unchanged\n",
        args.output.display(),
        output::count(written.changed, "file", "files"),
        written.unchanged
    ));
    Ok(Outcome::Fine)
}

fn find(name: &str) -> Result<&'static Artefact, Problem> {
    let names = || artefact::ALL.iter().map(|artefact| artefact.name).chain(["all"]);
    artefact::ALL.iter().find(|artefact| artefact.name == name).ok_or_else(|| {
        let problem = Problem::usage(format!("there is no artefact `{name}`"));
        match libsys_model::similar(name, names()) {
            Some(_) => problem.suggest(name, names()),
            None => problem.help(format!("there are {}", names().collect::<Vec<_>>().join(", "))),
        }
    })
}
