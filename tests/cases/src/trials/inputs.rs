//! Bad input from the environment: maps that cannot be used and variables that say nothing are refused in one line, which
//! is compared word for word, before the program begins.

use super::{Tools, certain, trial};
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::map::MapImage;
use libsys_trials::machine;
use libsys_trials::machine::Need;
use libsys_trials::run::End;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::{Completion, Trial};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// `nobody` on all Linux systems.
const NOBODY: u32 = 65534;
/// How many bits of a map are flipped at places that a generator chooses.
const FLIPS: u64 = 200;

/// What is said of what is no map at all.
const NO_MAP: &str = "map field magic: not a map image";
const NO_RELEASE: &str = "LIBSYS_KERNEL: not a release; write it like 5.10";

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let named = |name: &str, test: fn(&Tools) -> Result<(), String>| {
        let tools = Arc::clone(tools);
        certain(format!("input::{name}"), move || test(&tools))
    };
    let needing = |name: &str, test: fn(&Tools) -> Result<Completion, String>| {
        let tools = Arc::clone(tools);
        trial(format!("input::{name}"), move || test(&tools))
    };
    vec![
        named("map-with-a-flipped-bit", flipped),
        named("map-cut-short", cut),
        named("map-that-is-a-folder", |tools| refused_with_map(tools, &tools.places.out, NO_MAP)),
        named("map-that-is-a-pipe", pipe),
        named("map-that-is-a-device", |tools| refused_with_map(tools, Path::new("/dev/zero"), NO_MAP)),
        named("map-that-is-too-large", large),
        named("map-without-a-name", |tools| {
            refused_with_map(tools, Path::new(""), "open failed with errno 2")
        }),
        needing("map-that-cannot-be-read", unreadable),
        needing("map-that-cannot-be-executed", noexec),
        named("kernel-that-is-no-release", kernel),
        named("generated-map-with-gaps", gaps),
    ]
}

/// A program, its path, and the command that runs it plainly with an empty environment.
fn hello(tools: &Tools) -> Result<(PathBuf, Command), String> {
    let program = tools.named("hello")?;
    let link =
        Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };
    let file = tools.program(&program.source, &program.directives, link)?;
    let mut command = Command::new(&file);
    command.env_clear();
    Ok((file, command))
}

/// Runs a command that must be refused with exactly this sentence behind what is refused, and status 127.
fn refused(tools: &Tools, command: &mut Command, file: &Path, sentence: &str) -> Result<(), String> {
    let outcome = run::run(command, &tools.places.out)?;
    // ld-libsys: FILE (linux/x86_64 7.2, kernel 6.18): SENTENCE
    let begin = format!("ld-libsys: {} (linux/x86_64 ", file.display());
    let said = outcome.stderr.strip_prefix(&begin).and_then(|rest| rest.split_once("): "));
    let is_right = outcome.end == Some(End::Status(127))
        && outcome.stdout.is_empty()
        && said.is_some_and(|(_, said)| said.strip_suffix('\n') == Some(sentence));
    if is_right {
        return Ok(());
    }
    Err(format!("{}\nexpected a refusal with `{sentence}`, got {outcome:?}", run::shown(command)))
}

fn refused_with_map(tools: &Tools, map: &Path, sentence: &str) -> Result<(), String> {
    let (file, mut command) = hello(tools)?;
    let sentence = format!("map {}: {sentence}", map.display());
    refused(tools, command.env("LIBSYS_MAP", map), &file, &sentence)
}

/// A map to an older kernel, with a layer.
fn older_map(tools: &Tools) -> Result<Vec<u8>, String> {
    let folder = tools.places.sdk.join("lib/libsys");
    let named = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut maps = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(named)? {
        maps.push(entry.map_err(named)?.path());
    }
    // The name of a native map has no `--`.
    maps.retain(|path| path.to_str().is_some_and(|path| path.ends_with(".map") && path.contains("--")));
    let oldest = maps.iter().min().ok_or(format!("{}: no maps", folder.display()))?;
    std::fs::read(oldest).map_err(named)
}

/// Writes a map for one trial.
fn write(tools: &Tools, name: &str, bytes: &[u8]) -> Result<PathBuf, String> {
    let path = tools.places.out.join(format!("input-{name}.map"));
    // One of an earlier run may be one that its owner cannot write.
    let _ = std::fs::remove_file(&path);
    std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(path)
}

/// Whichever bit is flipped, the map is refused: each bit of the header, and some anywhere.
fn flipped(tools: &Tools) -> Result<(), String> {
    let good = older_map(tools)?;
    let bits = good.len() as u64 * 8;
    // A linear congruential generator: the same places each time.
    let next = |state: &u64| Some(state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407));
    let chosen = std::iter::successors(Some(20260101u64), next).map(|state| (state >> 16) % bits);
    let header = libsys_image::map::HEADER_SIZE as u64;
    for bit in (0..header).map(|byte| byte * 8 + byte % 8).chain(chosen.take(FLIPS as usize)) {
        let mut bytes = good.clone();
        bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
        let fault = match MapImage::parse(&bytes, true) {
            Err(fault) => fault,
            Ok(_) => return Err(format!("bit {bit} of a map can be flipped")),
        };
        let map = write(tools, "flipped", &bytes)?;
        refused_with_map(tools, &map, &fault.to_string()).map_err(|why| format!("bit {bit}: {why}"))?;
    }
    Ok(())
}

fn cut(tools: &Tools) -> Result<(), String> {
    let good = older_map(tools)?;
    for size in [8, 16, 95, 96, 4095, 4096, good.len() / 2, good.len() - 4096, good.len() - 1] {
        let map = write(tools, "cut", &good[..size])?;
        refused_with_map(tools, &map, "map field size: the image is cut short")
            .map_err(|why| format!("{size} bytes: {why}"))?;
    }
    let map = write(tools, "cut", &good[..7])?;
    refused_with_map(tools, &map, NO_MAP)
}

/// It is not waited for until somebody writes.
fn pipe(tools: &Tools) -> Result<(), String> {
    let path = tools.places.out.join("input-pipe.map");
    let _ = std::fs::remove_file(&path);
    let made = run::run(Command::new("mkfifo").arg(&path), &tools.places.out)?;
    if made.end != Some(End::Status(0)) {
        return Err(format!("mkfifo: {made:?}"));
    }
    refused_with_map(tools, &path, NO_MAP)
}

fn large(tools: &Tools) -> Result<(), String> {
    let mut bytes = older_map(tools)?;
    bytes.resize((1 << 20) + 1, 0);
    let map = write(tools, "large", &bytes)?;
    refused_with_map(tools, &map, NO_MAP)
}

/// The program and the map lie where another user finds them, who may not read the map.
fn unreadable(tools: &Tools) -> Result<Completion, String> {
    let (file, mut command) = hello(tools)?;
    let map = write(tools, "unreadable", &older_map(tools)?)?;
    let hidden = std::fs::set_permissions(&map, std::fs::Permissions::from_mode(0o000));
    hidden.map_err(|e| format!("{}: {e}", map.display()))?;
    if machine::is_root() {
        command.uid(NOBODY).gid(NOBODY);
        let works = run::run(&mut command, &tools.places.out);
        if !works.is_ok_and(|outcome| outcome.end == Some(End::Status(42))) {
            return Ok(Completion::ignored_with("another user cannot run programs here"));
        }
    }
    let sentence = format!("map {}: open failed with errno 13", map.display());
    refused(tools, command.env("LIBSYS_MAP", &map), &file, &sentence)?;
    Ok(Completion::Completed)
}

/// The map lies on a file system that is mounted noexec, in a mount namespace of its own.
fn noexec(tools: &Tools) -> Result<Completion, String> {
    for program in ["unshare", "mount"] {
        if let Some(reason) = machine::lacks(&Need::Program(program.into())) {
            return Ok(Completion::ignored_with(reason));
        }
    }
    let (file, _) = hello(tools)?;
    let map = write(tools, "executable", &older_map(tools)?)?;
    let folder = tools.places.out.join("input-noexec");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let hidden = folder.join("a.map");
    let within = |script: &str| {
        let mount = "mount -t tmpfs -o noexec tmpfs \"$1\" && cp \"$2\" \"$3\"";
        let mut command = machine::in_own_mounts(&format!("{mount} && {script}"));
        command.arg("sh").args([&folder, &map, &hidden, &file]);
        command
    };
    if run::run(&mut within("true"), &tools.places.out)?.end != Some(End::Status(0)) {
        return Ok(Completion::ignored_with("file systems cannot be mounted here"));
    }
    let sentence =
        "mmap of the layer failed with errno 1; a file system that is mounted noexec holds no maps";
    refused(tools, &mut within("LIBSYS_MAP=\"$3\" exec \"$4\""), &file, sentence)?;
    Ok(Completion::Completed)
}

fn kernel(tools: &Tools) -> Result<(), String> {
    for value in ["nonsense", "5", "latest", "v5.10", "-5.10", "5.x"] {
        let (file, mut command) = hello(tools)?;
        refused(tools, command.env("LIBSYS_KERNEL", value), &file, NO_RELEASE)?;
    }
    // What kernels call themselves is a release, and an empty variable says nothing.
    for value in ["5.10", "5.10.0-32-cloud-amd64", ""] {
        let (_, mut command) = hello(tools)?;
        let outcome = run::run(command.env("LIBSYS_KERNEL", value), &tools.places.out)?;
        let expected = Outcome { end: Some(End::Status(42)), ..Outcome::says("hello\n") };
        run::compare(&command, &expected, &outcome)?;
    }
    Ok(())
}

/// Where a kernel is so old that it lacks what rules use, no map is written.
fn gaps(tools: &Tools) -> Result<(), String> {
    let folder = tools.places.out.join("input-gaps");
    let mut command = Command::new(tools.places.command());
    command.args(["gen", "map", "--to", "5.10,2.6", "-o"]).arg(&folder).env_clear();
    let outcome = run::run(&mut command, &tools.places.out)?;
    let mut lines = outcome.stderr.lines();
    let title = lines.next().unwrap_or_default();
    let is_right = outcome.end == Some(End::Status(1))
        && title.starts_with("error: no map from ")
        && title.ends_with(" to 2.6:")
        && lines.clone().count() > 10
        && lines.all(|line| {
            line.starts_with("    the rule of `")
                && line.ends_with("`, which 2.6 does not have and no rule carries out")
        });
    if is_right && !folder.exists() {
        return Ok(());
    }
    Err(format!("{}\n{outcome:?}", run::shown(&command)))
}
