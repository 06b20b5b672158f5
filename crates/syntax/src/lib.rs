//! The `.sys` language: text → tokens → AST, with diagnostics and a formatter.
//!
//! This crate reads text and knows nothing about machines, kernels or files on disk: `INCLUDE` is
//! answered by a [`source::Loader`] that the caller supplies. The next room is `libsys-model`.
#![forbid(unsafe_code)]

pub mod ast;
pub mod diagnostic;
pub mod source;
