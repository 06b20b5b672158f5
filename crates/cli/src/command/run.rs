//! `libsys run`: a program started through the supplier.

use crate::problem::{Outcome, Problem};
use libsys_image::map::MapImage;
use libsys_model::Release;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the supplier is looked for besides beside this command.
const PLACES: [&str; 3] = ["/lib/ld-libsys", "/usr/lib/ld-libsys", "/usr/local/lib/ld-libsys"];

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The map to supply instead of the built-in one
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Ask the kernel which calls it has instead of trusting its release: for containers, whose filters refuse some;
    /// with `show`, say which it lacks
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "quiet")]
    probe: Option<Probe>,
    /// Have `uname` report the release that the program was made for, or a given one
    #[arg(long, value_name = "RELEASE", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    uname: Option<String>,
    /// The program, and its arguments
    #[arg(
        required = true, trailing_var_arg = true, allow_hyphen_values = true,
        value_name = "PROGRAM", num_args = 1..
    )]
    program: Vec<OsString>,
}

/// How the kernel is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Probe {
    // Without a word. What is documented here lengthens the help.
    #[value(hide = true)]
    Quiet,
    // With a line for each call that is not there.
    Show,
}

/// Becomes the program. Returns only if that cannot be done.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let Some((name, arguments)) = args.program.split_first() else {
        return Err(Problem::usage("no program to run"));
    };
    let program = find(Path::new(name))?;
    let mut command = if has_section(&program)? {
        let mut command = Command::new(supplier()?);
        command.arg(&program);
        command
    } else {
        // Nothing is there to be supplied; its own interpreter may still do so for its libraries.
        let mut command = Command::new(&program);
        command.arg0(name);
        command
    };
    command.args(arguments);
    if let Some(map) = &args.map {
        check_map(map)?;
        command.env("LIBSYS_MAP", map);
    }
    if let Some(probe) = args.probe {
        command.env("LIBSYS_PROBE", if probe == Probe::Show { "show" } else { "1" });
    }
    if let Some(release) = &args.uname {
        if release != "1" {
            release.parse::<Release>().map_err(Problem::usage)?;
        }
        command.env("LIBSYS_UNAME", release);
    }
    let error = command.exec();
    Err(refused(&program, &Problem::io(&program, &error)))
}

/// Problems of a program are refusals, whatever they are elsewhere.
fn refused(program: &Path, problem: &Problem) -> Problem {
    let message = problem.message();
    let prefix = format!("{}: ", program.display());
    Problem::refused(if message.starts_with(&prefix) {
        message.to_owned()
    } else {
        format!("{prefix}{message}")
    })
}

/// A program is a path, or a name to be found in PATH.
fn find(name: &Path) -> Result<PathBuf, Problem> {
    let is_path = name.as_os_str().as_encoded_bytes().contains(&b'/');
    if is_path {
        return Ok(name.to_owned());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| is_program(path));
    found.ok_or_else(|| Problem::refused(format!("{}: not found in PATH", name.display())))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

/// Whether a program has a section of ours. What is no ELF file is for the kernel to judge.
fn has_section(program: &Path) -> Result<bool, Problem> {
    let bytes = std::fs::read(program).map_err(|error| refused(program, &Problem::io(program, &error)))?;
    match libsys_inspect::section(&bytes) {
        Ok(section) => Ok(section.is_some()),
        Err(libsys_inspect::Error::NotElf) => Ok(false),
        Err(error) => Err(Problem::refused(format!("{}: {error}", program.display()))),
    }
}

fn supplier() -> Result<PathBuf, Problem> {
    if let Some(path) = std::env::var_os("LIBSYS_LD").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        if !is_program(&path) {
            return Err(Problem::refused(format!("{}: LIBSYS_LD names no program", path.display())));
        }
        return Ok(path);
    }
    let own = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("../lib/ld-libsys")));
    let found = own.into_iter().chain(PLACES.map(PathBuf::from)).find(|path| is_program(path));
    found.ok_or_else(|| {
        Problem::refused(format!(
            "ld-libsys is neither in ../lib beside this command nor at {}; LIBSYS_LD can say where it is",
            PLACES.join(", ")
        ))
    })
}

/// Reads the map as the supplier will, to say what is wrong with it before anything is started.
fn check_map(path: &Path) -> Result<(), Problem> {
    let bytes = std::fs::read(path).map_err(|error| refused(path, &Problem::io(path, &error)))?;
    let checked = MapImage::parse(&bytes, true);
    checked.map(drop).map_err(|error| Problem::refused(format!("{}: {error}", path.display())))
}
