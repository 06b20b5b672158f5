//! Lists and runs the trials: `cargo test -p libsys-cases` after `cargo xtask sdk`, or `cargo xtask test`.

use libsys_cases::build::Toolchain;
use libsys_cases::sdk::Places;
use libsys_cases::trials;
use libtest_mimic::Arguments;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
    let found = Places::find(&out).and_then(|places| trials::all(&Arc::new(Toolchain::new(places))));
    match found {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("libsys-cases: {why}");
            ExitCode::FAILURE
        }
    }
}
