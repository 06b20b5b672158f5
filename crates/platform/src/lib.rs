//! Linux on x86_64, for suppliers: the initial stack as the kernel lays it out, and the calls that a supplier makes
//! itself, through the raw entries of the compact table that it is linked with: `ld-libsys` is one.
#![no_std]

pub mod stack;
pub mod sys;

pub use stack::Stack;
pub use sys::Linux;
