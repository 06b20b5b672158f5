//! System calls of Linux through the fixed slots of a `.libsys` section.
//!
//! For programs without a libc: `no_std`, `no_main`. [`raw`] has the raw entries (the result or
//! -errno), [`c`] the C entries (errno and -1), both generated from the ABI with its documentation;
//! [`check`] turns a raw result into a `Result`. [`entry!`] names the function to begin with; what runs
//! before it sets up thread-local storage where no supplier did.
//!
//! ```ignore
//! #![no_std]
//! #![no_main]
//! libsys::entry!(main);
//!
//! fn main(_: libsys::Arguments) -> i32 {
//!     let text = b"hello\n";
//!     // SAFETY: the slice is readable for its length.
//!     let written = unsafe { libsys::raw::write(1, text.as_ptr().cast(), text.len()) };
//!     i32::from(libsys::check(written as isize).is_err())
//! }
//! ```
#![no_std]

extern crate libsys_memory as _;

pub mod start;

/// The generated bindings: entries, numbers, constants, structs.
#[allow(missing_docs, non_camel_case_types, non_upper_case_globals, clippy::all)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use bindings::*;
pub use start::Arguments;

/// An error number, 1 to 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Errno(pub u16);

/// Tells a raw entry's result from an error.
///
/// # Errors
///
/// The error number, when the result is between -4095 and -1.
pub fn check(result: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&result) { Err(Errno(result.unsigned_abs() as u16)) } else { Ok(result as usize) }
}
