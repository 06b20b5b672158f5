//! Any text as a list of system calls that another project keeps.

use crate::lower;
use libsys_import::Format;
use libsys_model::Abi;
use libsys_syntax::source::{Source, SourceMap, TableLoader};
use std::sync::LazyLock;

static KNOWN: LazyLock<Abi> = LazyLock::new(libsys_abi::linux_x86_64);

/// A list becomes a text of the language that lowers without mistakes, or its mistakes are told, each in the
/// list. The format is the detected one, and both in turn.
pub fn import(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    _ = libsys_import::detect(text);
    let mut sources = SourceMap::default();
    let file = sources.add("list", text);
    // A name that is a word already, one of an ABI, one that is neither.
    for (format, name) in [
        (Format::LinuxTbl, "linux/x86_64"),
        (Format::FreebsdMaster, "list"),
        (Format::FreebsdMaster, "9/\u{e9} ;"),
    ] {
        let imported = libsys_import::import(format, &sources, file, name, &KNOWN);
        lower::check_diagnostics(&sources, &imported.diagnostics);
        let has_errors = imported.diagnostics.iter().any(libsys_syntax::diagnostic::Diagnostic::is_error);
        assert_eq!(imported.text.is_none(), has_errors);
        if let Some(text) = imported.text {
            assert_eq!(libsys_syntax::format(&text).as_ref(), Ok(&text), "it is in canonical form");
            let parsed = libsys_syntax::parse(Source { path: "made".into(), text }, &TableLoader::default());
            let (abi, diagnostics) = libsys_model::lower(&parsed);
            let shown = libsys_syntax::render(&diagnostics, &parsed.sources, false);
            assert!(abi.is_some(), "it lowers:\n{shown}");
        }
    }
}
