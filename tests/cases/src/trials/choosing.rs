//! What is supplied by request: only what probing finds missing, another release by `uname`, calls that kernels dropped
//! for programs of their time.

use super::refusal::refused;
use super::{Tools, certain, trial};
use crate::build::Toolchain;
use crate::directive::Directives;
use crate::sdk::Places;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::PackedRelease;
use libsys_trials::machine;
use libsys_trials::run::End;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::{Completion, Trial};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for errno in ["PERM", "NOSYS"] {
        let tools = Arc::clone(tools);
        let name = format!("choosing::probe::only-what-is-missing-E{errno}");
        trials.push(trial(name, move || only_missing(&tools, errno)));
    }
    for (name, test) in [
        ("probe::nothing-is-missing", nothing_missing as fn(&Toolchain) -> Result<(), String>),
        ("probe::is-not-wanted", not_wanted),
        ("uname::by-either-way", uname),
        ("uname::with-other-maps", uname_with_maps),
        ("uname::refused", uname_refused),
    ] {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("choosing::{name}"), move || test(&tools)));
    }
    let old = Arc::clone(tools);
    trials.push(trial("choosing::dropped-calls".into(), move || dropped(&old)));
    trials
}

/// How programs of `support` are linked: they name the supplier as their interpreter.
pub(super) const LINK: Link =
    Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };

/// A program of `support`.
pub(super) fn support(tools: &Toolchain, name: &str) -> Result<PathBuf, String> {
    tools.program(&tools.places.sources.join("support").join(name), &Directives::default(), LINK)
}

/// What `mixed` says when the slots that it looks at are native, but for `faccessat2`.
fn mixed(faccessat2: &str, private: u32) -> String {
    format!(
        "statx native\nfaccessat2 {faccessat2}\nepoll_pwait2 native\nuname native\n{private} private\ncarried out\n"
    )
}

/// Runs `mixed` in a container that answers an errno to `faccessat2`.
fn contained(tools: &Toolchain, errno: &str, probe: &str) -> Result<(Command, Outcome), String> {
    let container = tools.places.sources.join("support/container.c");
    let link = Link { flavour: Flavour::Text, interpreter: false, ..LINK };
    let mut command = Command::new(tools.program(&container, &Directives::default(), link)?);
    command.env_clear().arg(errno).arg(support(tools, "mixed.c")?).env("LIBSYS_PROBE", probe);
    let outcome = run::run(&mut command, &tools.places.out)?;
    Ok((command, outcome))
}

/// Newer calls than the missing one stay native, and one page of code becomes private: that of the missing one.
fn only_missing(tools: &Toolchain, errno: &str) -> Result<Completion, String> {
    if machine::kernel().is_none_or(|kernel| kernel < PackedRelease::new(5, 11, 0)) {
        return Ok(Completion::ignored_with("this kernel lacks epoll_pwait2"));
    }
    let (command, outcome) = contained(tools, errno, "1")?;
    run::compare(&command, &Outcome::says(&mixed("converted", 1)), &outcome)?;
    let (command, outcome) = contained(tools, errno, "show")?;
    let said = outcome.stderr.clone();
    run::compare(
        &command,
        &Outcome::says(&mixed("converted", 1)),
        &Outcome { stderr: String::new(), ..outcome },
    )?;
    let line = format!("libsys: faccessat2 answers E{errno}; carried out by older calls\n");
    let is_right = said.contains(&line)
        && said.contains("; pages of code private to the process: 1\n")
        && said.lines().all(|line| line.starts_with("libsys: "))
        && !said.contains("statx answers");
    if is_right { Ok(Completion::Completed) } else { Err(format!("expected `{line}`, got\n{said}")) }
}

/// Where all is there, nothing is said to be missing, and no page is private.
fn nothing_missing(tools: &Toolchain) -> Result<(), String> {
    let mut command = Command::new(support(tools, "newer.c")?);
    command.env_clear().env("LIBSYS_PROBE", "show").env("LIBSYS_KERNEL", "3.10");
    let outcome = run::run(&mut command, &tools.places.out)?;
    let has_it = machine::kernel().is_some_and(|kernel| kernel >= PackedRelease::new(5, 8, 0));
    let missing = u32::from(!has_it);
    let is_right = outcome.end == Some(End::Status(0))
        && (missing != 0
            || outcome.stderr.contains(": 1 calls asked for, 0 to be carried out; map: native;"));
    if is_right { Ok(()) } else { Err(format!("{}\n{outcome:?}", run::shown(&command))) }
}

/// `LIBSYS_PROBE=0` is as good as none.
fn not_wanted(tools: &Toolchain) -> Result<(), String> {
    for probe in ["0", ""] {
        let (command, outcome) = contained(tools, "PERM", probe)?;
        let expected = mixed("native", 0).replace("carried out", "not carried out");
        if machine::kernel().is_some_and(|kernel| kernel >= PackedRelease::new(5, 11, 0)) {
            run::compare(&command, &Outcome::says(&expected), &outcome)?;
        }
    }
    Ok(())
}

/// The ABI's own release, with three numbers.
fn newest(tools: &Toolchain) -> Result<String, String> {
    let [major, minor, patch] = super::maps::native_release(tools)?.parts();
    Ok(format!("{major}.{minor}.{patch}"))
}

/// Compares what `uname` prints with a line.
fn prints(tools: &Toolchain, command: &mut Command, release: &str) -> Result<(), String> {
    run::does(command, &Outcome::says(&format!("{release}\n")), &tools.places.out)
}

fn uname(tools: &Toolchain) -> Result<(), String> {
    let program = support(tools, "uname.c")?;
    let newest = newest(tools)?;
    let real =
        std::fs::read_to_string("/proc/sys/kernel/osrelease").map_err(|e| format!("osrelease: {e}"))?;
    let tries = [
        ("", real.trim_end()),
        ("0", real.trim_end()),
        ("1", &newest),
        ("2.6.32", "2.6.32"),
        ("3.10.108", "3.10.108"),
        ("5.10", "5.10.0"),
        // What follows the numbers is not kept.
        ("4.19.0-27-amd64", "4.19.0"),
        (&newest, &newest),
    ];
    for (wish, release) in tries {
        prints(tools, Command::new(&program).env_clear().env("LIBSYS_UNAME", wish), release)?;
    }
    for (option, release) in [("--uname", newest.as_str()), ("--uname=4.4", "4.4.0")] {
        let mut command = Command::new(tools.places.command());
        command.args(["run", option]).arg(&program).env_clear();
        prints(tools, &mut command, release)?;
    }
    Ok(())
}

/// Whatever else is supplied: all that a map to an older kernel converts, or what was missing.
fn uname_with_maps(tools: &Toolchain) -> Result<(), String> {
    let program = support(tools, "uname.c")?;
    for (_, map) in super::maps::older_maps(tools) {
        let mut command = Command::new(&program);
        command.env_clear().env("LIBSYS_MAP", map).env("LIBSYS_UNAME", "4.14");
        prints(tools, &mut command, "4.14.0")?;
    }
    let mut command = Command::new(&program);
    command.env_clear().env("LIBSYS_PROBE", "1").env("LIBSYS_UNAME", "4.14");
    prints(tools, &mut command, "4.14.0")
}

fn uname_refused(tools: &Toolchain) -> Result<(), String> {
    let program = support(tools, "uname.c")?;
    for wish in ["2", "yes", "2.6.31", "99.1", "-1"] {
        let mut command = Command::new(&program);
        command.env_clear().env("LIBSYS_UNAME", wish);
        refused(tools, &mut command, &program, "LIBSYS_UNAME: neither 1 nor a release since 2.6.32")?;
    }
    let alone = alone(tools)?;
    let mut command = Command::new(alone);
    command.arg(&program).env_clear().env("LIBSYS_UNAME", "1");
    refused(
        tools,
        &mut command,
        &program,
        "LIBSYS_UNAME takes a map with a spare slot of uname; no linux-x86_64-",
    )?;
    let mut command = Command::new(&program);
    command.env_clear().env("LIBSYS_UNAME", "1").env("LIBSYS_MAP", super::maps::native_path(tools)?);
    refused(tools, &mut command, &program, "LIBSYS_UNAME takes a map with a spare slot of uname")
}

/// A supplier beside which no maps lie.
fn alone(tools: &Toolchain) -> Result<PathBuf, String> {
    let folder = tools.places.out.join("alone-choosing");
    let loader = folder.join("ld-libsys");
    let copied =
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::copy(tools.places.loader(), &loader));
    copied.map(|_| loader.clone()).map_err(|e| format!("{}: {e}", loader.display()))
}

/// The release that `dropped` is made for.
const OLD: &str = "3.10";
/// The release in which `_sysctl` went.
pub(super) const DROPPED: PackedRelease = PackedRelease::new(5, 5, 0);

/// A program that was made for an old release gets what kernels have dropped since, and is refused without the map.
fn dropped(tools: &Toolchain) -> Result<Completion, String> {
    if machine::kernel().is_none_or(|kernel| kernel < DROPPED) {
        return Ok(Completion::ignored_with("this kernel has _sysctl"));
    }
    let old = Toolchain::new(old_sdk(tools, "old", &tools.places.loader())?);
    let program = support(&old, "dropped.c")?;
    let mut command = Command::new(&program);
    let outcome = run::run(command.env_clear(), &tools.places.out)?;
    run::compare(&command, &Outcome::says("Linux\n"), &outcome)?;
    let mut command = Command::new(alone(tools)?);
    command.arg(&program).env_clear();
    refused(tools, &mut command, &program, "links call 156, which kernels had before 5.5")?;
    let program = support(&old, "uname.c")?;
    prints(tools, Command::new(&program).env_clear().env("LIBSYS_UNAME", "1"), "3.10.0")?;
    Ok(Completion::Completed)
}

/// What a user of the old release had, in a folder: its archive and header. The supplier is given.
pub(super) fn old_sdk(tools: &Toolchain, folder: &str, loader: &Path) -> Result<Places, String> {
    let places = &tools.places;
    let out = places.out.join(folder);
    let sdk = out.join("sdk");
    let (lib, include) = (sdk.join("lib"), sdk.join("include"));
    for (artefacts, folder) in [(["reserved", "interp"].as_slice(), &lib), (&["header"], &include)] {
        let mut command = Command::new(places.command());
        command.arg("gen").args(artefacts).args(["--abi", &format!("linux/x86_64@{OLD}"), "--interpreter"]);
        command.arg(loader).arg("-o").arg(folder);
        let outcome = run::run(&mut command, &places.out)?;
        if outcome.end != Some(End::Status(0)) {
            return Err(format!("{}\n{}", run::shown(&command), outcome.stderr));
        }
    }
    let start = Path::new("lib/libsys_start.o");
    std::fs::copy(places.sdk.join(start), sdk.join(start)).map_err(|e| format!("{}: {e}", sdk.display()))?;
    Ok(Places { sdk, sources: places.sources.clone(), out })
}
