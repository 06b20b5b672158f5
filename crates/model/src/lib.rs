//! The checked model of one ABI: every name resolved, every layout computed, every call numbered.
//!
//! One typed model feeds every output. It is made from the syntax tree and never
//! changed afterwards; `libsys-emit` only reads it.
#![forbid(unsafe_code)]

pub mod abi;
pub mod call;
pub mod carry;
pub mod diff;
pub mod errno;
mod history;
mod lower;
mod prune;
pub mod release;
mod spell;
pub mod structural;
pub mod types;

pub use abi::{Abi, Group, Machine};
pub use call::*;
pub use libsys_syntax::similar;
pub use lower::lower;
pub use release::Release;
pub use spell::c_around;
pub use types::*;
