//! Syntax tree → model: names are looked up, layouts checked, calls numbered.
//!
//! The flow: [`head`] (which ABI, machine, release, groups) → [`types`] (every declared type, with
//! [`layout`] for structs) → [`calls`] (declarations, numbers and overrides merged into one list; each
//! call lowered with [`function`] and [`implementation`]) → [`rules`] (held against the kernels that need them). All mistakes are collected; nothing stops at the
//! first one. Files of 2005 (with `BASE`) name types and calls loosely: what is an error elsewhere and
//! leaves the entry table well defined is a warning there.

mod calls;
mod function;
mod head;
mod implementation;
mod layout;
mod rules;
mod types;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};

use libsys_syntax::ast::Name;
use libsys_syntax::diagnostic::{Diagnostic, Severity};
use libsys_syntax::source::{FileId, Span};
use libsys_syntax::{MAX_DIAGNOSTICS, Parsed, too_many};

use crate::Abi;

/// Lowers everything that was parsed.
///
/// The diagnostics are those of the parser and of lowering, sorted by file and position. There is no ABI when
/// one of them is an error.
#[must_use]
pub fn lower(parsed: &Parsed) -> (Option<Abi>, Vec<Diagnostic>) {
    let mut report = Report::new(parsed);
    let abi = head::lower(parsed, &mut report).map(|head| {
        let types = types::Types::declare(parsed, &head, &mut report);
        let (calls, services) = calls::lower(parsed, &head, &types, &mut report);
        let rules = calls::rules(parsed, &types, &calls, &mut report);
        Abi {
            name: head.name,
            machine: head.machine,
            release: head.release,
            is_base: head.is_base,
            types: types.finish(),
            groups: head.groups,
            calls,
            services,
            rules,
        }
    });
    let mut diagnostics = report.finish();
    diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    let abi = if diagnostics.iter().any(Diagnostic::is_error) { None } else { abi };
    (abi, diagnostics)
}

/// Words that are looked at to find the one that was meant: a file that is all mistakes must not take long.
const MAX_COMPARISONS: usize = 200_000;

/// The mistakes found so far.
struct Report {
    diagnostics: Vec<Diagnostic>,
    /// How many there are of each file, those of the parser and those that are left out among them.
    counts: HashMap<FileId, usize>,
    /// The place of the first one of each file that is left out.
    left_out: BTreeMap<FileId, Span>,
    /// Words that may still be looked at.
    comparisons: usize,
    /// Words that were already complained about, where once is enough.
    told: HashSet<String>,
}

impl Report {
    /// Begins with the mistakes of the parser.
    fn new(parsed: &Parsed) -> Report {
        let mut counts = HashMap::new();
        for diagnostic in &parsed.diagnostics {
            *counts.entry(diagnostic.primary.span.file).or_insert(0) += 1;
        }
        Report {
            diagnostics: parsed.diagnostics.clone(),
            counts,
            left_out: BTreeMap::new(),
            comparisons: MAX_COMPARISONS,
            told: HashSet::new(),
        }
    }

    /// All mistakes, and which files have more.
    fn finish(mut self) -> Vec<Diagnostic> {
        // The parser may have said so already.
        let told: Vec<FileId> =
            self.diagnostics.iter().filter(|d| d.code == "E0109").map(|d| d.primary.span.file).collect();
        let more = self.left_out.into_iter().filter(|(file, _)| !told.contains(file));
        self.diagnostics.extend(more.map(|(_, span)| too_many(span)));
        self.diagnostics
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let span = diagnostic.primary.span;
        let count = self.counts.entry(span.file).or_insert(0);
        *count += 1;
        if *count <= MAX_DIAGNOSTICS {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out.entry(span.file).or_insert(span);
        }
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(code, span, message));
    }

    /// An error, or for a file of 2005 a warning with a code of its own.
    fn fault(&mut self, is_base: bool, warning: &'static str, mut diagnostic: Diagnostic) {
        if is_base {
            diagnostic.severity = Severity::Warning;
            diagnostic.code = warning;
        }
        self.push(diagnostic);
    }

    /// A word that means nothing here, with the word of `known` that was probably meant.
    fn unknown<'a, I: IntoIterator<Item = &'a str>>(
        &mut self,
        code: &'static str,
        what: &str,
        name: &Name,
        known: impl FnOnce() -> I,
    ) {
        let mut diagnostic = Diagnostic::error(code, name.span, format!("unknown {what} `{}`", name.text));
        if self.comparisons > 0 {
            let words: Vec<&str> = known().into_iter().take(self.comparisons).collect();
            self.comparisons -= words.len();
            if let Some(similar) = crate::similar(&name.text, words) {
                diagnostic = diagnostic.help(format!("did you mean `{similar}`?"));
            }
        }
        self.push(diagnostic);
    }
}

/// Words in alphabetical order, so that suggestions do not depend on the order of a hash table.
fn sorted<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_unstable();
    words
}

#[cfg(test)]
mod tests;
