//! `target/sdk`: everything that a user of libsys installs.

use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the parts lie.
#[derive(Clone, Debug)]
pub struct Sdk {
    /// `target/sdk`
    pub root: PathBuf,
}

impl Sdk {
    /// The `libsys` command.
    pub fn command(&self) -> PathBuf {
        self.root.join("bin/libsys")
    }

    /// The supplier.
    pub fn loader(&self) -> PathBuf {
        self.root.join("lib/ld-libsys")
    }
}

/// Builds everything, in release mode: once, for however many parts of a command want it.
///
/// # Errors
///
/// What failed to build, with its output.
pub fn run() -> Result<Sdk, String> {
    static BUILT: OnceLock<Result<Sdk, String>> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

fn build() -> Result<Sdk, String> {
    let sdk = Sdk { root: run::target().join("sdk") };
    let release = run::target().join("release");
    run::step("build the command, the loader and the layer", || {
        let packages = ["-p", "libsys-cli", "-p", "ld-libsys", "-p", "libsys-layer"];
        run::build(run::cargo(&[&["build", "--release"], &packages[..]].concat()))
    })?;
    install(&release.join("libsys"), &sdk.command())?;
    install(&release.join("ld-libsys"), &sdk.loader())?;
    install(&release.join("libsys-layer"), &sdk.root.join("lib/libsys/layer-x86_64"))?;
    run::step("link the start of programs without a libc", || start(&release, &sdk.root))?;
    run::step("generate linux/x86_64", || {
        let mut command = Command::new(sdk.command());
        command
            .args(["gen", "all", "--to", "all", "--interpreter"])
            .arg(sdk.loader())
            .arg("-o")
            .arg(&sdk.root);
        run::quiet(command).map(drop)
    })?;
    Ok(sdk)
}

/// What `libsys_start.o` offers, and what it wants of the program and the linker.
const START_SYMBOLS: [&str; 10] =
    ["_start", "memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen", "main", "__ehdr_start", "_DYNAMIC"];

/// Makes one object of the archive that rustc writes: like the crt files of a libc, and without the
/// megabytes of `core` that nothing in it uses.
fn start(release: &Path, root: &Path) -> Result<(), String> {
    run::quiet(run::cargo(&["build", "--release", "-p", "libsys-start"]))?;
    let whole = release.join("libsys_start.o");
    let mut link = Command::new("ld");
    link.args(["-r", "--gc-sections", "-e", "_start"]);
    for symbol in &START_SYMBOLS[..7] {
        link.args(["-u", symbol]);
    }
    link.arg(release.join("libsys_start.a")).arg("-o").arg(&whole);
    run::quiet(link)?;
    let mut strip = Command::new("objcopy");
    strip.arg("--strip-unneeded");
    for section in [".llvmbc", ".llvmcmd", ".comment"] {
        strip.args(["-R", section]);
    }
    for symbol in START_SYMBOLS {
        strip.args(["-G", symbol]);
    }
    run::quiet({
        strip.arg(&whole);
        strip
    })?;
    install(&whole, &root.join("lib/libsys_start.o"))
}

/// Copies a program beside its place and renames it there, so that one that runs is not disturbed.
fn install(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let beside = to.with_extension("new");
    std::fs::copy(from, &beside).map_err(|e| format!("{}: {e}", from.display()))?;
    std::fs::rename(&beside, to).map_err(|e| format!("{}: {e}", to.display()))
}
