//! dash: it has no suite of its own, and the package's tests are of an installed system. What it runs is the suite for
//! shells of busybox: a few hundred scripts with what they should print. A third of them fail with it,
//! in all flavours alike.

use super::Program;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
    test: |place| test(place, &[]),
    at_least: 220,
    except: &[("ash-misc/exitcode_trap2", RACE), ("ash-misc/exitcode_trap6", RACE)],
};

/// Why two tests come to anything: by themselves on stock, every other run of them passes.
const RACE: &str = "a child's signal may come before its parent waits for another child, or after";

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
    test: |place| test(place, &["ash-arith", "ash-heredoc", "ash-parsing", "ash-quoting", "ash-redir"]),
    at_least: 80,
    ..DYNAMIC
};

fn test(place: &Place, folders: &[&str]) -> Result<Results, String> {
    let source = place::fetch(SUITE, "busybox")?;
    let shell = place.tree.join("src/dash");
    let scripts =
        Scripts { source: &source.join("shell/ash_test"), configuration: "", folders, without: &WITHOUT };
    ash_tests(place, &scripts, &shell.display().to_string())
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
    pub source: &'a Path,
    /// The configuration of busybox that they are for; nothing for another shell.
    pub configuration: &'a str,
    /// The folders of scripts that are run; none: all.
    pub folders: &'a [&'a str],
    /// Scripts that are not run, each with the reason.
    pub without: &'a [(&'a str, &'a str)],
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
    copy.arg("-a").arg(scripts.source).arg(&folder);
    run::quiet(copy)?;
    run::at(&folder.join(".config"), |path| std::fs::write(path, scripts.configuration))?;
    place::script(&folder.join("ash"), &format!("exec {shell} \"$@\"\n"))?;
    for (name, _) in scripts.without {
        // What cannot be executed is not run.
        let script = folder.join(name).with_extension("tests");
        run::at(&script, |path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)))?;
    }
    let mut command = place.command("sh");
    command.arg("run-all").args(scripts.folders).current_dir(&folder);
    command.env("PATH", place::path_with(&place.compilers("")?));
    let mut results = read(&place.suite("ash_test", SECONDS, &command)?.text);
    scripts.without.iter().for_each(|(name, _)| results.add(name, Outcome::Skip));
    Ok(results)
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
