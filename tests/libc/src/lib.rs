//! Proves the C library on libsys that `cargo xtask sysroot` builds.
//!
//! The flow: the sysroots ([`sysroot`]) → programs that say what they must do ([`program`]) → compiled and linked once for
//! each form ([`build`]) → run, and compared ([`trials`], one file for each kind). Running and comparing are those of
//! `libsys-cases`. `README.md` beside this crate documents the directives and the trials.
#![forbid(unsafe_code)]

pub mod archive;
pub mod build;
pub mod program;
pub mod sysroot;
pub mod trials;
