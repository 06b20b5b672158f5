//! The trials, one file for each kind.

pub mod clean;
pub mod compact;
pub mod driver;
pub mod names;
pub mod programs;
pub mod refusal;
pub mod symbols;
pub mod vdso;
pub mod wrappers;

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
        clean::trials,
        compact::trials,
        driver::trials,
        names::trials,
        refusal::trials,
        symbols::trials,
        vdso::trials,
        wrappers::trials,
    ] {
        trials.extend(kind(tools));
    }
    Ok(trials)
}

/// Reads a file.
fn read(path: &std::path::Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}
