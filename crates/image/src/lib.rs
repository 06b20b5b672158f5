//! The bytes that both sides share: the entry table's geometry, the ELF note, the data page, map images.
//!
//! This is the only crate that host tools and run-time code have in common, so it allocates nothing,
//! depends on nothing and holds no machine code. Everything it reads is hostile until a `parse`
//! function has returned it. The binary contract in words is `ABI.md`.
#![no_std]
#![forbid(unsafe_code)]

pub mod bytes;
pub mod data;
pub mod geometry;
pub mod map;
pub mod note;
pub mod program;
pub mod release;

pub use geometry::*;
pub use release::PackedRelease;
