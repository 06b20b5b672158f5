//! What the tests of the bindings and the references share: ABIs, and a way to ask compilers.
#![allow(dead_code, reason = "each test uses a part")]

use libsys_model::{Abi, Struct, TypeDef, TypeDefKind};
use libsys_syntax::source::{Source, TableLoader};
use std::path::PathBuf;
use std::process::Command;

/// The ABI of `tests/data/small.sys`.
pub fn small() -> Abi {
    lower(include_str!("../data/small.sys"))
}

/// The ABI of `tests/data/reference.sys`: one of everything that the references for readers tell apart.
pub fn reference() -> Abi {
    lower(include_str!("../data/reference.sys"))
}

/// An ABI of 2005: registers play no part, and a name has two numbers.
pub fn base() -> Abi {
    lower(
        "BASE map_syscalls_1_2_0;\n\
         ADD 3 { function ssize_t read(int fd, void_ptr buf, size_t nbyte); implementation direct; }\n\
         ADD 4 { function void_ptr mmap(caddr_t addr, size_t len, int prot, int flags, int fd, int pad, long pos); }\n\
         ADD 7 { function ssize_t read(int fd, void_ptr buf, size_t nbyte); implementation direct; }\n",
    )
}

/// The ABI that is released.
pub fn real() -> Abi {
    libsys_abi::linux_x86_64()
}

/// Lowers one text, which has no mistakes.
pub fn lower(text: &str) -> Abi {
    let root = Source { path: "test.sys".to_owned(), text: text.to_owned() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    let mistakes = libsys_syntax::render(&diagnostics, &parsed.sources, false);
    abi.unwrap_or_else(|| panic!("{mistakes}"))
}

/// The structs and unions of an ABI.
pub fn structs(abi: &Abi) -> impl Iterator<Item = (&TypeDef, &Struct)> {
    abi.types.iter().filter_map(|def| match &def.kind {
        TypeDefKind::Struct(layout) => Some((def, layout)),
        _ => None,
    })
}

/// A folder for the files of one test.
pub fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    folder
}

/// Writes a file into a test's folder.
pub fn write(name: &str, file: &str, text: &str) -> PathBuf {
    let path = folder(name).join(file);
    std::fs::write(&path, text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    path
}

/// What a command says on standard error, as a failure when it fails.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.env("LC_ALL", "C").output().map_err(|why| format!("{command:?}: {why}"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}
