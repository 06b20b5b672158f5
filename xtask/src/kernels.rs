//! `cargo xtask test --kernels`: Debian's kernels of several releases, fetched once into `target/kernels`, and the
//! trials of `tests/kernels`, which boot them.

use crate::apt::Apt;
use crate::{real, run, sdk, setup, test};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Suites of Debian, oldest kernel first.
const SUITES: [&str; 4] = ["bullseye", "bookworm", "trixie", "sid"];
/// The package that needs the newest kernel of a suite; the one for clouds has what a bare machine needs built in.
const PACKAGE: &str = "linux-image-cloud-amd64";

/// Program, Debian package, what for.
const NEEDED: [setup::Needed; 2] =
    [("cc", "gcc", "builds the test programs"), ("qemu-system-x86_64", "qemu-system-x86", "boots kernels")];

/// Fetches what is missing, builds everything, and runs the trials whose names contain the filter.
///
/// # Errors
///
/// What failed.
pub fn run(filter: Option<&String>) -> Result<(), String> {
    setup::packages(&NEEDED)?;
    let folder = run::target().join("kernels");
    if folder.starts_with("/tmp") {
        // The machines have file systems of their own there, which would hide the supplier.
        return Err(format!(
            "{}: move the checkout, or CARGO_TARGET_DIR, out of /tmp first",
            folder.display()
        ));
    }
    for suite in SUITES {
        let place = folder.join(suite);
        if kernel(&place)?.is_none() {
            run::step(&format!("fetch the newest kernel of {suite}"), || fetch(suite, &place))?;
        }
    }
    let sdk = sdk::run()?;
    let real = real::build()?;
    let mut command = run::cargo(&["test", "--quiet", "-p", "libsys-kernels", "--test", "kernels"]);
    if let Some(filter) = filter {
        command.args(["--", filter]);
    }
    command.env("LIBSYS_SDK", &sdk.root).env("LIBSYS_KERNELS", &folder);
    command.env("LIBSYS_REAL", &real.folder).env("LIBSYS_SYSROOT", &real.sysroot);
    test::counted(command, "boot kernels")
}

/// The kernel in a folder: the file whose name begins with `vmlinuz-`.
fn kernel(folder: &Path) -> Result<Option<PathBuf>, String> {
    if !folder.is_dir() {
        return Ok(None);
    }
    find(folder, &|name| name.starts_with("vmlinuz-"))
}

/// The first file below a folder whose name is wanted.
fn find(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Option<PathBuf>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.is_symlink() {
            if let Some(found) = find(&path, wanted)? {
                return Ok(Some(found));
            }
        } else if path.file_name().and_then(|name| name.to_str()).is_some_and(wanted) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Downloads the package of a suite, and keeps its kernel.
fn fetch(suite: &str, place: &Path) -> Result<(), String> {
    if !run::has("apt-get") {
        return Err(format!(
            "put a vmlinuz-RELEASE into {}: apt, which fetches one, is missing",
            place.display()
        ));
    }
    let work = place.with_extension("new");
    if work.exists() {
        // What an earlier attempt left.
        std::fs::remove_dir_all(&work).map_err(|e| format!("{}: {e}", work.display()))?;
    }
    let apt = Apt::new(suite, &work)?;
    run::quiet(apt.command("apt-get", &["update", "-q"]))?;
    let image =
        apt.depends(PACKAGE, "linux-image-")?.ok_or(format!("{PACKAGE} needs no kernel in {suite}"))?;
    // Since 7.2 the kernel itself is in a package of its own.
    let package = apt.depends(&image, "linux-binary-")?.unwrap_or(image);
    run::quiet(apt.command("apt-get", &["download", "-q", &package]))?;
    let archive = find(&work, &|name| name.ends_with(".deb"))?.ok_or(format!("{package}: nothing came"))?;
    let tree = work.join("tree");
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&archive).arg(&tree);
    run::quiet(unpack)?;
    let kernel =
        find(&tree, &|name| name.starts_with("vmlinuz"))?.ok_or(format!("{package}: no vmlinuz in it"))?;
    let release = package.trim_start_matches("linux-image-").trim_start_matches("linux-binary-");
    let kept = place.join(format!("vmlinuz-{release}"));
    let failed = |e: std::io::Error| format!("{}: {e}", kept.display());
    std::fs::create_dir_all(place).map_err(failed)?;
    std::fs::rename(&kernel, &kept).map_err(failed)?;
    std::fs::remove_dir_all(&work).map_err(failed)
}
