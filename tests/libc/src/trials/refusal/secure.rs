//! A program with more rights than its caller does not look at `LIBSYS_*`, whatever supplies it.

use super::folder::Folder;
use super::{Tools, trial};
use crate::program::Shape;
use crate::sysroot::Flavour;
use libsys_trials::secure::{self, CASES, Case, Does};
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use std::sync::Arc;

/// Maps where the run-time linker does not find them by itself. The loader of static programs has its map built in.
const MOVED: Case =
    Case { variable: "LIBSYS_MAP_PATH", value: "MAPS", without: Does::Refused(".map"), with: Does::Runs };

/// The trials.
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for &shape in Shape::ALL {
        let moved = (!shape.is_static()).then_some((&MOVED, true));
        for (case, is_moved) in CASES.iter().map(|case| (case, false)).chain(moved) {
            let tools = Arc::clone(tools);
            let name = format!("refusal::secure::{}::{}", case.variable, shape.word());
            trials.push(trial(name, move || ignored(&tools, case, is_moved, shape)));
        }
    }
    trials
}

fn ignored(tools: &Tools, case: &Case, is_moved: bool, shape: Shape) -> Result<Completion, String> {
    let folder = Folder::new(tools)?;
    let built = tools.support("secure", Flavour::Reserved, shape)?;
    let program = folder.program_of(&built, shape)?;
    if let Some(reason) = secure::lacks(&program, &tools.places.out) {
        return Ok(Completion::ignored_with(reason));
    }
    if is_moved {
        folder.move_maps("elsewhere")?;
    }
    secure::ignores(&program, case, &folder.path.join("elsewhere"), &tools.places.out)?;
    Ok(Completion::Completed)
}
