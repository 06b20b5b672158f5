//! Generates what the loader links: its own compact table, and the native image as an object.

use libsys_emit::{LOADER_CALLS, arch::Options, archive, elf, map_image};
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link.ld");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let abi = libsys_abi::linux_x86_64();
    // `src/sys.rs` declares the same ones.
    let calls = elf::compact_calls(&abi, &LOADER_CALLS).expect("the ABI has the loader's calls");
    let compact = elf::compact(&abi, &calls).expect("fifteen calls fit in a page");
    write(&out.join("libsys_rtld.a"), &archive::emit(&compact));
    let image = map_image::emit(&abi, Options::IMAGE);
    write(&out.join("image.o"), &elf::image_object(&abi, &image));

    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    for argument in [
        "-nostartfiles".to_owned(),
        "-nostdlib".to_owned(),
        "-static-pie".to_owned(),
        "-Wl,--gc-sections,--build-id=sha1,--no-dynamic-linker,-z,norelro,-z,noexecstack,-z,text".to_owned(),
        // `core`'s unwind tables name it; they are discarded.
        "-Wl,--defsym=rust_eh_personality=0".to_owned(),
        format!("-Wl,-T,{folder}/link.ld"),
        out.join("image.o").display().to_string(),
        out.join("libsys_rtld.a").display().to_string(),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}

fn write(path: &Path, bytes: &[u8]) {
    if let Err(error) = std::fs::write(path, bytes) {
        panic!("{}: {error}", path.display());
    }
}
