//! `target/sdk`: everything that a user of libsys installs.

use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the parts lie.
#[derive(Debug)]
pub struct Sdk {
    /// `target/sdk`
    pub root: PathBuf,
}

impl Sdk {
    /// The `libsys` command.
    pub fn command(&self) -> PathBuf {
        self.root.join("bin/libsys")
    }
}

/// Builds everything, in release mode.
///
/// # Errors
///
/// What failed to build, with its output.
pub fn run() -> Result<Sdk, String> {
    let sdk = Sdk { root: run::target().join("sdk") };
    let release = run::target().join("release");
    run::step("build the command and the loader", || {
        run::quiet(run::cargo(&["build", "--release", "-p", "libsys-cli", "-p", "ld-libsys"])).map(drop)
    })?;
    install(&release.join("libsys"), &sdk.command())?;
    install(&release.join("ld-libsys"), &sdk.root.join("lib/ld-libsys"))?;
    run::step("generate linux/x86_64", || {
        let mut command = Command::new(sdk.command());
        command.args(["gen", "all", "-o"]).arg(&sdk.root);
        run::quiet(command).map(drop)
    })?;
    Ok(sdk)
}

/// Copies a program beside its place and renames it there, so that one that runs is not disturbed.
fn install(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let beside = to.with_extension("new");
    std::fs::copy(from, &beside).map_err(|e| format!("{}: {e}", from.display()))?;
    std::fs::rename(&beside, to).map_err(|e| format!("{}: {e}", to.display()))
}
