//! Everything that CI checks: format, lints, documentation, tests; with counts at the end.

use crate::{programs, run, sdk, sysroot};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Tests that passed, failed, and were skipped.
#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs all checks; with a filter, only the tests whose names contain it.
///
/// # Errors
///
/// What failed.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let filter = arguments.first().map(String::as_str);
    if filter.is_none() {
        run::step("format", || run::shown(run::cargo(&["fmt", "--all", "--check"])))?;
        run::step("lints", || {
            let arguments = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
            run::shown(run::cargo(&arguments))
        })?;
        run::step("documentation", || {
            let mut command = run::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
            command.env("RUSTDOCFLAGS", "-D warnings");
            run::shown(command)
        })?;
    }
    if filter.is_none() {
        run::step("dependencies", || {
            // Not `advisories`: their list is fetched from a place that builds may not reach.
            let arguments = ["deny", "--log-level", "error", "check", "bans", "licenses", "sources"];
            run::shown(run::cargo(&arguments))
        })?;
    }
    let sdk = sdk::run()?;
    let sysroots = sysroot::all()?;
    let mut command = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
    if let Some(filter) = filter {
        command.args(["--", filter]);
    }
    command.env("LIBSYS_SDK", &sdk.root).env("LIBSYS_SYSROOTS", sysroots);
    let outcome = counted(command, "tests");
    if filter.is_none() { outcome.and(programs::sample()) } else { outcome }
}

/// Runs a `cargo test` whose output is shown, and counts what it says.
///
/// # Errors
///
/// That tests failed.
pub fn counted(command: Command, title: &str) -> Result<(), String> {
    let mut counts = Counts::default();
    let outcome = run::step(title, || tests(command, &mut counts));
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.ignored);
    outcome
}

fn tests(mut command: Command, counts: &mut Counts) -> Result<(), String> {
    command.stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("cargo test: {e}"))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|e| format!("cargo test: {e}"))?;
            count(&line, counts);
            println!("{line}");
        }
    }
    let status = child.wait().map_err(|e| format!("cargo test: {e}"))?;
    if status.success() { Ok(()) } else { Err("tests failed".into()) }
}

/// Adds up a line such as `test result: ok. 8 passed; 0 failed; 0 ignored; …`.
fn count(line: &str, counts: &mut Counts) {
    let Some(rest) = line.strip_prefix("test result: ") else { return };
    let words: Vec<&str> = rest.split([' ', ';']).filter(|w| !w.is_empty()).collect();
    for pair in words.windows(2) {
        let Ok(number) = pair[0].parse::<u64>() else { continue };
        match pair[1] {
            "passed" => counts.passed += number,
            "failed" => counts.failed += number,
            "ignored" => counts.ignored += number,
            _ => {}
        }
    }
}
