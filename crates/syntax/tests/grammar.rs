//! `GRAMMAR.md` tells the truth: its examples parse, are canonical, and its codes are those that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libsys_syntax::source::{Source, TableLoader};

fn grammar() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../GRAMMAR.md");
    fs::read_to_string(path).expect("GRAMMAR.md is there")
}

/// The `sys` blocks, each with the number of its first line.
fn examples(text: &str) -> Vec<(usize, String)> {
    let mut examples = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line) {
            (None, "```sys") => open = Some((index + 2, String::new())),
            (Some(_), "```") => examples.extend(open.take()),
            (Some((_, example)), line) => {
                example.push_str(line);
                example.push('\n');
            }
            _ => {}
        }
    }
    examples
}

#[test]
fn examples_parse_and_are_canonical() {
    let examples = examples(&grammar());
    assert!(examples.len() >= 9, "only {} examples were found", examples.len());
    for (line, text) in examples {
        let root = Source { path: format!("GRAMMAR.md, line {line}"), text: text.clone() };
        let parsed = libsys_syntax::parse(root, &TableLoader::default());
        assert_eq!(libsys_syntax::render(&parsed.diagnostics, &parsed.sources, false), "");
        assert_eq!(libsys_syntax::format(&text), Ok(text), "the example in line {line}");
    }
}

/// Those of the words that look like codes.
fn codes<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let is_code = |word: &&str| {
        let digits = word.strip_prefix(['E', 'W']);
        digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit()))
    };
    words.filter(is_code).map(str::to_owned).collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("the folder of the sources").map(|entry| entry.expect("an entry"));
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => sources(&path),
            path => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn the_list_of_codes_is_complete() {
    let mut raised = BTreeSet::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for path in
        ["syntax/src", "model/src", "import/src"].iter().flat_map(|folder| sources(&crates.join(folder)))
    {
        let text = fs::read_to_string(path).expect("a source");
        raised.append(&mut codes(text.split('"')));
    }
    let text = grammar();
    let first_cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next());
    assert_eq!(codes(first_cells), raised);
}
