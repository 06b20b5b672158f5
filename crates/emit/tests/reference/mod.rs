//! The ABIs that the tests of the references read.
#![allow(dead_code, reason = "each test uses a part")]

use libsys_model::Abi;
use libsys_syntax::source::{Source, TableLoader};

/// The ABI of `small.sys`.
pub fn small() -> Abi {
    lower(include_str!("small.sys"))
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
