//! Maps that the environment names: the native one works, and so do those to older kernels, whose calls a newer one
//! has; any other file is refused in one line.

use super::refusal::refused;
use super::{Tools, certain};
use crate::build::Toolchain;
use crate::directive::Directives;
use crate::variant::{Flavour, Link, Linker, Shape, Way};
use libsys_image::PackedRelease;
use libsys_image::map::{CHECKSUM_FIELD, HEADER_SIZE, MapImage, checksum};
use libsys_trials::machine;
use libsys_trials::run::{self, Outcome};
use libsys_trials::word::Word;
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// One alteration of the native map: what is done to it, and what must be said of it.
struct Damage {
    name: &'static str,
    named: &'static str,
    /// The checksum is made right again, so that what is found is the field.
    sealed: bool,
    alter: fn(&mut Vec<u8>),
}

const fn damage(name: &'static str, named: &'static str, sealed: bool, alter: fn(&mut Vec<u8>)) -> Damage {
    Damage { name, named, sealed, alter }
}

const DAMAGES: &[Damage] = &[
    damage("empty", "map field magic", false, Vec::clear),
    damage("another-file", "map field magic", false, |b| *b = b"#!/bin/sh\nexit\n".to_vec()),
    damage("cut-in-the-head", "map field size", false, |b| b.truncate(40)),
    damage("cut-in-the-code", "map field size", false, |b| b.truncate(9000)),
    damage("cut-by-a-byte", "map field size", false, |b| b.truncate(b.len() - 1)),
    damage("altered-code", "map field checksum", false, |b| b[20000] ^= 1),
    damage("altered-head", "map field checksum", false, |b| b[HEADER_SIZE] ^= 1),
    damage("newer-format", "map field format", true, |b| b[8] = 2),
    damage("other-abi", "no map for this ABI", true, |b| b[16..20].copy_from_slice(b"hurd")),
    damage("other-machine", "no map for this ABI", true, |b| b[10] = 183),
    damage("older-release", "newer release", true, |b| b[42] = 2),
    damage("newer-kernel", "map field kernel", true, |b| b[82] = 99),
    damage("misplaced-code", "map field code offset", true, |b| b[44] ^= 1),
    damage("misplaced-layer", "map field layer size", true, |b| b[53] ^= 0x10),
    damage("many-fingerprints", "map field fingerprints", true, |b| b[71] = 1),
    damage("many-spare-slots", "map field spare slots", true, |b| b[91] = 1),
    damage("misplaced-calls-that-went", "map field calls that went", true, |b| b[95] = 1),
    damage("many-names", "map field names", true, |b| b[106] = 1),
    damage("few-calls", "map field releases of the calls", true, |b| b[76] ^= 1),
    damage("other-fingerprints", "note field fingerprint", true, |b| {
        let first = u32::from_le_bytes(b[64..68].try_into().unwrap_or_default()) as usize;
        let count = u32::from_le_bytes(b[68..72].try_into().unwrap_or_default()) as usize;
        for entry in b[first..].chunks_exact_mut(16).take(count) {
            entry[8] ^= 1;
        }
    }),
];

fn seal(bytes: &mut [u8]) {
    let sum = checksum(bytes);
    bytes[CHECKSUM_FIELD..CHECKSUM_FIELD + 8].copy_from_slice(&sum.to_le_bytes());
}

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for damage in DAMAGES {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("map::{}", damage.name), move || {
            let mut bytes = native(&tools)?;
            (damage.alter)(&mut bytes);
            if damage.sealed {
                seal(&mut bytes);
            }
            let map = tools.places.out.join(format!("map-{}", damage.name));
            std::fs::write(&map, &bytes).map_err(|e| format!("{}: {e}", map.display()))?;
            refused_with(&tools, &map, damage.named)
        }));
    }
    let missing = Arc::clone(tools);
    trials.push(certain("map::missing".into(), move || {
        let map = PathBuf::from("/does/not/exist.map");
        refused_with(&missing, &map, "map /does/not/exist.map: open failed with errno 2")
    }));
    for (release, map) in older_maps(tools) {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("map::to::{release}"), move || programs_on(&tools, &map)));
    }
    let older = Arc::clone(tools);
    trials.push(certain("map::chosen::for-an-older-kernel".into(), move || older_kernel(&older)));
    for errno in ["PERM", "NOSYS"] {
        let tools = Arc::clone(tools);
        let name = format!("map::chosen::in-a-container-that-answers-E{errno}");
        trials.push(certain(name, move || container(&tools, errno)));
    }
    for flavour in [Flavour::Reserved, Flavour::Text] {
        let tools = Arc::clone(tools);
        let word = flavour.word();
        trials.push(certain(format!("map::native::{word}"), move || works(&tools, flavour)));
    }
    trials
}

/// What a program says whose call works.
const WORKS: &str = "yes\nno such file\nnot so\n";

/// A program of `support`, linked statically.
fn support(tools: &Tools, name: &str, flavour: Flavour) -> Result<PathBuf, String> {
    let source = tools.places.sources.join("support").join(name);
    let interpreter = flavour == Flavour::Reserved;
    let link = Link { flavour, shape: Shape::Static, linker: Linker::Bfd, interpreter };
    tools.program(&source, &Directives::default(), link)
}

/// A program that links a call which the kernel lacks gets the map that lies beside the supplier.
fn older_kernel(tools: &Tools) -> Result<(), String> {
    let program = support(tools, "newer.c", Flavour::Reserved)?;
    for kernel in ["3.10", "4.4", "5.7.19-rt"] {
        let mut command = Command::new(&program);
        let outcome = run::run(command.env_clear().env("LIBSYS_KERNEL", kernel), &tools.places.out)?;
        run::compare(&command, &Outcome::says(WORKS), &outcome)?;
    }
    Ok(())
}

/// In a container that refuses a call, a program that has the kernel asked finds it carried out by others.
fn container(tools: &Tools, errno: &str) -> Result<(), String> {
    let program = support(tools, "newer.c", Flavour::Reserved)?;
    let start = |probe: bool| {
        let mut command = Command::new(support(tools, "container.c", Flavour::Text)?);
        command.env_clear().arg(errno).arg(&program);
        if probe {
            command.env("LIBSYS_PROBE", "1");
        }
        let outcome = run::run(&mut command, &tools.places.out)?;
        Ok::<_, String>((command, outcome))
    };
    let (command, outcome) = start(false)?;
    run::compare(&command, &Outcome::says("not at all\nnot at all\nnot at all\n"), &outcome)?;
    let (command, outcome) = start(true)?;
    run::compare(&command, &Outcome::says(WORKS), &outcome)
}

/// Programs that every map carries out. Not `registers`, which holds raw entries to using no stack: those of
/// converted calls use some.
const PROGRAMS: [&str; 12] = [
    "clone", "clone3", "errno", "files", "filter", "fork", "hello", "holes", "indirect", "signal", "vdso",
    "vfork",
];

/// The maps to kernels that are no newer than this one, by the kernel's release.
pub fn older_maps(tools: &Toolchain) -> Vec<(String, PathBuf)> {
    let folder = std::fs::read_dir(tools.places.sdk.join("lib/libsys"));
    let paths = folder.into_iter().flatten().flatten().map(|entry| entry.path());
    let release = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".map")?;
        let to = name.split_once("--")?.1.to_owned();
        let is_older = PackedRelease::from_uname(to.as_bytes())? <= machine::kernel()?;
        is_older.then_some((to, path))
    };
    let mut maps: Vec<_> = paths.filter_map(release).collect();
    maps.sort();
    maps
}

fn programs_on(tools: &Tools, map: &Path) -> Result<(), String> {
    for name in PROGRAMS {
        let program = tools.named(name)?;
        let link =
            Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };
        let file = tools.program(&program.source, &program.directives, link)?;
        let mut command = tools.command(&program, &file, link, Way::Hand)?;
        let outcome = run::run(command.env("LIBSYS_MAP", map), &tools.places.out)?;
        run::compare(&command, &program.expected(), &outcome)?;
    }
    Ok(())
}

/// The native map as a file.
pub fn native_path(tools: &Toolchain) -> Result<PathBuf, String> {
    let folder = tools.places.sdk.join("lib/libsys");
    let named = |e: std::io::Error| format!("{}: {e}", folder.display());
    for entry in std::fs::read_dir(&folder).map_err(named)? {
        let path = entry.map_err(named)?.path();
        let name = path.file_name().unwrap_or_default().display().to_string();
        // A name with `--` is of a map to another kernel.
        if name.starts_with("linux-x86_64-") && name.ends_with(".map") && !name.contains("--") {
            return Ok(path);
        }
    }
    Err(format!("{}: no native map of linux/x86_64", folder.display()))
}

/// The release of the native map.
pub fn native_release(tools: &Toolchain) -> Result<PackedRelease, String> {
    let bytes = native(tools)?;
    MapImage::parse(&bytes, true).map(|image| image.release).map_err(|e| e.to_string())
}

fn native(tools: &Toolchain) -> Result<Vec<u8>, String> {
    let path = native_path(tools)?;
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    MapImage::parse(&bytes, true).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(bytes)
}

fn build(tools: &Tools, flavour: Flavour) -> Result<PathBuf, String> {
    let program = tools.named("hello")?;
    let link = Link {
        flavour,
        shape: Shape::Static,
        linker: Linker::Bfd,
        interpreter: flavour == Flavour::Reserved,
    };
    tools.program(&program.source, &program.directives, link)
}

fn refused_with(tools: &Tools, map: &Path, named: &str) -> Result<(), String> {
    let file = build(tools, Flavour::Reserved)?;
    let mut command = Command::new(&file);
    command.env_clear().env("LIBSYS_MAP", map);
    refused(tools, &mut command, &file, named)
}

/// The native map as a file does what the built-in one does, by each way to name it.
fn works(tools: &Tools, flavour: Flavour) -> Result<(), String> {
    let (file, map) = (build(tools, flavour)?, native_path(tools)?);
    let expected = Outcome { end: Some(run::End::Status(42)), ..Outcome::says("hello\none\n") };
    let mut by_variable = Command::new(tools.places.loader());
    by_variable.arg(&file).arg("one").env_clear().env("LIBSYS_MAP", &map);
    let mut by_option = Command::new(tools.places.command());
    by_option.args(["run", "--map"]).arg(&map).arg(&file).arg("one").env_clear();
    for mut command in [by_variable, by_option] {
        command.env("CASE_RUN", "hand");
        run::does(&mut command, &expected, &tools.places.out)?;
    }
    Ok(())
}
