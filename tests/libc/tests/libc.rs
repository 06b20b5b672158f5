//! Lists and runs the trials: `cargo xtask test`, which builds the sysroots first.

use libsys_libc::build::Toolchain;
use libsys_libc::sysroot::Places;
use libsys_libc::trials;
use libtest_mimic::Arguments;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libc");
    let found = Places::find(&out).and_then(|places| trials::all(&Arc::new(Toolchain::new(places))));
    match found {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(why) => {
            eprintln!("libsys-libc: {why}");
            ExitCode::FAILURE
        }
    }
}
