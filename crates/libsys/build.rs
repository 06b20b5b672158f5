//! Generates the bindings, the archive that they link with, and the object that names the interpreter.
//!
//! `LIBSYS_INTERPRETER` is where `ld-libsys` will be found at run time. A program's build script gets the
//! object's path as `DEP_SYS_INTERPRETER_OBJECT`.

use libsys_emit::{archive, elf, rust};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let abi = libsys_abi::linux_x86_64();
    write(&out.join("bindings.rs"), rust::emit(&abi).as_bytes());
    let text = std::env::var_os("CARGO_FEATURE_TEXT").is_some();
    let members = if text { elf::text(&abi) } else { elf::reserved(&abi) };
    write(&out.join("libsys.a"), &archive::emit(&members));
    println!("cargo::rerun-if-env-changed=LIBSYS_INTERPRETER");
    let interpreter = std::env::var("LIBSYS_INTERPRETER").unwrap_or_else(|_| elf::INTERPRETER.to_owned());
    let object = elf::interpreter(&interpreter).unwrap_or_else(|why| panic!("LIBSYS_INTERPRETER: {why}"));
    write(&out.join("libsys_interp.o"), &object);
    println!("cargo::metadata=interpreter_object={}", out.join("libsys_interp.o").display());
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static:-bundle=sys");
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(error) = std::fs::write(path, bytes) {
        panic!("{}: {error}", path.display());
    }
}
