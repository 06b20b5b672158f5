//! dash: it has no suite of its own, and the package's tests are of an installed system. What it runs is the suite for
//! shells of busybox: a few hundred scripts with what they should print. A third of them fail with it,
//! in all flavours alike.
//!
//! Some come to one thing or the other wherever they run: `ash-misc/exitcode_trap2` and `exitcode_trap6` pass if a child's
//! signal comes after the shell has made its next child, `ash-signals/signal5` if sleeping takes as long as it should.

use super::Program;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Linked to libc.so.
pub const DYNAMIC: Program = Program {
    name: "dash",
    package: "dash",
    recipe: file!(),
    needed: &[
        ("autoreconf", "autoconf", "prepares the build of dash"),
        ("automake", "automake", "prepares the build of dash"),
    ],
    link: "",
    build: |place| {
        // As in Debian's rules, but with the globs of dash's own, which read folders themselves.
        place.build(place.shell("autoreconf -f -i && CFLAGS='-g -O2' ./configure --disable-lineno"))?;
        place.build(place.make(&[]))
    },
    made: &["tree/src/dash"],
    trial: &["tree/src/dash", "-c", "for i in 1 2 3; do (echo $i); done; (exit 0) | read x || pwd"],
    test: |place| ash_tests(place, &scripts(Chosen::All)?, &shell(place)),
    again: Some(|place, tests| ash_tests(place, &scripts(Chosen::Tests(tests))?, &shell(place))),
    at_least: 220,
    except: &[],
};

/// Without libc.so.
pub const STATIC: Program = Program {
    name: "dash-static",
    build: |place| {
        place.build(
            place.shell("autoreconf -f -i && CFLAGS='-g -O2' ./configure --disable-lineno --enable-static"),
        )?;
        place.build(place.make(&[]))
    },
    ..DYNAMIC
};

/// The scripts that do not sleep.
pub const SAMPLE: Program = Program {
    test: |place| {
        let folders = ["ash-arith", "ash-heredoc", "ash-parsing", "ash-quoting", "ash-redir"];
        ash_tests(place, &scripts(Chosen::Folders(&folders))?, &shell(place))
    },
    at_least: 80,
    ..DYNAMIC
};

fn scripts<'a>(chosen: Chosen<'a>) -> Result<Scripts<'a>, String> {
    let source = place::fetch(SUITE, "busybox")?.join("shell/ash_test");
    Ok(Scripts { source, configuration: String::new(), chosen, without: &WITHOUT })
}

fn shell(place: &Place) -> String {
    place.tree.join("src/dash").display().to_string()
}

/// Seconds that all scripts are given.
const SECONDS: u32 = 1800;
/// Scripts that are not run with dash, each with the reason.
const WITHOUT: [(&str, &str); 1] = [(
    "ash-vars/var_LINENO1",
    "sources itself, with an argument to stop, which dash does not hand on: never ends",
)];

/// Busybox's scripts for shells.
pub struct Scripts<'a> {
    /// Where they are.
    pub source: PathBuf,
    /// The configuration of busybox that they are for; nothing for another shell.
    pub configuration: String,
    /// Which are run.
    pub chosen: Chosen<'a>,
    /// Scripts that are not run, each with the reason.
    pub without: &'a [(&'a str, &'a str)],
}

/// Which scripts are run.
#[derive(Clone, Copy)]
pub enum Chosen<'a> {
    /// All of them.
    All,
    /// Those in some folders.
    Folders(&'a [&'a str]),
    /// Some of them.
    Tests(&'a BTreeSet<String>),
}

impl Chosen<'_> {
    /// Whether it is FOLDER`/`NAME.
    fn has(self, test: &str) -> bool {
        match self {
            Chosen::All => true,
            Chosen::Folders(folders) => folders.iter().any(|folder| test.split('/').next() == Some(folder)),
            Chosen::Tests(tests) => tests.contains(test),
        }
    }
}

/// Runs scripts with a shell.
///
/// # Errors
///
/// The file system's.
pub fn ash_tests(place: &Place, scripts: &Scripts<'_>, shell: &str) -> Result<Results, String> {
    let folder = place.root.join("ash_test");
    if folder.exists() {
        run::at(&folder, |path| std::fs::remove_dir_all(path))?;
    }
    let mut copy = place.command("cp");
    copy.arg("-a").arg(&scripts.source).arg(&folder);
    run::quiet(copy)?;
    run::at(&folder.join(".config"), |path| std::fs::write(path, &scripts.configuration))?;
    place::script(&folder.join("ash"), &format!("exec {shell} \"$@\"\n"))?;
    choose(&folder, scripts)?;
    let mut command = place.command("sh");
    command.arg("run-all").current_dir(&folder);
    command.env("PATH", place::path_with(&place.compilers("")?));
    let mut results = read(&place.suite("ash_test", SECONDS, &command)?.text);
    let left_out = scripts.without.iter().map(|(name, _)| *name).filter(|name| scripts.chosen.has(name));
    left_out.for_each(|name| results.add(name, Outcome::Skip));
    Ok(results)
}

/// Lets only those scripts be executed that are to be run: `run-all` passes over all others.
fn choose(folder: &Path, scripts: &Scripts<'_>) -> Result<(), String> {
    for part in run::files(folder)?.iter().filter(|path| path.is_dir()) {
        for script in run::files(part)?.iter().filter(|path| path.extension().is_some_and(|e| e == "tests")) {
            let name = script.strip_prefix(folder).unwrap_or(script).with_extension("");
            let name = name.display().to_string();
            if !scripts.chosen.has(&name) || scripts.without.iter().any(|(without, _)| *without == name) {
                let permissions = std::fs::Permissions::from_mode(0o644);
                run::at(script, |path| std::fs::set_permissions(path, permissions))?;
            }
        }
    }
    Ok(())
}

/// Reads `ash-vars/var1.tests: ok`, `…: fail (1)`, `…: skip (feature disabled)`. A shell's last words may stand between the
/// colon and the outcome.
fn read(log: &str) -> Results {
    let mut results = Results::default();
    let mut running = None;
    for line in log.lines() {
        let outcome = match line.split_once(".tests:") {
            Some((name, rest)) => {
                running = Some(name);
                rest
            }
            None => line,
        };
        let outcome = match outcome.strip_prefix(' ').and_then(|rest| rest.split(' ').next()) {
            Some("ok") => Outcome::Pass,
            Some("fail") => Outcome::Fail,
            Some("skip") => Outcome::Skip,
            _ => continue,
        };
        if let Some(name) = running.take() {
            results.add(name, outcome);
        }
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_scripts_are_read() {
        let log = "a/b.tests: ok\na/c.tests:Terminated\n fail (1)\nnoise ok\n ok\na/d.tests: skip (feature disabled)\n";
        assert_eq!(read(log).text(), "pass a/b\nfail a/c\nskip a/d\n");
    }
}
