//! The conversions, one file for each subject.

pub mod access;
pub mod aio;
pub mod attributes;
pub mod clone;
pub mod close;
pub mod exec;
pub mod futex;
pub mod memfd;
pub mod mode;
pub mod obsolete;
pub mod open;
pub mod parameter;
pub mod poll;
pub mod protect;
pub mod random;
pub mod rename;
pub mod sched;
pub mod security;
pub mod statx;
pub mod uname;
pub mod vector;
pub mod xattr;
