//! One trial for each program × flavour of the C library × shape: it does what it says, on stock musl too. On the older
//! musl, two shapes.

use super::{Tools, certain, trial};
use crate::program::{Program, Shape};
use crate::sysroot::{Flavour, OLDER, Sysroot};
use libsys_cases::variant::Word;
use libsys_cases::{run, sdk};
use libtest_mimic::{Completion, Trial};
use std::process::Command;
use std::sync::Arc;

/// All trials of the folder `programs`.
///
/// # Errors
///
/// A sentence when the folder cannot be listed.
pub fn trials(tools: &Tools) -> Result<Vec<Trial>, String> {
    let folder = tools.places.sources.join("programs");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut trials = Vec::new();
    for entry in entries {
        let source = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        if source.extension().is_none_or(|extension| extension != "c") {
            continue;
        }
        let name = source.file_stem().unwrap_or_default().display().to_string();
        match Program::read(source) {
            Ok(program) => add(&mut trials, tools, &Arc::new(program)),
            // Listed as a trial, so that the other programs still run.
            Err(why) => trials.push(certain(format!("{name}::directives"), || Err(why))),
        }
    }
    Ok(trials)
}

fn add(trials: &mut Vec<Trial>, tools: &Tools, program: &Arc<Program>) {
    for &flavour in &program.flavours {
        for &shape in &program.shapes {
            let mut sysroots = vec![Sysroot::from(flavour)];
            let is_one_of_two = matches!(shape, Shape::Static | Shape::Pie);
            if flavour == Flavour::Reserved && is_one_of_two && !program.is_for_newest {
                sysroots.push(Sysroot { flavour, suite: Some(OLDER) });
            }
            for sysroot in sysroots {
                let (tools, program) = (Arc::clone(tools), Arc::clone(program));
                let name = format!("{}::{}::{}", program.name(), sysroot.name(), shape.word());
                trials.push(trial(name, move || go(&tools, &program, sysroot, shape)));
            }
        }
    }
}

fn go(tools: &Tools, program: &Program, sysroot: Sysroot, shape: Shape) -> Result<Completion, String> {
    if let Some(reason) = program.needs.iter().find_map(sdk::lacks) {
        return Ok(Completion::ignored_with(reason));
    }
    let mut command = Command::new(tools.program(program, sysroot, shape)?);
    for object in &program.objects {
        command.arg(tools.shared(object, sysroot)?);
    }
    command.env_clear().env("PATH", "/usr/bin:/bin").env("CASE_FLAVOUR", sysroot.flavour.word());
    command.envs(program.env.iter().map(|(name, value)| (name, value)));
    let outcome = run::run(&mut command, &tools.places.out)?;
    run::compare(&command, &program.expected(), &outcome)?;
    Ok(Completion::Completed)
}
