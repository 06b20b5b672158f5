//! Real programs on the C library of the sysroot, for the trials of `tests/kernels`: Lua, from Debian's source, and a
//! program of our own that uses what libc has of newer calls. They are built once, and run on every kernel from that file.

use crate::run;
use crate::sysroot::{self, Flavour, Sysroot};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's package, and the folder of its source that has the C files.
const LUA: (&str, &str) = ("lua5.4", "src");
/// The file of Lua's compiler, which is another program.
const COMPILER: &str = "luac.c";

/// What was built.
#[derive(Debug)]
pub struct Real {
    /// The folder with the programs.
    pub folder: PathBuf,
    /// The sysroot that they were built on, which has their supplier.
    pub sysroot: PathBuf,
}

/// Builds them, unless they are newer than all that they are made of.
///
/// # Errors
///
/// What failed.
pub fn build() -> Result<Real, String> {
    let sysroot = sysroot::make(Flavour::Reserved, sysroot::SUITE)?;
    let folder = run::target().join("real");
    run::at(&folder, |folder| std::fs::create_dir_all(folder))?;
    let source = run::target().join("sources").join(sysroot::SUITE).join(LUA.0);
    if !source.is_dir() {
        run::step(&format!("fetch the source of {}", LUA.0), || {
            sysroot::fetch_package(sysroot::SUITE, LUA.0, &source)
        })?;
    }
    let mut files = run::files(&source.join(LUA.1))?;
    files.retain(|file| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.ends_with(".c") && name != COMPILER
    });
    files.sort();
    // Debian's packaging makes this header: where modules lie, of which there are none.
    let include = folder.join("include");
    run::at(&include, |include| std::fs::create_dir_all(include))?;
    let header = include.join("lua5.4-deb-multiarch.h");
    if !header.is_file() {
        run::at(&header, |header| {
            std::fs::write(header, "#define DEB_HOST_MULTIARCH \"x86_64-linux-musl\"\n")
        })?;
    }
    let include = format!("-I{}", include.display());
    let own = [run::root().join("tests/kernels/programs/musl.c")];
    for (name, files, options) in [
        ("lua", files.as_slice(), ["-DLUA_USE_POSIX", "-O1", &include].as_slice()),
        ("musl", &own, &["-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror"]),
    ] {
        compile(&sysroot, &folder.join(name), files, options)?;
    }
    Ok(Real { folder, sysroot: sysroot.root })
}

/// Compiles and links a static program.
fn compile(sysroot: &Sysroot, program: &Path, files: &[PathBuf], options: &[&str]) -> Result<(), String> {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let stamp = sysroot.root.join("stamp");
    let mut parts = files.iter().map(PathBuf::as_path).chain([stamp.as_path()]);
    if let Some(built) = changed(program)
        && parts.all(|part| changed(part).is_some_and(|at| at < built))
    {
        return Ok(());
    }
    run::step(&format!("build {}", program.display()), || {
        let mut cc = Command::new(sysroot.cc());
        cc.arg("-static").args(options).args(files).arg("-lm").arg("-o").arg(program);
        run::quiet(cc).map(drop)
    })
}
