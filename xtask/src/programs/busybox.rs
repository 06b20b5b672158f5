//! busybox, static, in the configuration of Debian's package `busybox-static`: its suite for all applets, and its suite
//! for its shell.

use super::Program;
use super::dash::{self, Chosen};
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;

/// All applets in one static program.
pub const PROGRAM: Program = Program {
    name: "busybox",
    package: "busybox",
    recipe: file!(),
    needed: &[
        ("bzip2", "bzip2", "unpacks files of busybox' suite"),
        ("zip", "zip", "makes files of busybox' suite"),
    ],
    link: "-static",
    build,
    made: &["tree/busybox_unstripped"],
    trial: &["tree/busybox_unstripped", "sh", "-c", "for i in 1 2; do (echo $i); done; pwd"],
    test: |place| {
        let mut results = applets(place)?;
        of_shell(place, Chosen::All)?.all().for_each(|(name, outcome)| results.add(name, outcome));
        Ok(results)
    },
    again: Some(|place, tests| {
        let is_of_shell = |name: &String| name.starts_with("ash-");
        let mut results = if tests.iter().all(is_of_shell) { Results::default() } else { applets(place)? };
        if tests.iter().any(is_of_shell) {
            of_shell(place, Chosen::Tests(tests))?
                .all()
                .for_each(|(name, outcome)| results.add(name, outcome));
        }
        Ok(results)
    }),
    at_least: 700,
    except: &[],
};

/// What Debian's configuration has that needs glibc's own regular expressions, and cannot be built on any musl.
const WITHOUT: &str = "# CONFIG_EXTRA_COMPAT is not set\n# CONFIG_FEATURE_VI_REGEX_SEARCH is not set\n";

/// The commands of Debian's rules. What stands first in a configuration counts.
fn build(place: &Place) -> Result<(), String> {
    run::at(&place.tree.join("of-musl"), |path| std::fs::write(path, WITHOUT))?;
    place.build(place.shell(
        "cat of-musl debian/config/pkg/static >.config;
         yes '' | KCONFIG_NOTIMESTAMP=1 make silentoldconfig HOSTCC=gcc >/dev/null",
    ))?;
    let cc = format!("CC={}", place.cc());
    place.build(place.make(&["all", "SKIP_STRIP=y", "HOSTCC=gcc", &cc]))
}

/// As Debian's rules run it: without a network, without known bugs, and without the tests that change `/dev`.
fn applets(place: &Place) -> Result<Results, String> {
    let mut command = place.shell("rm -f mdev.tests; ./runtest");
    command.current_dir(place.tree.join("testsuite"));
    for (name, value) in [
        ("SKIP_KNOWN_BUGS", "y"),
        ("SKIP_INTERNET_TESTS", "y"),
        ("LANG", "C.UTF-8"),
        ("SHELL", "/bin/sh"),
        ("ECHO", "/bin/echo"),
    ] {
        command.env(name, value);
    }
    let said = place.suite("runtest", 1800, &command)?;
    let words = [
        ("PASS: ", Outcome::Pass),
        ("FAIL: ", Outcome::Fail),
        ("SKIPPED: ", Outcome::Skip),
        ("UNTESTED: ", Outcome::Skip),
    ];
    Ok(Results::lines(&said.text, &words))
}

/// The scripts for its shell.
fn of_shell(place: &Place, chosen: Chosen<'_>) -> Result<Results, String> {
    let configuration = place::read(&place.tree.join(".config"));
    let shell = format!("{} ash", place.tree.join("busybox").display());
    let source = place.tree.join("shell/ash_test");
    dash::ash_tests(place, &dash::Scripts { source, configuration, chosen, without: &[] }, &shell)
}
