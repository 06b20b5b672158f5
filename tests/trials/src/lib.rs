//! What trials of real programs share.
//!
//! The flow: a program's head ([`head`], [`program`]) → what the machine must have ([`machine`]) → each file built once
//! ([`build`]) → run with a time limit, and compared ([`run`]); [`trial`] makes trials of that and runs them. [`elf`] looks
//! into what was built, [`secure`] runs it with other rights. `check.h` beside this is what programs share.
#![forbid(unsafe_code)]

pub mod build;
pub mod elf;
pub mod head;
pub mod machine;
pub mod program;
pub mod run;
pub mod secure;
pub mod trial;
pub mod word;
