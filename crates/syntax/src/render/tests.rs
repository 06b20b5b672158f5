//! What people see.

use super::*;
use crate::source::Span;

fn place(sources: &SourceMap, file: FileId, text: &str) -> Span {
    let start = sources.get(file).text.find(text).expect("the text is there");
    Span { file, start: start as u32, end: (start + text.len()) as u32 }
}

#[test]
fn places_help_and_warnings() {
    let mut sources = SourceMap::default();
    let a = sources.add("abi/a.sys", "ADD 3 read;\nADD 4 write;\n\n\n\n\n\tADD 3 réad2;\n");
    let b = sources.add("abi/b.sys", "# b\nCALL read {}\n");
    let diagnostics = [
        Diagnostic::error("E0401", place(&sources, a, "3 réad2"), "number 3 is given twice")
            .label("again here")
            .related(place(&sources, a, "3 read"), "first here")
            .related(place(&sources, b, "read"), "declared here")
            .help("remove one of them"),
        Diagnostic::warning("W0401", place(&sources, b, "{}"), "call without a function"),
    ];
    insta::assert_snapshot!(render(&diagnostics, &sources, false));
    let colored = render(&diagnostics, &sources, true);
    assert!(colored.contains("\u{1b}["));
}

#[test]
fn far_places_are_shown_apart() {
    let mut sources = SourceMap::default();
    let text = format!("ADD 3 read;\n{}ADD 3 read2;\n", "# filler\n".repeat(10_000));
    let file = sources.add("long.sys", text);
    let diagnostic = Diagnostic::error("E0401", place(&sources, file, "3 read2"), "number 3 is given twice")
        .related(place(&sources, file, "3 read"), "first here");
    insta::assert_snapshot!(render(&[diagnostic], &sources, false));
}

#[test]
fn ends_of_files_and_odd_spans() {
    let mut sources = SourceMap::default();
    let file = sources.add("short.sys", "ADD 3 é");
    let empty = sources.add("empty.sys", "");
    let at = |file, start, end| Span { file, start, end };
    let diagnostics = [
        Diagnostic::error("E0110", at(file, 8, 8), "at the end"),
        Diagnostic::error("E0110", at(file, 7, 900), "inside a letter and too long"),
        Diagnostic::error("E0110", at(file, 900, 0), "nowhere"),
        Diagnostic::error("E0110", at(empty, 0, 0), "in an empty file"),
    ];
    insta::assert_snapshot!(render(&diagnostics, &sources, false));
}

#[test]
fn endless_lines_are_cut() {
    let mut sources = SourceMap::default();
    let file = sources.add("line.sys", "é;".repeat(100_000));
    let at = |start, end| Span { file, start, end };
    let diagnostics: Vec<_> = (0..1000)
        .map(|i| Diagnostic::error("E0101", at(i * 300, i * 300 + 2), "unexpected character"))
        .collect();
    let shown = render(&diagnostics, &sources, false);
    assert!(shown.lines().all(|line| line.chars().count() < 200));
}
