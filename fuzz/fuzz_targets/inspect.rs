//! Any bytes are an ELF file that is described or refused in a sentence.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = libsys_inspect::inspect(bytes);
    let _ = libsys_inspect::members(bytes);
});
