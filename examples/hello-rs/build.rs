//! How a program without a libc is linked: no start files, static, with the interpreter that supplies it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for argument in ["-nostartfiles", "-nostdlib", "-static", "-no-pie"] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
    // A program with real code in its section works without a supplier.
    if std::env::var_os("CARGO_FEATURE_TEXT").is_none() {
        let interpreter =
            std::env::var("DEP_SYS_INTERPRETER_OBJECT").expect("libsys says where its object is");
        println!("cargo::rustc-link-arg-bins={interpreter}");
    }
}
