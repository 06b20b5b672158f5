//! Lists and runs the trials: `cargo test -p libsys-cases` after `cargo xtask sdk`, or `cargo xtask test`.

use libsys_cases::build::Toolchain;
use libsys_cases::sdk::Places;
use libsys_cases::trials;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases");
    libsys_trials::trial::run("libsys-cases", |_| trials::all(&Arc::new(Toolchain::new(Places::find(&out)?))))
}
