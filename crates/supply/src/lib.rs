//! The supplying procedure: find a program's `.libsys` section, check it, map real code over it.
//!
//! `ld-libsys` uses it for a program, and for every object that a run-time linker loads.
//! It holds no system-call instruction: its [`Kernel`] brings those. It allocates nothing, never
//! panics, and before it has checked everything it changes nothing, so that nothing is ever supplied
//! half.
//!
//! The flow: [`Program`] (claims of program headers, checked) → [`Section`] (claims of the note,
//! checked) → [`Supplier::plan`] (which map, whether it may) → [`Plan::carry_out`] (mappings).
//!
//! Unsafe code is allowed in `program` (reading the program's memory), `vdso` (reading the vDSO's),
//! `tls` (writing the initial TLS), `map_file` (reading maps) and `supply` (mapping).
#![no_std]

pub mod calls;
pub mod choose;
mod kernel;
pub mod line;
pub mod map_file;
pub mod probe;
pub mod program;
pub mod section;
pub mod supply;
pub mod tls;
pub mod vdso;

pub use choose::{Refused, Supplier, Wishes};
pub use kernel::{Errno, Kernel, Memory, prot};
pub use probe::Answers;
pub use program::Program;
pub use section::Section;
pub use supply::{Known, Plan, Source, Supplied, check, plan};
pub use tls::TlsPlan;
pub use vdso::Vdso;

/// What a mapping is refused with on a file system that is mounted noexec.
const EPERM: Errno = Errno(1);

/// Why a program is refused. One sentence is made of it by [`Refusal::describe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A program header, or what it points at, is out of place.
    Program(&'static str),
    /// The note cannot be followed.
    Note(libsys_image::note::NoteError),
    /// A field of the note does not fit the program or this supplier.
    Field(&'static str),
    /// Where errno is, the note or its descriptor does not say.
    Errno(&'static str),
    /// A map cannot be used.
    Map(libsys_image::map::MapError),
    /// The section is of another ABI than any map here.
    Abi,
    /// The program was made for a newer release than the map knows.
    Newer,
    /// The map is for newer kernels.
    OldKernel {
        /// The oldest kernel that it is for.
        since: libsys_image::PackedRelease,
    },
    /// The program's fingerprint is not the ABI's.
    Fingerprint,
    /// It links a call that neither this kernel nor a map of this supplier carries out.
    Call {
        /// The call's number.
        nr: u32,
        /// The release since which kernels have it.
        since: libsys_image::PackedRelease,
    },
    /// It links a call that this kernel no longer has.
    Gone {
        /// The call's number.
        nr: u32,
        /// The release since which kernels do not have it.
        until: libsys_image::PackedRelease,
    },
    /// The environment asks for what cannot be understood.
    Wish(&'static str),
    /// `uname` is to report a release, which no map here does.
    Uname,
    /// The kernel refused one of the supplier's own calls.
    Kernel(&'static str, Errno),
}

impl Refusal {
    /// Appends the reason, and what to do where that is not plain, to `line`.
    #[cold]
    pub fn describe(&self, line: &mut line::Line) {
        match *self {
            Refusal::Program(what) => line.text("program headers: ").text(what),
            Refusal::Note(error) => {
                let (field, value, what) = error.parts();
                line.text("note field ").text(field).text(": ").number(value).text(": ").text(what)
            }
            Refusal::Field(what) => line.text("note field ").text(what),
            Refusal::Errno(what) => line.text("note field errno: ").text(what),
            Refusal::Map(error) => {
                let (field, what) = error.parts();
                line.text("map field ").text(field).text(": ").text(what)
            }
            Refusal::Abi => line.text("there is no map for this ABI and machine"),
            Refusal::Newer => {
                line.text("made for a newer release of the ABI than this supplier knows; update ld-libsys")
            }
            Refusal::OldKernel { since } => line
                .text("map field kernel: the map is for kernels since ")
                .release(since)
                .text("; use the one for this kernel"),
            Refusal::Fingerprint => line
                .text("note field fingerprint: not that of the ABI's release; relink with a matching libsys"),
            Refusal::Call { nr, since } => line
                .text("links call ")
                .number(u64::from(nr))
                .text(", which kernels have since ")
                .release(since)
                .text(", and this one cannot carry it out"),
            Refusal::Gone { nr, until } => line
                .text("links call ")
                .number(u64::from(nr))
                .text(", which kernels had before ")
                .release(until)
                .text(", and this one cannot carry it out"),
            Refusal::Wish(what) => line.text(what),
            Refusal::Uname => line.text("LIBSYS_UNAME takes a map with a spare slot of uname"),
            Refusal::Kernel(call, errno) => {
                line.text(call).text(" failed with errno ").number(u64::from(errno.0));
                match (call, errno) {
                    ("mmap of the map" | "mmap of the layer", EPERM) => {
                        line.text("; a file system that is mounted noexec holds no maps")
                    }
                    _ => line,
                }
            }
        };
    }
}
