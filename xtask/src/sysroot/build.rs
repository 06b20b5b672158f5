//! Building musl, and gathering a sysroot of what comes out.

use super::{Flavour, Sysroot, make_in, segment, source};
use crate::run;
use crate::sdk::Sdk;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a sysroot is made of.
pub struct Parts<'a> {
    /// The command, the loader, the maps.
    pub sdk: &'a Sdk,
    /// Our files for musl.
    pub musl: &'a Path,
    /// musl's source, unpacked.
    pub source: &'a Path,
    /// What describes the libc to the generator.
    pub libc: &'a str,
    /// The compact table of libc.so.
    pub rtld: Option<&'a Path>,
}

/// The name of the run-time linker.
pub const RTLD: &str = "ld-musl-x86_64.so.1";
/// Folders of kernel headers, which musl has none of.
const KERNEL_HEADERS: [&str; 7] = ["linux", "asm-generic", "mtd", "rdma", "scsi", "sound", "video"];

/// Sums all parts up, to tell whether a sysroot was made of the same ones.
///
/// # Errors
///
/// A part cannot be read.
pub fn stamp(parts: &Parts<'_>, flavour: Flavour) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    if flavour != Flavour::Stock {
        parts.libc.hash(&mut hasher);
    }
    hash(&parts.source.join("VERSION"), &mut hasher)?;
    if flavour != Flavour::Stock {
        hash(&parts.sdk.command(), &mut hasher)?;
    }
    if flavour == Flavour::Reserved {
        hash(&parts.sdk.loader(), &mut hasher)?;
        hash(&parts.sdk.root.join("lib/libsys"), &mut hasher)?;
    }
    for path in run::files(parts.musl)? {
        // Of ours, stock musl has but what is no part of a libc.
        let is_part = match path.file_name().and_then(|name| name.to_str()) {
            Some("README.md") => false,
            Some("gcc") => true,
            _ => flavour != Flavour::Stock,
        };
        if is_part {
            hash(&path, &mut hasher)?;
        }
    }
    if let Some(path) = parts.rtld {
        hash(path, &mut hasher)?;
    }
    for file in ["build.rs", "driver.rs", "segment.rs", "source.rs"] {
        hash(&run::root().join("xtask/src/sysroot").join(file), &mut hasher)?;
    }
    Ok(format!("{} {:016x}\n", flavour.word(), hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> Result<(), String> {
    if path.is_dir() {
        for path in run::files(path)? {
            hash(&path, hasher)?;
        }
        return Ok(());
    }
    run::at(path, |path| std::fs::read(path))?.hash(hasher);
    Ok(())
}

/// Builds everything anew.
///
/// # Errors
///
/// What failed.
pub fn build(parts: &Parts<'_>, sysroot: &Sysroot) -> Result<(), String> {
    let root = &sysroot.root;
    let work = root.with_extension("build");
    for folder in [root, &work] {
        if folder.exists() {
            run::at(folder, |path| std::fs::remove_dir_all(path))?;
        }
        run::at(folder, |path| std::fs::create_dir_all(path))?;
    }
    let tree = work.join("musl");
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(parts.source).arg(&tree);
    run::quiet(copy)?;
    let made = if sysroot.flavour == Flavour::Stock {
        None
    } else {
        source::prepare(parts.musl, &tree, sysroot.flavour == Flavour::Reserved)?;
        Some(generate(parts, sysroot, &work)?)
    };
    let mut configure = Command::new(tree.join("configure"));
    configure
        .arg(format!("--prefix={}", root.display()))
        .arg(format!("--syslibdir={}", root.join("lib").display()));
    configure.arg("--disable-wrapper").current_dir(&tree);
    run::quiet(configure)?;
    let errno = format!("CPPFLAGS=-DLIBSYS_ERRNO={}", source::ERRNO);
    // musl makes libc.so of objects alone, since it exports nothing of archives.
    let mut rest = vec!["LIBCC=-lgcc -lgcc_eh".to_owned()];
    if let Some(made) = &made {
        rest.extend(
            made.objects
                .iter()
                .chain(parts.rtld.map(Path::to_path_buf).as_ref())
                .map(|p| p.display().to_string()),
        );
        rest.push(made.archive.display().to_string());
    }
    let script = format!("LDFLAGS=-Wl,--version-script={}", parts.musl.join("libc.map").display());
    let linking = if made.is_some() { script.as_str() } else { "LDFLAGS=" };
    make_in(&tree, &[&errno, linking, &rest.join(" "), "install"])?;
    if let Some(made) = made {
        let lib = root.join("lib");
        if !made.names.is_empty() {
            let mut archive = Command::new("ar");
            archive.arg("qs").arg(lib.join("libc.a")).args(&made.names);
            run::quiet(archive)?;
        }
        install(&made.archive, &lib.join("libsys.a"))?;
        install(&parts.sdk.root.join("include/libsys.h"), &root.join("include/libsys.h"))?;
        if sysroot.flavour == Flavour::Reserved {
            let libc = lib.join("libc.so");
            let mut file = run::at(&libc, |path| std::fs::read(path))?;
            segment::place_in_text(&mut file).map_err(|what| format!("{}: {what}", libc.display()))?;
            run::at(&libc, |path| std::fs::write(path, &file))?;
            supplier(parts, root)?;
        }
    }
    let link = root.join("lib").join(RTLD);
    if !link.is_symlink() {
        run::at(&link, |link| std::os::unix::fs::symlink("libc.so", link))?;
    }
    kernel_headers(&root.join("include"))?;
    run::at(&work, |path| std::fs::remove_dir_all(path))
}

/// What is generated for a libc.
struct Made {
    /// `libsys.a`
    archive: PathBuf,
    /// Members of libc.a: its names of slots.
    names: Vec<PathBuf>,
    /// What libc.so links whole.
    objects: Vec<PathBuf>,
}

fn generate(parts: &Parts<'_>, sysroot: &Sysroot, work: &Path) -> Result<Made, String> {
    let describing = work.join("libc");
    run::at(&describing, |path| std::fs::write(path, parts.libc))?;
    let is_text = sysroot.flavour == Flavour::Text;
    let mut command = Command::new(parts.sdk.command());
    command.arg("gen").args(if is_text { &["text"][..] } else { &["reserved", "names"] });
    command.arg("--libc").arg(&describing).arg("-o").arg(work);
    run::quiet(command)?;
    let unpack = |archive: &Path, folder: &str| -> Result<Vec<PathBuf>, String> {
        let folder = work.join(folder);
        run::at(&folder, |path| std::fs::create_dir_all(path))?;
        let mut ar = Command::new("ar");
        ar.arg("x").arg(archive).current_dir(&folder);
        run::quiet(ar)?;
        run::files(&folder)
    };
    if is_text {
        // The table has the names as symbols.
        let archive = work.join("libsys_text.a");
        let objects = unpack(&archive, "objects")?;
        return Ok(Made { archive, names: Vec::new(), objects });
    }
    let names = unpack(&work.join("libsys_names.a"), "names")?;
    Ok(Made { archive: work.join("libsys.a"), objects: names.clone(), names })
}

/// What starts programs, and the maps.
fn supplier(parts: &Parts<'_>, root: &Path) -> Result<(), String> {
    let lib = root.join("lib");
    install(&parts.sdk.loader(), &lib.join("ld-libsys"))?;
    let maps = lib.join("libsys");
    run::at(&maps, |path| std::fs::create_dir_all(path))?;
    for map in run::files(&parts.sdk.root.join("lib/libsys"))? {
        if let (Some(name), true) = (map.file_name(), map.extension().is_some_and(|e| e == "map")) {
            install(&map, &maps.join(name))?;
        }
    }
    let mut command = Command::new(parts.sdk.command());
    command.args(["gen", "interp", "--interpreter"]).arg(lib.join("ld-libsys")).arg("-o").arg(&lib);
    run::quiet(command).map(drop)
}

/// Programs that speak to the kernel include its headers, which are those of this system.
fn kernel_headers(include: &Path) -> Result<(), String> {
    let system = Path::new("/usr/include");
    let machine = system.join("x86_64-linux-gnu/asm");
    let folders = KERNEL_HEADERS.iter().map(|name| (system.join(name), *name)).chain([(machine, "asm")]);
    for (from, name) in folders {
        let to = include.join(name);
        if from.is_dir() && !to.exists() {
            run::at(&to, |to| std::os::unix::fs::symlink(&from, to))?;
        }
    }
    Ok(())
}

fn install(from: &Path, to: &Path) -> Result<(), String> {
    run::at(from, |from| std::fs::copy(from, to)).map(drop)
}
