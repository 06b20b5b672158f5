//! Boots kernels of several releases in QEMU, and runs programs on them that were built once, for the newest ABI.
//!
//! The flow: what to run ([`run`]) → a file system of programs and the list of runs ([`initramfs`]) → a machine that
//! boots it ([`machine`]), whose first process is `programs/init.c` → what each run did, compared with what it should
//! have done. Kernels older than can be had are simulated by filters ([`filter`]). `cargo xtask test --kernels` fetches
//! the kernels, and names their folder by `LIBSYS_KERNELS`.
#![forbid(unsafe_code)]

pub mod filter;
pub mod initramfs;
pub mod kernel;
pub mod machine;
pub mod run;
