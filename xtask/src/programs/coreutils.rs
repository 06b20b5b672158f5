//! coreutils: a hundred small programs that make most calls there are, by autoconf, and the suite of its authors, all of
//! it. Parts that need other libraries are off.

use super::Program;
use super::compare::Exception;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;

/// How lines of the suite begin.
const WORDS: [(&str, Outcome); 6] = [
    ("PASS: ", Outcome::Pass),
    ("FAIL: ", Outcome::Fail),
    ("ERROR: ", Outcome::Fail),
    ("XPASS: ", Outcome::Fail),
    ("XFAIL: ", Outcome::Skip),
    ("SKIP: ", Outcome::Skip),
];

/// Linked to libc.so.
pub const DYNAMIC: Program = Program {
    name: "coreutils",
    package: "coreutils",
    recipe: file!(),
    needed: &[("perl", "perl", "drives tests of coreutils")],
    link: "",
    build,
    made: &[
        "tree/src/chown",
        "tree/src/cp",
        "tree/src/dd",
        "tree/src/env",
        "tree/src/ls",
        "tree/src/rm",
        "tree/src/sort",
        "tree/src/split",
        "tree/src/stdbuf",
        "tree/src/libstdbuf.so",
        "tree/src/stty",
        "tree/src/tail",
        "tree/src/timeout",
    ],
    trial: &["tree/src/ls", "-l", "/"],
    test: |place| {
        let mut results = check(place, "suite", &[])?;
        let finer = finer(place)?;
        finer.all().for_each(|(name, outcome)| results.add(&format!("finer limits: {name}"), outcome));
        Ok(results)
    },
    again: Some(|place, tests| {
        let (of_finer, plain): (Vec<&str>, Vec<&str>) =
            tests.iter().map(String::as_str).partition(|name| name.starts_with("finer limits: "));
        let mut results = if plain.is_empty() { Results::default() } else { check(place, "again", &plain)? };
        if !of_finer.is_empty() {
            let finer = finer(place)?;
            finer.all().for_each(|(name, outcome)| results.add(&format!("finer limits: {name}"), outcome));
        }
        Ok(results)
    }),
    at_least: 400,
    except: &[limit(LIMITED[0]), limit(LIMITED[1]), limit(LIMITED[2]), limit(LIMITED[3])],
};

/// Tests that look for the smallest limit of memory with which a program starts, by thousands of KiB down to one thousand,
/// and are skipped where it starts with that. On stock musl it does: `cut --version` needs 908 KiB there, 1,208 KiB while a
/// section is supplied, and 972 KiB with the table in the text.
const LIMITED: [&str; 4] = [
    "tests/cut/cut-huge-range.sh",
    "tests/dd/no-allocate.sh",
    "tests/misc/write-errors.sh",
    "tests/printf/printf-surprise.sh",
];
/// How the suite looks for such a limit.
const STEPS: &str = "-1000 1000";
/// How it finds one on stock musl too.
const FINER_STEPS: &str = "-100 100";

/// Stock skips the test.
const fn limit(test: &'static str) -> Exception {
    Exception {
        test,
        stock: Outcome::Skip,
        reserved: &[Outcome::Pass],
        // What text adds is about as much as is left.
        text: &[Outcome::Pass, Outcome::Skip],
        why: "a program on stock musl starts within the smallest limit of memory that the test tries",
    }
}

/// Runs the suite, or some tests of it. Those of gnulib are of parts that mostly are not used here.
fn check(place: &Place, log: &str, tests: &[&str]) -> Result<Results, String> {
    let tests = format!("TESTS={}", tests.join(" "));
    let mut arguments = vec!["-k", "check", "SUBDIRS=."];
    if tests != "TESTS=" {
        arguments.push(&tests);
    }
    let said = place.suite(log, 1500, &place.make(&arguments))?;
    Ok(Results::lines(&progress(&said.text), &WORDS))
}

/// Runs the tests that look for a limit of memory, and lets them look for it by hundreds of KiB: then they are run on stock
/// too.
fn finer(place: &Place) -> Result<Results, String> {
    let original = place::fetch(SUITE, DYNAMIC.package)?.join("init.cfg");
    let text = run::at(&original, |path| std::fs::read_to_string(path))?;
    let finer = text.replace(STEPS, FINER_STEPS);
    if finer == text {
        return Err(format!("{}: does not look for limits by `{STEPS}`", original.display()));
    }
    let path = place.tree.join("init.cfg");
    run::at(&path, |path| std::fs::write(path, finer))?;
    let results = check(place, "finer", &LIMITED);
    run::at(&path, |path| std::fs::write(path, text))?;
    results
}

/// The lines of a suite that name the file of a test: those that are skipped or fail are summed up at the end once more,
/// without the file's ending.
fn progress(text: &str) -> String {
    let is_file = |line: &&str| line.rsplit('/').next().is_some_and(|name| name.contains('.'));
    text.lines().filter(is_file).flat_map(|line| [line, "\n"]).collect()
}

fn build(place: &Place) -> Result<(), String> {
    let mut configure = place.command("./configure");
    configure.args(["--build=x86_64-linux-gnu", "--host=x86_64-linux-musl", "--disable-nls"]);
    configure.args(["--without-selinux", "--without-openssl", "--without-libgmp"]);
    configure.args(["--disable-acl", "--disable-xattr", "--disable-libcap", "--disable-dependency-tracking"]);
    configure.env("CFLAGS", "-O2");
    place.build(configure)?;
    place.build(place.make(&[]))
}

#[cfg(test)]
mod tests {
    use super::{Results, WORDS, progress};

    #[test]
    fn tests_are_counted_once() {
        let text = "PASS: tests/rm/a.sh\nFAIL: tests/rm/b.sh\n# PASS:  1\nFAIL: tests/rm/b\n";
        assert_eq!(
            Results::lines(&progress(text), &WORDS).text(),
            "pass tests/rm/a.sh\nfail tests/rm/b.sh\n"
        );
    }
}
