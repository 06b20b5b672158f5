//! Model → artefacts, one file of this crate each; all of them read one model and return bytes.
#![forbid(unsafe_code)]
