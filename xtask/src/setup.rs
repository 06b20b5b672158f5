//! What the other commands need beside Rust, installed or named.

use crate::run;
use std::process::Command;

/// Program, Debian package, what for.
pub type Needed = (&'static str, &'static str, &'static str);

const NEEDED: [Needed; 11] = [
    ("cc", "gcc", "builds the test programs"),
    ("objdump", "binutils", "disassembles them"),
    ("ld.lld", "lld", "links them"),
    ("mold", "mold", "links them"),
    ("gdb", "gdb", "checks that debuggers name slots"),
    ("strace", "strace", "counts the supplier's calls"),
    ("make", "make", "builds a project on musl, as the others below do"),
    ("autoconf", "autoconf", "configures it"),
    ("cmake", "cmake", "builds it"),
    ("meson", "meson", "builds it"),
    ("ninja", "ninja-build", "builds it for meson"),
];

/// Installs what is missing: cargo-deny with cargo; the rest as root on Debian, else it says what to install.
///
/// # Errors
///
/// One sentence with the command that installs the rest.
pub fn run() -> Result<(), String> {
    packages(&NEEDED)?;
    if !run::has("cargo-deny") {
        run::step("cargo install cargo-deny (some minutes, once)", || {
            run::quiet(run::cargo(&["install", "--locked", "--quiet", "cargo-deny"])).map(drop)
        })?;
    }
    Ok(())
}

/// Whether this process has all rights.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
}

/// Installs, or names, the programs that are missing of a list.
///
/// # Errors
///
/// One sentence with the command that installs them.
pub fn packages(needed: &[Needed]) -> Result<(), String> {
    let missing: Vec<_> = needed.iter().filter(|(program, _, _)| !run::has(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|(_, package, _)| *package).collect();
    let line = format!("apt-get install -y {}", packages.join(" "));
    if !is_root() || !run::has("apt-get") {
        for (program, package, what) in &missing {
            eprintln!("missing: {program} (Debian package {package}): {what}");
        }
        return Err(format!("install the missing programs first: {line}"));
    }
    run::step(&line, || {
        let mut update = Command::new("apt-get");
        update.args(["update", "-q"]);
        run::quiet(update)?;
        let mut install = Command::new("apt-get");
        install.args(["install", "-y", "-q", "--no-install-recommends"]).args(&packages);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run::quiet(install).map(drop)
    })
}
