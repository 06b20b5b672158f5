//! Boots kernels of several releases in QEMU, and runs programs on them that were built once, for the newest ABI.
//!
//! The flow: which kernels ([`kernel`]), older ones and containers that they simulate among them ([`target`]) → what is run
//! on each ([`plan`], [`real`], [`run`], [`expectation`]) → a file system with it ([`files`], [`initramfs`]) → a machine that boots it
//! ([`machine`]), whose first process is `programs/init.c` → what each run did, compared with what it must do.
//! `cargo xtask test --kernels` fetches the kernels, and names their folder by `LIBSYS_KERNELS`.
#![forbid(unsafe_code)]

pub mod expectation;
pub mod files;
pub mod initramfs;
pub mod kernel;
pub mod machine;
pub mod plan;
pub mod real;
pub mod run;
pub mod target;
