//! Any text is a list that is refused with reasons, or becomes a text that lowers without a mistake.
#![no_main]

use libfuzzer_sys::fuzz_target;
use libsys_import::{Format, import};
use libsys_model::Abi;
use libsys_syntax::source::{Source, SourceMap, TableLoader};
use std::sync::OnceLock;

static ABI: OnceLock<Abi> = OnceLock::new();

fuzz_target!(|text: &str| {
    let known = ABI.get_or_init(libsys_abi::linux_x86_64);
    let mut sources = SourceMap::default();
    let file = sources.add("fuzz", text);
    for format in Format::ALL {
        let imported = import(format, &sources, file, "linux/x86_64", known);
        let shown = libsys_syntax::render(&imported.diagnostics, &sources, false);
        assert_eq!(shown.is_empty(), imported.diagnostics.is_empty());
        let Some(text) = imported.text else { continue };
        let root = Source { path: "imported".into(), text };
        let parsed = libsys_syntax::parse(root, &TableLoader::default());
        let (abi, diagnostics) = libsys_model::lower(&parsed);
        assert!(abi.is_some(), "{}", libsys_syntax::render(&diagnostics, &parsed.sources, false));
    }
});
