//! The clocks are read without entering the kernel: strace sees no such call.

use super::{Tools, trial};
use crate::program::Shape;
use crate::sysroot::Flavour;
use libsys_trials::machine::Need;
use libsys_trials::run::End;
use libsys_trials::word::Word;
use libsys_trials::{machine, run};
use libtest_mimic::{Completion, Trial};
use std::process::Command;
use std::sync::Arc;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    // A text section that nobody supplies enters the kernel.
    for shape in [Shape::Static, Shape::StaticPie, Shape::Pie, Shape::NoPie] {
        let tools = Arc::clone(tools);
        let name = format!("vdso::reserved::{}", shape.word());
        trials.push(trial(name, move || check(&tools, shape)));
    }
    trials
}

fn check(tools: &Tools, shape: Shape) -> Result<Completion, String> {
    if let Some(reason) = machine::lacks(&Need::Program("strace".into())) {
        return Ok(Completion::ignored_with(reason));
    }
    // Where the clock source of a machine is none that the vDSO can read, it enters the kernel itself.
    match calls(tools, Flavour::Stock, shape)? {
        Some(calls) if calls.is_empty() => {}
        Some(_) => return Ok(Completion::ignored_with("needs clocks that the vDSO can read")),
        None => return Ok(Completion::ignored_with("needs ptrace to be permitted")),
    }
    match calls(tools, Flavour::Reserved, shape)? {
        Some(calls) if calls.is_empty() => Ok(Completion::Completed),
        other => Err(format!("calls were made: {}", other.unwrap_or_default())),
    }
}

/// The calls for clocks that a program makes; none when it cannot be traced.
fn calls(tools: &Tools, flavour: Flavour, shape: Shape) -> Result<Option<String>, String> {
    let program = tools.support("vdso", flavour, shape)?;
    let trace = program.with_file_name(format!("{}.{}.trace", flavour.word(), shape.word()));
    let mut command = Command::new("strace");
    // Stock musl asks the kernel how fine a clock is.
    let more = if flavour == Flavour::Stock { "" } else { ",clock_getres" };
    command.args(["-qq", "-e", &format!("trace=clock_gettime,gettimeofday,time,getcpu{more}"), "-o"]);
    command.arg(&trace).arg(&program);
    let outcome = run::run(&mut command, &tools.places.out)?;
    if outcome.end != Some(End::Status(0)) && outcome.stderr.contains("ptrace") {
        return Ok(None);
    }
    run::compare(&command, &run::Outcome::says("ok\n"), &outcome)?;
    let text = std::fs::read_to_string(&trace).map_err(|e| format!("{}: {e}", trace.display()))?;
    // Calls that strace has no name for, it shows always.
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("syscall_")).collect();
    Ok(Some(lines.join("\n")))
}
