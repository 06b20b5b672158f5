//! How a program without a libc is linked: no start files, static, with the interpreter that supplies it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let interpreter = std::env::var("DEP_SYS_INTERPRETER_OBJECT").expect("libsys says where its object is");
    for argument in ["-nostartfiles", "-nostdlib", "-static", "-no-pie", &interpreter] {
        println!("cargo::rustc-link-arg-bins={argument}");
    }
}
