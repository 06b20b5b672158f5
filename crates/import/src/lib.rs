//! Lists of system calls that other projects keep → texts of the language.
//!
//! The flow: [`detect`] says which list it is; `tbl` or `master` (with `token`, `c_type` and `sal`)
//! reads it into entries, reporting every mistake with its place; `base` writes those as a file of 2005,
//! or `tbl` takes what the built-in ABI knows of them. What comes out lowers without a mistake or a warning.
//!
//! To add a format: a file that reads it, a variant of [`Format`], a line in [`detect`] and in [`import`].
#![forbid(unsafe_code)]

mod base;
mod c_type;
mod master;
mod sal;
mod tbl;
mod token;

use libsys_model::Abi;
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::{FileId, Source, SourceMap, Span, TableLoader};
use std::collections::HashMap;

/// A kind of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Linux: `arch/*/entry/syscalls/syscall_*.tbl`, `arch/*/kernel/syscalls/syscall.tbl`.
    LinuxTbl,
    /// FreeBSD, DragonFly and OpenBSD: `sys/kern/syscalls.master`.
    FreebsdMaster,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 2] = [Format::LinuxTbl, Format::FreebsdMaster];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::LinuxTbl => "linux-tbl",
            Format::FreebsdMaster => "freebsd-master",
        }
    }
}

/// What a list became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The text, in canonical form; none when the list has mistakes.
    pub text: Option<String>,
    /// Mistakes and warnings, sorted by position.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the list `file`. The text describes the ABI `name`; a name with a slash, such as `linux/x86_64`, is
/// one for lists whose calls `known` describes.
#[must_use]
pub fn import(format: Format, sources: &SourceMap, file: FileId, name: &str, known: &Abi) -> Imported {
    let text = &sources.get(file).text;
    let mut list = List { file, diagnostics: Vec::new(), places: HashMap::new() };
    let made = match format {
        Format::LinuxTbl => tbl::import(text, name, known, &mut list),
        Format::FreebsdMaster => {
            let entries = master::read(text, &mut list);
            list.is_clean().then(|| base::write(&word_like(name), &entries))
        }
    };
    if let Some(text) = &made {
        hold(text, &mut list);
    }
    let mut diagnostics = list.diagnostics;
    diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    let is_clean = !diagnostics.iter().any(Diagnostic::is_error);
    Imported { text: made.filter(|_| is_clean), diagnostics }
}

/// Lowers what a list became. What a C compiler would not take either, such as a parameter of type `void`, is
/// found here, and reported where the list says it.
fn hold(text: &str, list: &mut List) {
    let root = Source { path: String::new(), text: text.to_owned() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (_, diagnostics) = libsys_model::lower(&parsed);
    for mistake in diagnostics.iter().filter(|d| d.is_error()) {
        let before = text.get(..mistake.primary.span.start as usize).unwrap_or(text);
        let number = before.rsplit_once("ADD ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        let place = number.and_then(|nr: u32| list.places.get(&nr).copied()).unwrap_or(list.span(0, 0));
        list.error("E0603", place, mistake.message.clone());
    }
}

/// The format of a text, by the first line that begins with a number; none when there is none.
#[must_use]
pub fn detect(text: &str) -> Option<Format> {
    let mut lines = text.lines().map(str::trim_start);
    let first = lines.find(|line| line.starts_with(|c: char| c.is_ascii_digit()))?;
    let is_master = first.contains('{') || first.split_whitespace().any(master::is_kind);
    Some(if is_master { Format::FreebsdMaster } else { Format::LinuxTbl })
}

/// The list that is being read, and what is wrong with it.
struct List {
    file: FileId,
    diagnostics: Vec<Diagnostic>,
    /// Where the call of a number is described.
    places: HashMap<u32, Span>,
}

impl List {
    fn span(&self, start: usize, end: usize) -> Span {
        // Texts are read up to a few megabytes.
        Span { file: self.file, start: start as u32, end: end as u32 }
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(code, span, message));
    }

    fn is_clean(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// One number of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// A call.
    Call { nr: u32, name: String, ret: Ty, params: Vec<Param> },
    /// A number without a call: what the list says of it.
    Note(String),
}

/// A type as a list spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ty {
    is_const: bool,
    /// The word, without `struct`; several C words are joined by spaces.
    base: String,
    stars: u8,
}

/// A parameter in the words of the language.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Param {
    /// `out `, `in opt `, or empty.
    direction: String,
    ty: Ty,
    name: Option<String>,
    /// ` [bytes n]`, or empty.
    len: String,
}

/// A word of the language that is like a name: of `freebsd/amd64`, `freebsd_amd64`.
fn word_like(name: &str) -> String {
    let mut word: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !is_word(&word) {
        word.insert(0, '_');
    }
    word
}

/// Whether a text is a word of the language.
fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests;
