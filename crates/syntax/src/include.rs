//! A root text and everything it `INCLUDE`s, each text once.
//!
//! Where texts come from is the business of a [`Loader`]; two texts are the same if the loader
//! gives them the same path.

use std::collections::{BTreeMap, HashMap};

use crate::MAX_FILE_LEN;
use crate::ast;
use crate::diagnostic::Diagnostic;
use crate::parser;
use crate::source::{FileId, Loader, Source, SourceMap, Span};

/// Includes inside includes; real ABIs have two or three levels.
const MAX_DEPTH: usize = 64;

/// Files in all; links on disk can turn a few files into endlessly many paths.
const MAX_FILES: usize = 4096;

/// `INCLUDE`s that are followed, those of files that are there already among them.
const MAX_INCLUDES: usize = 16_384;

/// Bytes that are loaded, those of files that are there already among them.
const MAX_BYTES: usize = 256 << 20;

/// Everything that was read, and what was wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The files, each after the files that it includes; the root is the last one.
    pub files: Vec<(FileId, ast::File)>,
    /// Their texts; the root has the first index.
    pub sources: SourceMap,
    /// Mistakes of syntax and of includes, sorted by file and position.
    pub diagnostics: Vec<Diagnostic>,
    /// The file that an `INCLUDE` brought in, by the span of the directive. An `INCLUDE` of a text
    /// that was already there is not in it.
    included: BTreeMap<Span, FileId>,
}

impl Parsed {
    /// All directives in textual order: instead of an `INCLUDE`, the directives of the file that it
    /// names, the first time that this file is named, and nothing later.
    pub fn items(&self) -> impl Iterator<Item = &ast::Item> {
        let by_id: HashMap<FileId, &ast::File> = self.files.iter().map(|(id, file)| (*id, file)).collect();
        let mut open: Vec<std::slice::Iter<'_, ast::Item>> = Vec::new();
        open.extend(self.files.last().map(|(_, root)| root.items.iter()));
        std::iter::from_fn(move || {
            loop {
                match open.last_mut()?.next() {
                    None => {
                        open.pop();
                    }
                    Some(ast::Item::Include { span, .. }) => {
                        let file = self.included.get(span).and_then(|id| by_id.get(id));
                        open.extend(file.map(|file| file.items.iter()));
                    }
                    Some(item) => return Some(item),
                }
            }
        })
    }
}

/// Parses `root` and, through `loader`, everything it includes.
#[must_use]
pub fn parse(root: Source, loader: &dyn Loader) -> Parsed {
    let mut reader = Reader {
        loader,
        out: Parsed::default(),
        state: HashMap::new(),
        includes: 0,
        bytes: 0,
        told_full: false,
    };
    reader.read(root, 0);
    reader.out.diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    reader.out
}

/// Parses one text without following its includes; mistakes are sorted by position.
///
/// A text of more than [`MAX_FILE_LEN`] bytes is reported and not read.
#[must_use]
pub fn parse_file(sources: &SourceMap, id: FileId) -> (ast::File, Vec<Diagnostic>) {
    let text = &sources.get(id).text;
    if let Some(diagnostic) = check_len(id, text.len()) {
        return (ast::File::default(), vec![diagnostic]);
    }
    let output = parser::parse(id, text);
    (output.file, output.diagnostics)
}

/// The complaint about a text of more than [`MAX_FILE_LEN`] bytes.
pub(crate) fn check_len(file: FileId, len: usize) -> Option<Diagnostic> {
    if len <= MAX_FILE_LEN {
        return None;
    }
    let span = Span { file, start: 0, end: 0 };
    let message = format!("file of {len} bytes; at most {} MiB are read", MAX_FILE_LEN >> 20);
    Some(Diagnostic::error("E0108", span, message).help("split it and `INCLUDE` its parts"))
}

enum State {
    /// Its includes are being read; it was included by the directive at that place, if by any.
    Open,
    Done,
}

struct Reader<'a> {
    loader: &'a dyn Loader,
    out: Parsed,
    /// What has become of each path so far.
    state: HashMap<String, State>,
    /// `INCLUDE`s that were followed.
    includes: usize,
    /// Bytes that they brought.
    bytes: usize,
    /// That there is too much was reported.
    told_full: bool,
}

impl Reader<'_> {
    fn read(&mut self, source: Source, depth: usize) -> FileId {
        let path = source.path.clone();
        self.state.insert(path.clone(), State::Open);
        let id = self.out.sources.add(source.path, source.text);
        let (file, diagnostics) = parse_file(&self.out.sources, id);
        self.out.diagnostics.extend(diagnostics);
        for item in &file.items {
            if let ast::Item::Include { path: include, span } = item {
                self.follow(&path, include, *span, depth);
            }
        }
        self.out.files.push((id, file));
        self.state.insert(path, State::Done);
        id
    }

    fn follow(&mut self, from: &str, include: &ast::Name, directive: Span, depth: usize) {
        let too_much = match (self.includes < MAX_INCLUDES, self.bytes <= MAX_BYTES) {
            (false, _) => Some(format!("more than {MAX_INCLUDES} includes")),
            (_, false) => Some(format!("more than {} MiB in all files", MAX_BYTES >> 20)),
            (true, true) => None,
        };
        if let Some(message) = too_much {
            return self.report_full(include.span, message);
        }
        self.includes += 1;
        let source = match self.loader.load(from, &include.text) {
            Ok(source) => source,
            Err(reason) => {
                let message = format!("cannot read `{}`: {reason}", include.text);
                self.out.diagnostics.push(Diagnostic::error("E0121", include.span, message));
                return;
            }
        };
        self.bytes = self.bytes.saturating_add(source.text.len());
        match self.state.get(&source.path) {
            Some(State::Done) => return,
            Some(State::Open) => {
                let message = format!("`{}` includes itself", source.path);
                let diagnostic = Diagnostic::error("E0122", include.span, message);
                let diagnostic = if source.path == from {
                    diagnostic
                } else {
                    diagnostic.label(format!("by way of `{from}`"))
                };
                self.out.diagnostics.push(diagnostic.help("move what both need into a file of its own"));
                return;
            }
            None => {}
        }
        if depth >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} includes inside each other");
            self.out.diagnostics.push(Diagnostic::error("E0123", include.span, message));
            return;
        }
        if self.state.len() >= MAX_FILES {
            return self.report_full(include.span, format!("more than {MAX_FILES} files"));
        }
        let id = self.read(source, depth + 1);
        self.out.included.insert(directive, id);
    }

    /// Reports that there is too much, once: nothing more is read then.
    fn report_full(&mut self, span: Span, message: String) {
        if !std::mem::replace(&mut self.told_full, true) {
            self.out.diagnostics.push(Diagnostic::error("E0123", span, message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Item;
    use crate::source::TableLoader;

    fn names(parsed: &Parsed) -> Vec<String> {
        parsed
            .items()
            .map(|item| match item {
                Item::Base(name) => name.text.clone(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    fn codes(parsed: &Parsed) -> Vec<(&'static str, String)> {
        parsed.diagnostics.iter().map(|d| (d.code, d.message.clone())).collect()
    }

    fn parse_table(files: &[(&str, &str)]) -> Parsed {
        let loader = TableLoader::new(files.iter().copied());
        let (path, text) = files[0];
        parse(Source { path: path.into(), text: text.into() }, &loader)
    }

    #[test]
    fn items_come_in_textual_order_and_files_once() {
        let parsed = parse_table(&[
            ("root", "BASE a; INCLUDE \"x\"; BASE d; INCLUDE \"y\"; BASE f; INCLUDE \"x\";"),
            ("x", "BASE b; INCLUDE \"z\";"),
            ("y", "INCLUDE \"z\"; BASE e;"),
            ("z", "BASE c;"),
        ]);
        assert_eq!(codes(&parsed), []);
        assert_eq!(names(&parsed), ["a", "b", "c", "d", "e", "f"]);
        let order: Vec<&str> =
            parsed.files.iter().map(|&(id, _)| parsed.sources.get(id).path.as_str()).collect();
        assert_eq!(order, ["z", "x", "y", "root"]);
        assert_eq!(parsed.sources.get(FileId(0)).path, "root");
    }

    #[test]
    fn cycles_and_missing_files_are_reported() {
        let parsed = parse_table(&[
            ("root", "INCLUDE \"root\"; INCLUDE \"x\"; INCLUDE \"gone\"; BASE a;"),
            ("x", "BASE b; INCLUDE \"root\";"),
        ]);
        assert_eq!(
            codes(&parsed),
            [
                ("E0122", "`root` includes itself".to_owned()),
                ("E0121", "cannot read `gone`: no such file".to_owned()),
                ("E0122", "`root` includes itself".to_owned()),
            ]
        );
        assert_eq!(names(&parsed), ["b", "a"]);
    }

    /// Every file includes two that were never there before.
    struct Endless;

    impl Loader for Endless {
        fn load(&self, from: &str, include: &str) -> Result<Source, String> {
            let text = "INCLUDE \"a\"; INCLUDE \"b\";".to_owned();
            Ok(Source { path: format!("{from}{include}"), text })
        }
    }

    #[test]
    fn endless_includes_end() {
        let root = Endless.load("", "").unwrap();
        let parsed = parse(root, &Endless);
        assert_eq!(parsed.files.len(), MAX_FILES);
        let messages: Vec<String> = codes(&parsed).into_iter().map(|(_, message)| message).collect();
        assert!(messages.contains(&"more than 64 includes inside each other".to_owned()));
        assert!(messages.contains(&"more than 4096 files".to_owned()));
    }

    #[test]
    fn one_include_again_and_again_ends() {
        let root = format!("BASE a;{}", "INCLUDE \"x\";".repeat(MAX_INCLUDES + 10));
        let parsed = parse_table(&[("root", &root), ("x", "")]);
        assert_eq!(codes(&parsed), [("E0123", "more than 16384 includes".to_owned())]);
        let root = format!("BASE a;{}", "INCLUDE \"x\";".repeat(100));
        let large = " ".repeat(MAX_FILE_LEN);
        let parsed = parse_table(&[("root", &root), ("x", &large)]);
        assert_eq!(codes(&parsed), [("E0123", "more than 256 MiB in all files".to_owned())]);
    }

    #[test]
    fn huge_files_are_refused() {
        let text = " ".repeat(MAX_FILE_LEN + 1);
        let loader = TableLoader::new([]);
        let parsed = parse(Source { path: "root".into(), text }, &loader);
        assert_eq!(codes(&parsed), [("E0108", "file of 16777217 bytes; at most 16 MiB are read".to_owned())]);
    }
}
