//! dash: it has no suite of its own, and the package's tests are of an installed system. What it runs is the suite for
//! shells of busybox: a few hundred scripts with what they should print. Some of them use what only other shells have,
//! and fail in all flavours alike.

use super::Program;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;

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
    test: |place| {
        let source = place::fetch(SUITE, "busybox")?;
        let shell = place.tree.join("src/dash");
        ash_tests(place, &source.join("shell/ash_test"), &shell.display().to_string(), "")
    },
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

/// Seconds that a script is given.
const SECONDS: u32 = 20;

/// Runs busybox's scripts for shells with a shell, on a configuration of busybox or none.
///
/// # Errors
///
/// The file system's.
pub fn ash_tests(
    place: &Place,
    scripts: &std::path::Path,
    shell: &str,
    configuration: &str,
) -> Result<Results, String> {
    let folder = place.root.join("ash_test");
    if folder.exists() {
        run::at(&folder, |path| std::fs::remove_dir_all(path))?;
    }
    let mut copy = place.command("cp");
    copy.arg("-a").arg(scripts).arg(&folder);
    run::quiet(copy)?;
    run::at(&folder.join(".config"), |path| std::fs::write(path, configuration))?;
    // Some scripts never end in a shell that lacks what they try.
    place::script(
        &folder.join("ash"),
        &format!("exec timeout --foreground -k 1 {SECONDS} {shell} \"$@\"\n"),
    )?;
    let mut command = place.command("sh");
    command.arg("run-all").current_dir(&folder);
    command.env("PATH", place::path_with(&place.compilers("")?));
    let said = place.suite("ash_test", 1800, &command)?;
    let mut results = Results::default();
    for line in said.text.lines() {
        // `ash-vars/var1.tests: ok`, `…: fail (1)`, `…: skip (feature disabled)`
        let Some((name, word)) = line.split_once(".tests: ") else { continue };
        let outcome = match word.split(' ').next() {
            Some("ok") => Outcome::Pass,
            Some("fail") => Outcome::Fail,
            Some("skip") => Outcome::Skip,
            _ => continue,
        };
        results.add(name, outcome);
    }
    Ok(results)
}
