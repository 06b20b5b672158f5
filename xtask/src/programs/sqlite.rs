//! sqlite3: its authors' suite in Tcl, all of its quick tests and those of the long ones that reach the kernel: threads,
//! crashes, simulated failures of calls. The suite's interpreter is the library with Tcl around it, so
//! Tcl and zlib are built on the same C library first, and are as much under test as sqlite.

use super::Program;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;
use std::collections::BTreeSet;

/// The suite's interpreter, and the shell.
pub const PROGRAM: Program = Program {
    name: "sqlite",
    package: "sqlite3",
    recipe: file!(),
    needed: &[("tclsh", "tcl", "puts the source of sqlite together")],
    link: "",
    build,
    made: &["tree/testfixture", "tree/.libs/sqlite3", "tree/.libs/libsqlite3.so"],
    trial: &["tree/testfixture", "test/select1.test"],
    test: |place| {
        let mut results = Results::default();
        files(place, "quick", [], &mut results)?;
        files(place, "long", LONG, &mut results)?;
        Ok(results)
    },
    again: Some(|place, tests| {
        let mut results = Results::default();
        let names: BTreeSet<&str> = tests.iter().filter_map(|test| test.split(": ").next()).collect();
        files(place, "again", names, &mut results)?;
        Ok(results)
    }),
    at_least: 400_000,
    except: &[],
};

/// Tcl 8.6 as Debian 12 has it.
const TCL: (&str, &str) = ("bookworm", "tcl8.6");
/// Seconds that each part of the suite is given.
const SECONDS: u32 = 3000;
/// Letters in the longest word for a flavour.
const LONGEST: usize = 8;

/// What is run beside the quick tests: those of the long ones that reach the kernel. `crash` is not among them: how many
/// tests it has depends on chance.
const LONG: [&str; 20] = [
    "backup",
    "crash3",
    "crash4",
    "ioerr",
    "loadext",
    "mmap4",
    "mmapfault",
    "pagerfault",
    "sysfault",
    "thread001",
    "thread002",
    "thread003",
    "thread004",
    "thread005",
    "walcrash",
    "walcrash2",
    "walfault",
    "walprotocol",
    "walthread",
    "writecrash",
];

fn build(place: &Place) -> Result<(), String> {
    let installed = place.root.join("libraries");
    let prefix = installed.display().to_string();
    for (suite, package, name, script) in [
        (SUITE, "zlib", "zlib", format!("./configure --static --prefix='{prefix}'; make install")),
        (
            TCL.0,
            TCL.1,
            "tcl",
            format!(
                "cd unix; ./configure --disable-shared --prefix='{prefix}' CFLAGS=-O1;
                 make -j2 binaries libraries; make install-binaries install-libraries install-headers"
            ),
        ),
    ] {
        let mut shell = place.shell(&script);
        shell.current_dir(place.copy(suite, package, name)?);
        place.build(shell)?;
    }
    place.build(place.shell(&format!(
        "./configure --enable-all --disable-readline --with-tcl='{prefix}/lib' \
         CFLAGS='-O1 -I{prefix}/include' LDFLAGS='-L{prefix}/lib'"
    )))?;
    place.build(place.make(&["testfixture", "sqlite3"]))
}

/// Runs files of tests by the suite's own runner, each in a process and a folder of its own, two at a time. Its list of
/// quick tests is run where none are named.
fn files<'a>(
    place: &Place,
    log: &str,
    names: impl IntoIterator<Item = &'a str>,
    results: &mut Results,
) -> Result<(), String> {
    // Some tests make names as long as can be: where they run must be named as long in all flavours.
    let padding = LONGEST.saturating_sub(place.flavour().word().len());
    let work = place.tree.join(format!("run{}", "-".repeat(padding)));
    if work.exists() {
        run::at(&work, |path| std::fs::remove_dir_all(path))?;
    }
    run::at(&work, |path| std::fs::create_dir_all(path))?;
    let mut command = place.command(place.tree.join("testfixture"));
    command.arg(place.tree.join("test/testrunner.tcl")).args(["--jobs", "2"]);
    let patterns: Vec<String> = names.into_iter().map(|name| format!("{name}.test")).collect();
    if patterns.is_empty() {
        command.arg("veryquick")
    } else {
        command.arg("full").args(patterns)
    };
    let mut command = place.without_rights(command)?;
    command.current_dir(&work);
    let said = place.suite(log, SECONDS, &command)?;
    results.add(&format!("{log}: ends"), Outcome::of(said.text.contains("Test log is ")));
    read_all(&place::read(&work.join("testrunner.log")), results);
    Ok(())
}

/// Reads the runner's log: what each file printed, behind `### test/NAME.test 12ms (done)`.
fn read_all(text: &str, results: &mut Results) {
    let mut part: Option<(&str, Vec<&str>)> = None;
    let mut end = |part: Option<(&str, Vec<&str>)>| {
        if let Some((file, lines)) = part {
            read(file, &lines, results);
        }
    };
    for line in text.lines() {
        let file = line.strip_prefix("### ").and_then(|rest| rest.split(".test ").next());
        match (file, &mut part) {
            (Some(file), _) => end(part.replace((file.rsplit('/').next().unwrap_or(file), Vec::new()))),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    end(part);
}

/// Reads what a file of tests printed: `NAME... Ok` for each, at the end the names of those that failed, and how many
/// there were.
fn read(file: &str, lines: &[&str], results: &mut Results) {
    let mut has_ended = false;
    let mut add = |name: &str, outcome| results.add(&format!("{file}: {}", without_chance(name)), outcome);
    for line in lines {
        if let Some((name, "Ok")) = line.split_once("... ") {
            // Threads print dots while they wait.
            add(name.trim_start_matches('.'), Outcome::Pass);
        } else if let Some(names) = line.strip_prefix("!Failures on these tests: ") {
            names.split(' ').filter(|name| !name.is_empty()).for_each(|name| add(name, Outcome::Fail));
        } else if let Some(name) = line.strip_suffix("... Omitted") {
            add(name, Outcome::Skip);
        }
        has_ended |= line.contains(" errors out of ");
    }
    add("ends", Outcome::of(has_ended));
}

/// The name of a test without what is of chance in it: `avtrans-9.2.1-831` ends with the number of rows that were left.
fn without_chance(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((rest, _)) if rest.starts_with("avtrans-9.") => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_chance_in_them() {
        assert_eq!(without_chance("avtrans-9.21.1-6261"), "avtrans-9.21.1");
        for name in ["avtrans-9.1", "io-5.5", "trans"] {
            assert_eq!(without_chance(name), name);
        }
    }

    #[test]
    fn files_of_tests_are_read() {
        let text = "### test/a.test 12ms (failed)\n..a-1... Ok\na-2...\n! a-2 expected: [1]\n! a-2 got:      [2]\n\
                    a-3... Omitted\n1 errors out of 3 tests on x Linux\n!Failures on these tests: a-2\n\
                    ### ext/b/test/b.test 3ms (done)\nb-1... Ok\n";
        let mut results = Results::default();
        read_all(text, &mut results);
        let right = "pass a: a-1\nfail a: a-2\nskip a: a-3\npass a: ends\npass b: b-1\nfail b: ends\n";
        assert_eq!(results.text(), right);
    }
}
