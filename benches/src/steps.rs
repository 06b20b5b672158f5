//! The steps from text to artefacts.

use crate::sizes::Texts;
use libsys_emit::arch::Options;
use libsys_emit::{archive, asm, elf, header, html, json, man, map_image, rust};
use libsys_model::Abi;
use libsys_syntax::Parsed;

/// An emitter; returns the bytes that it made.
pub type Emitter = fn(&Abi) -> usize;

/// Every emitter, by the name of what it makes.
pub const EMITTERS: [(&str, Emitter); 9] = [
    ("libsys.a", |abi| archive::emit(&elf::reserved(abi)).len()),
    ("libsys_text.a", |abi| archive::emit(&elf::text(abi)).len()),
    ("map image", |abi| map_image::emit(abi, Options::IMAGE).len()),
    ("assembly", |abi| asm::emit(abi).len()),
    ("C header", |abi| header::emit(abi).len()),
    ("Rust bindings", |abi| rust::emit(abi).len()),
    ("JSON", |abi| json::emit(abi).len()),
    ("manual pages", |abi| man::emit(abi).iter().map(|page| page.text.len()).sum()),
    ("HTML", |abi| html::emit(abi).len()),
];

/// The emitters whose output is not bounded by the 1024 slots of a table.
pub const UNBOUNDED: [&str; 6] = ["libsys.a", "C header", "Rust bindings", "JSON", "manual pages", "HTML"];

/// Text → syntax tree.
#[must_use]
pub fn parse(texts: &Texts) -> Parsed {
    libsys_syntax::parse(texts.root(), texts)
}

/// Syntax tree → checked model.
///
/// # Panics
///
/// When the texts have mistakes: then there is nothing to measure.
#[must_use]
pub fn lower(parsed: &Parsed) -> Abi {
    let (abi, diagnostics) = libsys_model::lower(parsed);
    match abi {
        Some(abi) => abi,
        None => panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)),
    }
}

/// All of it: text in, every artefact out; the bytes made.
#[must_use]
pub fn everything(texts: &Texts) -> usize {
    let abi = lower(&parse(texts));
    EMITTERS.iter().map(|(_, emit)| emit(&abi)).sum()
}
