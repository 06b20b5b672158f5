//! The trials, one file for each kind.

pub mod choosing;
pub mod clean;
pub mod containers;
pub mod fuzz;
pub mod inputs;
pub mod loader;
pub mod maps;
pub mod matrix;
pub mod naming;
pub mod older;
pub mod programs;
pub mod refusal;
pub mod rust;
pub mod secure;
pub mod tables;

use crate::build::Toolchain;
use libsys_trials::trial::{certain, trial};
use libtest_mimic::Trial;
use std::sync::Arc;

/// What every trial works with.
pub type Tools = Arc<Toolchain>;

/// All trials.
///
/// # Errors
///
/// A sentence when the programs cannot be listed.
pub fn all(tools: &Tools) -> Result<Vec<Trial>, String> {
    let mut trials = programs::trials(tools)?;
    for kind in [
        matrix::trials,
        refusal::trials,
        maps::trials,
        choosing::trials,
        inputs::trials,
        older::trials,
        tables::trials,
        containers::trials,
        fuzz::trials,
        loader::trials,
        secure::trials,
        naming::trials,
        rust::trials,
    ] {
        trials.extend(kind(tools));
    }
    Ok(trials)
}
