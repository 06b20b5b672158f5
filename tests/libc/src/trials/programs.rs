//! One trial for each program × flavour of the C library × shape: it does what it says, on stock musl too. On the older
//! musl, two shapes.

use super::{Tools, trial};
use crate::program::{Program, Shape};
use crate::sysroot::{Flavour, OLDER, Sysroot};
use libsys_trials::word::Word;
use libsys_trials::{machine, program, run};
use libtest_mimic::{Completion, Trial};
use std::process::Command;
use std::sync::Arc;

/// All trials of the folder `programs`.
///
/// # Errors
///
/// A sentence when the folder cannot be listed.
pub fn trials(tools: &Tools) -> Result<Vec<Trial>, String> {
    program::trials(&tools.places.sources.join("programs"), |program| of(tools, &program))
}

fn of(tools: &Tools, program: &Arc<Program>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let directives = &program.directives;
    for &flavour in &directives.flavours {
        for &shape in &directives.shapes {
            let mut sysroots = vec![Sysroot::from(flavour)];
            let is_one_of_two = matches!(shape, Shape::Static | Shape::Pie);
            if flavour == Flavour::Reserved && is_one_of_two && !directives.is_for_newest {
                sysroots.push(Sysroot { flavour, suite: Some(OLDER) });
            }
            for sysroot in sysroots {
                let (tools, program) = (Arc::clone(tools), Arc::clone(program));
                let name = format!("{}::{}::{}", program.name(), sysroot.name(), shape.word());
                trials.push(trial(name, move || go(&tools, &program, sysroot, shape)));
            }
        }
    }
    trials
}

fn go(tools: &Tools, program: &Program, sysroot: Sysroot, shape: Shape) -> Result<Completion, String> {
    let directives = &program.directives;
    if let Some(reason) = directives.needs.iter().find_map(machine::lacks) {
        return Ok(Completion::ignored_with(reason));
    }
    let mut command = Command::new(tools.program(program, sysroot, shape)?);
    for object in &directives.objects {
        command.arg(tools.shared(object, sysroot)?);
    }
    command.env_clear().env("PATH", "/usr/bin:/bin").env("CASE_FLAVOUR", sysroot.flavour.word());
    command.envs(directives.env.iter().map(|(name, value)| (name, value)));
    run::does(&mut command, &program.expected(), &tools.places.out)?;
    Ok(Completion::Completed)
}
