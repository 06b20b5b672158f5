//! Reads the ABIs of this repository and what they are compared with.
//!
//! [`load`] makes the model, [`headers`] asks a C compiler about kernel headers, [`history`] reads the
//! recorded history of system calls. The comparisons themselves are the tests.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

use libsys_model::{Abi, Release, Struct, TypeDefKind};

pub mod headers;
pub mod history;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The model of a file in `abi/`, such as `linux/x86_64.sys`, at its newest release.
///
/// # Panics
///
/// When the file has mistakes; the message holds all of them.
#[must_use]
pub fn load(name: &str) -> Abi {
    let path = root().join("abi").join(name);
    let path = path.to_str().expect("the repository has a UTF-8 path");
    let loader = libsys_syntax::source::FsLoader;
    let source = loader.read(path).unwrap_or_else(|why| panic!("{path}: {why}"));
    let parsed = libsys_syntax::parse(source, &loader);
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    let text = libsys_syntax::render(&diagnostics, &parsed.sources, false);
    assert!(!diagnostics.iter().any(|d| d.is_error()), "{name} has mistakes:\n{text}");
    abi.expect("a file without mistakes has a model")
}

/// The structs and unions that hold at a release: of several versions, the newest that is not newer.
#[must_use]
pub fn structs_at(abi: &Abi, release: Release) -> Vec<(&str, &Struct)> {
    let mut found: Vec<(&str, &Struct)> = Vec::new();
    for def in &abi.types {
        let TypeDefKind::Struct(layout) = &def.kind else { continue };
        if layout.since.is_some_and(|since| since > release) {
            continue;
        }
        match found.iter_mut().find(|(name, _)| *name == def.name) {
            Some((_, held)) if held.since <= layout.since => *held = layout,
            Some(_) => {}
            None => found.push((&def.name, layout)),
        }
    }
    found
}
