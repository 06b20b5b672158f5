//! The bytes that both sides share: the ELF note, the entry table's geometry, the data page, map images.
#![no_std]
#![forbid(unsafe_code)]
