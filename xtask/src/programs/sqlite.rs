//! sqlite3: files of its authors' suite in Tcl, those first that reach the kernel: pager, locks, write-ahead log, maps of
//! files, threads, processes, simulated failures of calls. The suite's interpreter is the library with Tcl around it, so
//! Tcl and zlib are built on the same C library first, and are as much under test as sqlite.

use super::Program;
use super::place::Place;
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;

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
    test,
    at_least: 9000,
    except: &[],
};

/// Tcl 8.6 as Debian 12 has it.
const TCL: (&str, &str) = ("bookworm", "tcl8.6");
/// Seconds that a file of tests is given.
const SECONDS: u32 = 180;

/// Letters in the longest word for a flavour.
const LONGEST: usize = 8;

/// The files that are run, by subject.
const FILES: [&[&str]; 8] = [
    &[
        "select1", "insert", "update", "vacuum", "vacuum2", "attach", "func", "printf", "json101", "fts3aa",
        "loadext",
    ],
    &[
        "pager1", "pager2", "pager3", "io", "journal1", "journal2", "journal3", "jrnlmode", "sync", "sync2",
        "tempdb",
    ],
    &[
        "wal",
        "wal2",
        "wal3",
        "wal5",
        "wal6",
        "walro",
        "walmode",
        "walshared",
        "walbak",
        "walhook",
        "external_reader",
    ],
    &[
        "lock",
        "lock2",
        "lock3",
        "lock4",
        "lock5",
        "lock7",
        "shmlock",
        "exclusive",
        "exclusive2",
        "superlock",
        "unixexcl",
    ],
    &[
        "mmap1",
        "mmap2",
        "mmap3",
        "mmapfault",
        "bigmmap",
        "fallocate",
        "quota",
        "multiplex",
        "avfs",
        "stat",
        "filectrl",
    ],
    &[
        "thread001",
        "thread002",
        "thread003",
        "thread004",
        "thread005",
        "thread1",
        "thread2",
        "mutex1",
        "notify1",
        "notify2",
    ],
    &[
        "syscall", "sysfault", "oserror", "symlink", "symlink2", "rdonly", "readonly", "nolock", "busy",
        "date", "date4",
    ],
    &[
        "backup", "backup2", "shared", "shared2", "memdb", "uri", "crash8", "shell1", "shell3", "shell4",
        "shell5",
    ],
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

fn test(place: &Place) -> Result<Results, String> {
    let logs = place.root.join("logs");
    run::at(&logs, |path| std::fs::create_dir_all(path))?;
    // Some tests make names as long as can be: where they run must be named as long in all flavours.
    let padding = LONGEST.saturating_sub(place.flavour().word().len());
    let work = place.tree.join(format!("run{}", "-".repeat(padding)));
    run::at(&work, |path| std::fs::create_dir_all(path))?;
    let mut results = Results::default();
    for file in FILES.into_iter().flatten() {
        let mut command = place.command(place.tree.join("testfixture"));
        command.arg(place.tree.join("test").join(file).with_extension("test"));
        let mut command = place.without_rights(command)?;
        command.current_dir(&work);
        let said = place.suite(&format!("logs/{file}"), SECONDS, &command)?;
        read(file, &said.text, &mut results);
    }
    Ok(results)
}

/// Reads what a file of tests printed: `NAME... Ok` for each, at the end the names of those that failed, and how many
/// there were.
fn read(file: &str, text: &str, results: &mut Results) {
    let mut has_ended = false;
    for line in text.lines() {
        if let Some((name, "Ok")) = line.split_once("... ") {
            // Threads print dots while they wait.
            results.add(name.trim_start_matches('.'), Outcome::Pass);
        } else if let Some(names) = line.strip_prefix("!Failures on these tests: ") {
            names
                .split(' ')
                .filter(|name| !name.is_empty())
                .for_each(|name| results.add(name, Outcome::Fail));
        } else if let Some(name) = line.strip_suffix("... Omitted") {
            results.add(name, Outcome::Skip);
        }
        has_ended |= line.contains(" errors out of ");
    }
    results.add(&format!("{file}: ends"), Outcome::of(has_ended));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_read() {
        let text = "..a-1... Ok\na-2...\n! a-2 expected: [1]\n! a-2 got:      [2]\na-3... Omitted\n\
                    1 errors out of 3 tests on x Linux\n!Failures on these tests: a-2\n";
        let mut results = Results::default();
        read("a", text, &mut results);
        assert_eq!(results.text(), "pass a-1\nfail a-2\nskip a-3\npass a: ends\n");
    }
}
