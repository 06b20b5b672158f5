//! coreutils: a hundred small programs that make most calls there are, by autoconf, and the suite of its authors, all of
//! it. Parts that need other libraries are off.

use super::Program;
use super::place::Place;
use super::results::{Outcome, Results};

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
        // The programs' own tests only: those of gnulib are of parts that mostly are not used here.
        let said = place.suite("suite", 1500, &place.make(&["-k", "check", "SUBDIRS=."]))?;
        Ok(Results::lines(&progress(&said.text), &WORDS))
    },
    at_least: 400,
    except: &[
        ("tests/cut/cut-huge-range.sh", LIMIT),
        ("tests/dd/no-allocate.sh", LIMIT),
        ("tests/misc/write-errors.sh", LIMIT),
        ("tests/printf/printf-surprise.sh", LIMIT),
        // On stock it fails: valgrind takes `free` from musl there, but not what was allocated by it before.
        ("tests/sort/sort-u-FMR.sh", "valgrind replaces the allocator of stock musl in part"),
    ],
};

/// Why stock skips tests that limit memory: they look for a limit that is too small, from 1,000 KiB down not at all. With
/// the section and what supplies it a program needs some more, so one is found, and the tests are run (and pass).
const LIMIT: &str = "a program on stock musl starts within the smallest limit of memory that the test tries";

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
