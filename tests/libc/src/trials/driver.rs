//! To be written.
use super::Tools;
use libtest_mimic::Trial;
/// The trials.
#[must_use]
pub fn trials(_tools: &Tools) -> Vec<Trial> {
    Vec::new()
}
