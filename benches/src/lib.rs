//! What generation consists of, one step each, and ABIs of several sizes to take the steps on.
//!
//! Used by `benches/generate.rs` (criterion) and by the program of this crate (`cargo xtask bench`).
#![forbid(unsafe_code)]

pub mod sizes;
pub mod steps;
