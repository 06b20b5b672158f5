//! Model → artefacts, one file of this crate each; all of them read one model and return bytes.
#![forbid(unsafe_code)]

pub mod arch;
pub mod archive;
pub mod asm;
mod builder;
mod c_types;
mod doc;
pub mod eh_frame;
pub mod elf;
mod errno_text;
pub mod header;
pub mod html;
pub mod json;
mod layout;
pub mod man;
pub mod map_image;
mod prose;
pub mod rust;
mod rust_types;
pub mod sys;
