//! The `libsys` command.
#![forbid(unsafe_code)]

fn main() {}
