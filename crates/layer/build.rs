//! Links the layer into one segment of code without relocations, which is mapped as it is.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link.ld");
    let folder = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    for argument in [
        "-nostartfiles",
        "-nostdlib",
        "-static-pie",
        "-Wl,--gc-sections,--build-id=none,--no-dynamic-linker,-z,norelro,-z,noexecstack,-z,text",
        // `core`'s unwind tables name it; they are discarded.
        "-Wl,--defsym=rust_eh_personality=0",
        &format!("-Wl,-T,{folder}/link.ld"),
    ] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
