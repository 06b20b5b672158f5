//! Any text: it is parsed, its mistakes are shown, and it is formatted.

use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::lexer::lex;
use libsys_syntax::source::{FileId, SourceMap};

/// Parsing and rendering end without a panic; formatting a text that parses keeps its tokens and comments,
/// does nothing the second time, and gives a text that parses to the same tree.
pub fn parser(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = SourceMap::default();
    let id = sources.add("fuzz", text);
    let (file, diagnostics) = libsys_syntax::parse_file(&sources, id);
    let shown = libsys_syntax::render(&diagnostics, &sources, false);
    assert_eq!(shown.is_empty(), diagnostics.is_empty());
    let clean = !diagnostics.iter().any(Diagnostic::is_error);
    let Ok(once) = libsys_syntax::format(text) else {
        assert!(!clean, "what parses can be formatted");
        return;
    };
    assert!(clean, "what does not parse is not formatted");
    assert_eq!(libsys_syntax::format(&once).as_ref(), Ok(&once), "formatting twice");
    assert_eq!(comments(&once), comments(text), "comments are kept");
    let id = sources.add("formatted", once);
    let (again, mistakes) = libsys_syntax::parse_file(&sources, id);
    assert_eq!(mistakes.len(), diagnostics.len());
    assert_eq!(without_spans(&again), without_spans(&file), "the tree is kept");
}

/// The tree as text, without places.
fn without_spans(file: &libsys_syntax::ast::File) -> String {
    let shown = format!("{file:?}");
    let mut pieces = shown.split("Span {");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    out.extend(pieces.map(|piece| piece.split_once('}').map_or("", |(_, rest)| rest)));
    out
}

fn comments(text: &str) -> Vec<&str> {
    let comments = lex(FileId(0), text).comments;
    comments.into_iter().map(|c| &text[c.span.start as usize..c.span.end as usize]).collect()
}
