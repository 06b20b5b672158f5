//! Generates the bindings and the archive that they link with.

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
    println!("cargo::rustc-link-search=native={}", out.display());
    println!("cargo::rustc-link-lib=static:-bundle=sys");
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(error) = std::fs::write(path, bytes) {
        panic!("{}: {error}", path.display());
    }
}
