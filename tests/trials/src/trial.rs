//! Trials, and running them.

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::process::ExitCode;

/// A trial that can be ignored for a reason.
pub fn trial(name: String, test: impl FnOnce() -> Result<Completion, String> + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || test().map_err(Failed::from))
}

/// A trial that cannot.
pub fn certain(name: String, test: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(Failed::from))
}

/// Runs the trials that the command line asks for, in the order of their names; or says why there are none.
#[must_use]
pub fn run(crate_name: &str, find: impl FnOnce(&Arguments) -> Result<Vec<Trial>, String>) -> ExitCode {
    let arguments = Arguments::from_args();
    match find(&arguments) {
        Ok(mut trials) => {
            trials.sort_by(|a, b| a.name().cmp(b.name()));
            libtest_mimic::run(&arguments, trials).exit_code()
        }
        Err(why) => {
            eprintln!("{crate_name}: {why}");
            ExitCode::FAILURE
        }
    }
}
