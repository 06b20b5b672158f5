//! A program with more rights than its caller does not look at `LIBSYS_*`, whatever supplies it.

use super::folder::Folder;
use super::{Tools, trial};
use crate::program::Shape;
use crate::sysroot::Flavour;
use libsys_trials::secure::{self, CASES, Case};
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use std::sync::Arc;

/// The trials.
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for &shape in Shape::ALL {
        for case in &CASES {
            let tools = Arc::clone(tools);
            let name = format!("refusal::secure::{}::{}", case.variable, shape.word());
            trials.push(trial(name, move || ignored(&tools, case, shape)));
        }
    }
    trials
}

fn ignored(tools: &Tools, case: &Case, shape: Shape) -> Result<Completion, String> {
    let folder = Folder::new(tools)?;
    let built = tools.support("secure", Flavour::Reserved, shape)?;
    let program = folder.program_of(&built, shape)?;
    if let Some(reason) = secure::lacks(&program, &tools.places.out) {
        return Ok(Completion::ignored_with(reason));
    }
    secure::ignores(&program, case, &folder.path, &tools.places.out)?;
    Ok(Completion::Completed)
}
