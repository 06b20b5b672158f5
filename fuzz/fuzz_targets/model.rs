//! Runs `libsys_fuzz_targets::model`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libsys_fuzz_targets::model(data));
