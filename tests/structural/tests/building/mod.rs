//! How the programs of `programs/` are built against an archive of their ABI, and started.

use libsys_trials::build;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What `cargo xtask sdk` has built.
pub fn sdk() -> PathBuf {
    std::env::var_os("LIBSYS_SDK").expect("LIBSYS_SDK is not set: run `cargo xtask test`").into()
}

/// Compiles and links a program with the `libsys.h` and the `libsys.a` of a folder, where it is put.
pub fn build(folder: &Path, name: &str) -> PathBuf {
    let sdk = sdk();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (object, program) = (folder.join(format!("{name}.o")), folder.join(name));
    let mut compile = Command::new("cc");
    compile.args(build::COMPILE).args(["-fno-stack-protector", "-fno-pie"]);
    build::freestanding(&mut compile).expect("a compiler");
    for headers in [here.join("programs"), here.join("../cases"), build::HEADERS.into()] {
        compile.arg("-iquote").arg(headers);
    }
    compile.arg("-I").arg(folder).arg("-c");
    compile.arg(here.join("programs").join(format!("{name}.c"))).arg("-o").arg(&object);
    build::quiet(&mut compile).expect("it compiles");
    let mut link = Command::new("cc");
    link.args(["-static", "-no-pie", "-nostdlib", "-nostartfiles", "-o"]).arg(&program).arg(&object);
    link.arg(sdk.join("lib/libsys_start.o")).arg(folder.join("libsys.a"));
    link.arg(sdk.join("lib/libsys_interp.o"));
    build::quiet(&mut link).expect("it links");
    program
}

/// Starts a program, or a supplier with a program, with a map.
pub fn run(words: &[&Path], map: Option<&Path>) -> Output {
    let [program, arguments @ ..] = words else { panic!("no program") };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null());
    command.envs(map.map(|map| ("LIBSYS_MAP", map)));
    command.output().expect("it starts")
}

/// A program must have said `ok` and nothing else.
pub fn is_ok(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("ok\n".into(), String::new()));
    assert_eq!(output.status.code(), Some(0));
}

/// A program must have been refused, in one line with these words.
pub fn is_refused(output: &Output, why: &str) {
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), line.lines().count()), (Some(127), 1), "{line}");
    assert!(output.stdout.is_empty() && line.contains(why), "{line}");
}
