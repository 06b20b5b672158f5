//! The files of machines: programs, the loader and its maps, filters; and the list of what is run.

use crate::initramfs::Initramfs;
use crate::plan;
use crate::real::Real;
use crate::run::{BARE_LOADER, BELOW, Run, place};
use crate::target::Target;
use libsys_cases::directive::Program;
use libsys_cases::trials::Tools;
use libsys_cases::variant::{Flavour, Link, Linker, Shape};
use libsys_model::Abi;

/// What all machines have in common, built once.
///
/// # Errors
///
/// What fails to build, or cannot be read.
pub fn common<'a>(
    tools: &Tools,
    real: &Real,
    runs: impl Iterator<Item = &'a Run>,
) -> Result<Initramfs, String> {
    let places = &tools.places;
    let mut files = Initramfs::default();
    for folder in ["/dev", "/proc", "/tmp"] {
        files.folder(folder);
    }
    let link = Link { flavour: Flavour::Text, shape: Shape::Static, linker: Linker::Bfd, interpreter: false };
    let init = plan::own("init")?;
    let below = Program::read(places.sources.join("support/below.c"))?;
    for (path, program) in [("/init", init), (BELOW, below)] {
        files.copy(path, &tools.program(&program.source, &program.directives, link)?)?;
    }
    for path in [&places.loader().display().to_string(), BARE_LOADER] {
        files.copy(path, &places.loader())?;
    }
    let maps = places.sdk.join("lib/libsys");
    let failed = |e: std::io::Error| format!("{}: {e}", maps.display());
    for entry in std::fs::read_dir(&maps).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "map") {
            files.copy(&path.display().to_string(), &path)?;
        }
    }
    for (program, link) in runs.filter(|run| run.skip.is_none()).filter_map(|run| run.program.as_ref()) {
        let file = tools.program(&program.source, &program.directives, *link)?;
        files.copy(&place(program, *link), &file)?;
    }
    for (path, file) in real.files()? {
        files.copy(&path, &file)?;
    }
    Ok(files)
}

/// What one machine has for itself: the list of its runs, as `programs/init.c` reads it, and the filters that simulate
/// older kernels and containers.
///
/// # Errors
///
/// The table of containers is not understood.
pub fn own<'a>(
    abi: &Abi,
    targets: &[Target],
    runs: impl Iterator<Item = &'a Run>,
) -> Result<Initramfs, String> {
    let mut files = Initramfs::default();
    for simulated in targets.iter().filter_map(|target| target.simulated) {
        files.file(&simulated.place(), simulated.filter(abi)?);
    }
    let mut list = Vec::new();
    for run in runs.filter(|run| run.skip.is_none()) {
        let env: Vec<String> = run.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        for strings in [&run.argv, &env] {
            for string in strings {
                list.extend(string.bytes());
                list.push(0);
            }
            list.push(0);
        }
    }
    files.file("/runs", list);
    Ok(files)
}
