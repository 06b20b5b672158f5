//! `libsys gen`: artefacts of an ABI, all made before the first one is written.

use crate::artefact::{self, Artefact, Maps, Request};
use crate::problem::{Outcome, Problem};
use crate::{output, subject, write};
use libsys_emit::layer::Layer;
use libsys_emit::libc::Libc;
use libsys_model::{Abi, Call, Implementation, Release};
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
    /// The calls that `compact` holds, by name, and `libsys_syscall` for that whose number is in %rax; without it, those that the
    /// loader makes
    #[arg(long, value_name = "CALL", value_delimiter = ',')]
    calls: Vec<String>,
    /// The interpreter that `interp` names
    #[arg(long, value_name = "PATH", default_value = "/lib/ld-libsys")]
    interpreter: String,
    /// The release that maps are for programs of; without it, the ABI's
    #[arg(long, value_name = "RELEASE", requires = "to")]
    from: Option<Release>,
    /// The kernel's release of a map, or `all` for all kernels since 3.10
    #[arg(long, value_name = "RELEASE", value_delimiter = ',')]
    to: Vec<String>,
    /// The layer that maps take code from; without it, ../lib/libsys/layer-x86_64 beside this command
    #[arg(long, value_name = "FILE")]
    layer: Option<PathBuf>,
    /// What describes the libc that archives are made for: where its errno is, which of its functions are slots
    #[arg(long, value_name = "FILE")]
    libc: Option<PathBuf>,
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
    let maps = maps(args, &abi)?;
    let libc = args.libc.as_deref().map(|path| libc(path, &abi)).transpose()?;
    let request = Request {
        abi: &abi,
        calls: &args.calls,
        interpreter: &args.interpreter,
        maps: &maps,
        libc: libc.as_ref(),
    };
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

/// The oldest kernel that `--to all` makes maps for.
const OLDEST: Release = Release::new(3, 10, 0);

fn maps(args: &Args, abi: &Abi) -> Result<Maps, Problem> {
    let mut to = Vec::new();
    for word in &args.to {
        if word == "all" {
            // The map for a kernel is that of the newest of these releases which is not newer.
            let releases = abi.releases();
            let first = releases.iter().rev().find(|r| **r <= OLDEST).copied().unwrap_or(OLDEST);
            to.extend(releases.into_iter().filter(|r| *r >= first));
        } else {
            to.push(word.parse::<Release>().map_err(Problem::usage)?);
        }
    }
    for release in to.iter().chain(&args.from) {
        subject::known(&abi.name, abi, *release)?;
    }
    let converts = |call: &Call| matches!(call.implementation, Implementation::Structural(_));
    if to.is_empty() && (abi.is_base || !abi.calls.iter().any(converts)) {
        return Ok(Maps::default());
    }
    let path = match &args.layer {
        Some(path) => path.clone(),
        None => {
            let own =
                std::env::current_exe().map_err(|error| Problem::io(Path::new("/proc/self/exe"), &error))?;
            own.parent().unwrap_or(Path::new("/")).join("../lib/libsys/layer-x86_64")
        }
    };
    let bytes = std::fs::read(&path).map_err(|error| Problem::io(&path, &error))?;
    let layer = Layer::read(&bytes).map_err(|why| Problem::input(format!("{}: {why}", path.display())))?;
    Ok(Maps { from: args.from, to, layer })
}

fn libc(path: &Path, abi: &Abi) -> Result<Libc, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::io(path, &error))?;
    Libc::parse(&text, abi).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Problem::input(format!("{}: {}", path.display(), faults.join("; ")))
    })
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
