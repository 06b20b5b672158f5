//! The compact table of libc.so, through which its run-time linker makes the calls of its own that come before its section
//! is supplied.

use crate::run;
use crate::sdk::Sdk;
use std::path::PathBuf;
use std::process::Command;

/// The calls of `musl/ldso/libsys.c`.
const CALLS: [&str; 7] = ["close", "exit_group", "fstat", "mmap", "munmap", "open", "write"];

/// Builds the object.
///
/// # Errors
///
/// What failed.
pub fn build(sdk: &Sdk) -> Result<PathBuf, String> {
    let folder = run::target().join("sysroot/rtld");
    run::at(&folder, |path| std::fs::create_dir_all(path))?;
    let mut generate = Command::new(sdk.command());
    generate.args(["gen", "compact", "--calls", &CALLS.join(","), "-o"]).arg(&folder);
    run::quiet(generate)?;
    let mut unpack = Command::new("ar");
    unpack.args(["x", "libsys_rtld.a"]).current_dir(&folder);
    run::quiet(unpack)?;
    // The section of that name is libc.so's, which is supplied; so are the note and the names of entries.
    let table = folder.join("table.o");
    let mut rename = Command::new("objcopy");
    rename.args(["-R", ".note.libsys", "-R", "libsys_uses", "--rename-section", ".libsys=.libsys.rtld"]);
    rename.args(["--strip-unneeded", "-L", "__libsys_table"]);
    for call in CALLS {
        rename.arg("--redefine-sym").arg(format!("__sys_raw_{call}=__libsys_rtld_{call}"));
    }
    rename.arg(&table);
    run::quiet(rename)?;
    Ok(table)
}
