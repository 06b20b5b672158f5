//! The `.sys` language: text → tokens → AST, with diagnostics and a formatter.
//!
//! A text flows one way: [`lexer`] → parser → [`ast`], with every mistake collected as a
//! [`diagnostic::Diagnostic`]; [`parse`] does so for a root text and all that it includes. [`format()`]
//! goes from text back to text. `GRAMMAR.md` at the root of the repository says what is accepted.
//!
//! This crate knows nothing about machines, kernels or what words mean: nothing is looked up here.
//! Files on disk are touched by [`source::FsLoader`] alone. The next room is `libsys-model`.
#![forbid(unsafe_code)]

pub mod ast;
pub mod diagnostic;
mod format;
mod include;
pub mod keyword;
pub mod lexer;
mod parser;
mod render;
mod similar;
pub mod source;
pub mod token;

pub use crate::format::format;
pub use crate::include::{Parsed, parse, parse_file};
pub use crate::parser::too_many;
pub use crate::render::render;
pub use crate::similar::similar;

/// The longest text that is read, in bytes.
pub const MAX_FILE_LEN: usize = 16 << 20;

/// Mistakes that are reported for one file; one more says that there are more.
pub const MAX_DIAGNOSTICS: usize = 1000;
