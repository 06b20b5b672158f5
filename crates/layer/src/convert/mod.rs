//! The conversions, one file for each subject.

pub mod access;
pub mod aio;
pub mod clone;
pub mod futex;
pub mod obsolete;
pub mod protect;
pub mod sched;
pub mod security;
