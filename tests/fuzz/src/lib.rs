//! What must hold of every input, however hostile: one function for each target.
//!
//! `fuzz/` runs these functions on inputs that it invents, the tests beside them on the inputs that were
//! kept in `fuzz/corpus`. Unsafe code is allowed in `supply` alone. Each takes any bytes; it panics when something does not hold.
//!
//! To add a target: a module here, a line in [`TARGETS`], a file in `fuzz/fuzz_targets` with its entry in
//! `fuzz/Cargo.toml`, and seeds in `fuzz/corpus/NAME`.
#![deny(unsafe_code)]

mod artefacts;
mod elf;
pub mod hostile;
mod image;
mod import;
mod lower;
mod model;
mod parser;
mod supply;

pub use elf::elf;
pub use image::image;
pub use import::import;
pub use lower::lower;
pub use model::{chosen, model};
pub use parser::parser;
pub use supply::supply;

/// A target: its name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("elf", elf),
    ("image", image),
    ("import", import),
    ("lower", lower),
    ("model", model),
    ("parser", parser),
    ("supply", supply),
];
