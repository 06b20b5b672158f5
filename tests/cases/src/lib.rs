//! Runs real programs in every flavour, link shape, linker and way of running.
//!
//! The flow: a program's head ([`directive`]) → the ways to build and run it ([`variant`]) → compiled and
//! linked once for each build ([`sdk`], [`build`]) → run and compared, as `libsys-trials` does. What one
//! program cannot say of itself is in [`trials`], one file for each kind; [`filter`] and [`container`] make older kernels
//! and containers of this one. `README.md` beside this crate documents the directives.
#![forbid(unsafe_code)]

pub mod build;
pub mod container;
pub mod directive;
pub mod filter;
pub mod sdk;
pub mod trials;
pub mod variant;
