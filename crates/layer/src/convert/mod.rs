//! The conversions, one file for each subject.

pub mod access;
