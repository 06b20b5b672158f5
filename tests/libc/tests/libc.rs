//! Lists and runs the trials: `cargo xtask test`, which builds the sysroots first.

use libsys_libc::build::Toolchain;
use libsys_libc::sysroot::Places;
use libsys_libc::trials;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libc");
    libsys_trials::trial::run("libsys-libc", |_| trials::all(&Arc::new(Toolchain::new(Places::find(&out)?))))
}
