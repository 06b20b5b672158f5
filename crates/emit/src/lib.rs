//! Model → artefacts, one file of this crate each; all of them read one model and return bytes.
#![forbid(unsafe_code)]

pub mod arch;
pub mod archive;
pub mod asm;
mod builder;
mod c_types;
mod doc;
pub mod eh_frame;
pub mod elf;
mod errno_text;
pub mod header;
pub mod html;
pub mod json;
pub mod layer;
mod layout;
pub mod libc;
pub mod man;
pub mod map_image;
mod moves;
mod prose;
pub mod rust;
mod rust_types;
pub mod structural;
pub mod sys;

/// The calls that `ld-libsys` and the supplying procedure make: what its compact table holds.
pub const LOADER_CALLS: [&str; 15] = [
    "arch_prctl",
    "close",
    "exit_group",
    "fstat",
    "libsys_syscall",
    "mmap",
    "mprotect",
    "mremap",
    "mseal",
    "munmap",
    "open",
    "prctl",
    "pread64",
    "uname",
    "write",
];
