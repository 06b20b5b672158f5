//! Debuggers and profilers name the slot that a program is in, and who called it.

use super::{Tools, trial};
use crate::directive::Directives;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_trials::machine;
use libsys_trials::machine::Need;
use libsys_trials::run;
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// One trial for each tool, flavour and shape.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for flavour in [Flavour::Reserved, Flavour::Text] {
        for shape in [Shape::Static, Shape::StaticPie] {
            for (tool, test) in [("gdb", gdb as Test), ("perf", perf)] {
                let tools = Arc::clone(tools);
                let name = format!("naming::{tool}::{}::{}", flavour.word(), shape.word());
                trials.push(trial(name, move || {
                    let interpreter = flavour == Flavour::Reserved;
                    let link = Link { flavour, shape, linker: Linker::Bfd, interpreter };
                    let source = tools.places.sources.join("support/names.c");
                    test(&tools, &tools.program(&source, &Directives::default(), link)?)
                }));
            }
        }
    }
    trials
}

type Test = fn(&Tools, &Path) -> Result<Completion, String>;

fn ignored(needs: &[Need]) -> Option<Completion> {
    needs.iter().find_map(machine::lacks).map(Completion::ignored_with)
}

/// A backtrace from each instruction of a slot shows the slot, its caller and main.
fn gdb(tools: &Tools, file: &Path) -> Result<Completion, String> {
    if let Some(ignored) = ignored(&[Need::Program("gdb".into())]) {
        return Ok(ignored);
    }
    const INSTRUCTIONS: usize = 6;
    let mut command = Command::new("gdb");
    command.args(["-nx", "-batch", "-ex", "set startup-with-shell off", "-ex", "set debuginfod enabled off"]);
    // Not before main: a breakpoint in the section would be overwritten when it is supplied.
    command.args(["-ex", "break main", "-ex", "run", "-ex", "break *__sys_getppid", "-ex", "continue"]);
    for _ in 0..INSTRUCTIONS {
        command.args(["-ex", "bt", "-ex", "stepi"]);
    }
    command.args(["-ex", "kill"]).arg(file);
    let outcome = run::run(&mut command, &tools.places.out)?;
    let is_refused = outcome.stderr.contains("ptrace") || outcome.stderr.contains("Operation not permitted");
    if is_refused && !outcome.stdout.contains("#0") {
        return Ok(Completion::ignored_with("needs ptrace to be permitted"));
    }
    let frames: Vec<&str> = outcome.stdout.lines().filter(|line| line.starts_with('#')).collect();
    let traces: Vec<&[&str]> = frames.chunk_by(|_, next| !next.starts_with("#0")).collect();
    let is_right = |trace: &&[&str]| match trace {
        [slot, ask, main] => {
            slot.contains(" __sys_getppid ") && ask.contains(" ask ") && main.contains(" main ")
        }
        _ => false,
    };
    if traces.len() == INSTRUCTIONS && traces.iter().all(is_right) {
        return Ok(Completion::Completed);
    }
    Err(format!("{}\n{}\n{}", run::shown(&command), outcome.stdout, outcome.stderr))
}

/// Samples in slots are named by them; in the pages of the native map, by its symbols: `__sys_NAME.native`, if the kernel
/// was asked to tell of them.
fn perf(tools: &Tools, file: &Path) -> Result<Completion, String> {
    if let Some(ignored) = ignored(&[Need::Program("perf".into()), Need::PerfEvents]) {
        return Ok(ignored);
    }
    let data: PathBuf = file.with_extension("perf");
    let mut record = Command::new("perf");
    record.args(["record", "-q", "-e", "cpu-clock:u", "-F", "4000", "-o"]).arg(&data).arg(file).arg("often");
    record.env("LIBSYS_PROFILE", "1");
    let outcome = run::run(&mut record, &tools.places.out)?;
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "-q", "--no-children", "-F", "overhead,sym", "-i"]).arg(&data);
    let names = run::run(&mut report, &tools.places.out)?;
    for name in ["__sys_getppid", "__sys_raw_getppid"] {
        let is_it = |word: &str| word.strip_suffix(".native").unwrap_or(word) == name;
        if !names.stdout.split_whitespace().any(is_it) {
            let shown = run::shown(&record);
            return Err(format!(
                "{shown}: {name} is not named\n{}{}\n{outcome:?}",
                names.stdout, names.stderr
            ));
        }
    }
    Ok(Completion::Completed)
}
