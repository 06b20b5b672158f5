//! The part of libc.so that supplies, as one object: `libsys-rtld` of `crates/`, with the compact table that its calls go
//! through.

use crate::run;
use crate::sdk::Sdk;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one symbol that the run-time linker calls.
const ENTRY: &str = "__libsys_supply";
/// What the object has of the libc.
const OF_LIBC: [&str; 6] = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"];

/// Builds the object.
///
/// # Errors
///
/// What failed.
pub fn build(sdk: &Sdk) -> Result<PathBuf, String> {
    let built = run::target().join("rtld");
    let folder = run::target().join("sysroot/rtld");
    run::at(&folder, |path| std::fs::create_dir_all(path))?;
    run::step("build the part of libc.so that supplies", || {
        run::quiet(run::cargo(&["build", "--profile", "rtld", "-p", "libsys-rtld"])).map(drop)
    })?;
    let code = folder.join("code.o");
    let mut link = Command::new("ld");
    link.args(["-r", "--gc-sections", "-e", ENTRY, "-u", ENTRY]).arg(built.join("libsys_rtld.a")).arg("-o");
    run::quiet(with(link, &code))?;
    // A libc has no use for unwind tables of what runs before it.
    let mut strip = Command::new("objcopy");
    strip.arg("--strip-unneeded");
    for section in [".eh_frame", ".rela.eh_frame", ".llvmbc", ".llvmcmd", ".comment"] {
        strip.args(["-R", section]);
    }
    run::quiet(with(strip, &code))?;

    let mut generate = Command::new(sdk.command());
    generate.args(["gen", "compact", "--calls", &calls(&code)?, "-o"]);
    run::quiet(with(generate, &folder))?;
    let mut unpack = Command::new("ar");
    unpack.args(["x", "libsys_rtld.a"]).current_dir(&folder);
    run::quiet(unpack)?;
    // The section of that name is libc.so's, which is supplied; so is the note.
    let table = folder.join("table.o");
    let mut rename = Command::new("objcopy");
    rename.args(["-R", ".note.libsys", "-R", "libsys_uses", "--rename-section", ".libsys=.libsys.rtld"]);
    rename.arg("--strip-unneeded");
    run::quiet(with(rename, &table))?;

    let whole = folder.join("rtld.o");
    let mut link = Command::new("ld");
    link.arg("-r").arg(&code).arg(&table).arg("-o");
    run::quiet(with(link, &whole))?;
    let mut localize = Command::new("objcopy");
    localize.args(["-G", ENTRY]);
    for symbol in OF_LIBC {
        localize.args(["-G", symbol]);
    }
    run::quiet(with(localize, &whole))?;
    Ok(whole)
}

/// The calls whose raw entries an object refers to, separated by commas.
fn calls(object: &Path) -> Result<String, String> {
    let mut list = Command::new("readelf");
    list.arg("-sW");
    let output = run::quiet(with(list, object))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.contains(" UND "))
        .filter_map(|line| line.split_whitespace().last()?.strip_prefix("__sys_raw_"))
        .collect();
    Ok(names.into_iter().collect::<Vec<_>>().join(","))
}

fn with(mut command: Command, path: &Path) -> Command {
    command.arg(path);
    command
}
