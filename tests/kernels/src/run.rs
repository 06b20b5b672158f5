//! What is run on each kernel: programs of `tests/cases` and of this folder, in each flavour, shape and way.

use crate::initramfs::Initramfs;
use libsys_cases::directive::Need;
use libsys_cases::run::Outcome;
use libsys_cases::sdk::Places;
use libsys_cases::trials::Tools;
use libsys_cases::trials::programs::Program;
use libsys_cases::variant::{Flavour, Link, Linker, Shape, Start, Way, Word};
use libsys_image::PackedRelease;
use std::path::PathBuf;

/// A program, how it is run, and what it must do.
#[derive(Clone, Debug)]
pub struct Run {
    /// `hello::reserved::static::plain`
    pub name: String,
    /// The program.
    pub program: Program,
    /// How it is linked.
    pub link: Link,
    /// Its arguments, itself among them, in the machine.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// What it must do.
    pub expected: Outcome,
    /// Why it is not run; none: it is.
    pub skip: Option<String>,
}

/// Where programs lie in the machine.
const FOLDER: &str = "/cases";

impl Run {
    /// A program, run in one way.
    #[must_use]
    pub fn new(places: &Places, program: &Program, link: Link, way: Way) -> Run {
        let file = format!("{FOLDER}/{}", place(program, link));
        let mut argv =
            if way == Way::Hand { vec![places.loader().display().to_string()] } else { Vec::new() };
        argv.push(file);
        argv.extend(program.directives.args.iter().cloned());
        let word = |name: &str, word: &str| (name.to_owned(), word.to_owned());
        let mut env = vec![
            word("CASE_RUN", way.word()),
            word("CASE_FLAVOUR", link.flavour.word()),
            word("CASE_SHAPE", link.shape.word()),
        ];
        env.extend(program.directives.env.iter().cloned());
        Run {
            name: format!(
                "{}::{}::{}::{}",
                program.name(),
                link.flavour.word(),
                link.shape.word(),
                way.word()
            ),
            program: program.clone(),
            link,
            argv,
            env,
            expected: program.expected(),
            skip: None,
        }
    }
}

/// The name of a program's file.
fn place(program: &Program, link: Link) -> String {
    let suffix = if link.interpreter { ".interp" } else { "" };
    format!("{}.{}.{}{suffix}", program.name(), link.flavour.word(), link.shape.word())
}

/// All runs of a program on a kernel.
#[must_use]
pub fn all(places: &Places, program: &Program, kernel: PackedRelease) -> Vec<Run> {
    let directives = &program.directives;
    let Some(linker) = Linker::ALL.iter().copied().find(|linker| directives.linkers.contains(linker)) else {
        return Vec::new();
    };
    let mut runs = Vec::new();
    for &flavour in &directives.flavours {
        for &shape in &directives.shapes {
            for &way in directives.runs.iter().filter(|way| **way != Way::Cli) {
                let Some(link) = Link::new(flavour, shape, linker, way) else { continue };
                let mut run = Run::new(places, program, link, way);
                run.skip = directives.needs.iter().find_map(|need| lacks(need, kernel));
                runs.push(run);
            }
        }
    }
    runs
}

/// Why a machine does not have what a program needs.
fn lacks(need: &Need, kernel: PackedRelease) -> Option<String> {
    match need {
        Need::Root => None,
        Need::Kernel(major, minor) => {
            let wanted = PackedRelease::new(*major, *minor, 0);
            (kernel < wanted).then(|| format!("needs Linux {wanted}"))
        }
        Need::Cpu(_) => None,
        Need::PerfEvents | Need::Program(_) => Some("needs what the machine does not have".into()),
    }
}

/// The programs of `tests/cases` that a machine without a libc can run.
///
/// # Errors
///
/// What is wrong with one.
pub fn cases(places: &Places) -> Result<Vec<Program>, String> {
    let folder = places.sources.join("programs");
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        sources.push(entry.map_err(failed)?.path());
    }
    sources.retain(|source| source.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    let programs = sources.into_iter().map(Program::read).collect::<Result<Vec<_>, _>>()?;
    Ok(programs.into_iter().filter(|program| program.directives.start == Start::Libsys).collect())
}

/// A program of this folder.
///
/// # Errors
///
/// What is wrong with it.
pub fn own(name: &str) -> Result<Program, String> {
    Program::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("programs/{name}.c")))
}

/// The files of every machine: programs, the loader and its maps, built once.
///
/// # Errors
///
/// What fails to build.
pub fn files<'a>(tools: &Tools, runs: impl Iterator<Item = &'a Run>) -> Result<Initramfs, String> {
    let places = &tools.places;
    let mut files = Initramfs::default();
    for folder in ["/dev", "/proc", "/tmp"] {
        files.folder(folder);
    }
    let link = Link { flavour: Flavour::Text, shape: Shape::Static, linker: Linker::Bfd, interpreter: false };
    for (path, name) in [("/init", "init"), (OLDER, "older")] {
        let program = own(name)?;
        files.copy(path, &tools.program(&program.source, &program.directives, link)?)?;
    }
    files.copy(&places.loader().display().to_string(), &places.loader())?;
    let maps = places.sdk.join("lib/libsys");
    let failed = |e: std::io::Error| format!("{}: {e}", maps.display());
    for entry in std::fs::read_dir(&maps).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "map") {
            files.copy(&path.display().to_string(), &path)?;
        }
    }
    for run in runs.filter(|run| run.skip.is_none()) {
        let file = tools.program(&run.program.source, &run.program.directives, run.link)?;
        files.copy(&format!("{FOLDER}/{}", place(&run.program, run.link)), &file)?;
    }
    Ok(files)
}

/// The program that simulates an older kernel.
const OLDER: &str = "/older";

/// The file `/runs`, as `programs/init.c` reads it.
#[must_use]
pub fn list<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for run in runs {
        let env: Vec<String> = run.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        for strings in [&run.argv, &env] {
            for string in strings {
                bytes.extend(string.bytes());
                bytes.push(0);
            }
            bytes.push(0);
        }
    }
    bytes
}
