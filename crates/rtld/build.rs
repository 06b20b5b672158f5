//! Says for which release of the ABI this part was built: the one whose native map it looks for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let abi = libsys_abi::linux_x86_64();
    println!("cargo::rustc-env=LIBSYS_ABI={}", abi.name);
    println!("cargo::rustc-env=LIBSYS_RELEASE={}", abi.release.packed());
}
