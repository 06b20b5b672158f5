//! Syntax tree → model: names are looked up, layouts checked, calls numbered.
//!
//! The flow: [`head`] (which ABI, machine, release, groups) → [`types`] (every declared type, with
//! [`layout`] for structs) → [`calls`] (declarations, numbers and overrides merged into one list; each
//! call lowered with [`function`] and [`implementation`]). All mistakes are collected; nothing stops at the
//! first one. Files of 2005 (with `BASE`) name types and calls loosely: what is an error elsewhere and
//! leaves the entry table well defined is a warning there.

mod calls;
mod function;
mod head;
mod implementation;
mod layout;
mod types;
mod words;

use std::collections::HashSet;

use libsys_syntax::Parsed;
use libsys_syntax::ast::Name;
use libsys_syntax::diagnostic::{Diagnostic, Severity};
use libsys_syntax::source::Span;

use crate::Abi;

/// Lowers everything that was parsed.
///
/// The diagnostics are those of the parser and of lowering, sorted by file and position. There is no ABI when
/// one of them is an error.
#[must_use]
pub fn lower(parsed: &Parsed) -> (Option<Abi>, Vec<Diagnostic>) {
    let mut report = Report { diagnostics: parsed.diagnostics.clone(), suggestions: 0, told: HashSet::new() };
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
    let mut diagnostics = report.diagnostics;
    diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    let abi = if diagnostics.iter().any(Diagnostic::is_error) { None } else { abi };
    (abi, diagnostics)
}

/// Similar words are searched for this many mistakes; a file that is all mistakes must not take long.
const MAX_SUGGESTIONS: usize = 100;

/// The mistakes found so far.
struct Report {
    diagnostics: Vec<Diagnostic>,
    suggestions: usize,
    /// Words that were already complained about, where once is enough.
    told: HashSet<String>,
}

impl Report {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
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

    /// A word that means nothing here, with the word that was probably meant.
    fn unknown<'a>(
        &mut self,
        code: &'static str,
        what: &str,
        name: &Name,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let mut diagnostic = Diagnostic::error(code, name.span, format!("unknown {what} `{}`", name.text));
        if let Some(similar) = self.similar(&name.text, known) {
            diagnostic = diagnostic.help(format!("did you mean `{similar}`?"));
        }
        self.push(diagnostic);
    }

    fn similar<'a>(&mut self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        if self.suggestions >= MAX_SUGGESTIONS {
            return None;
        }
        self.suggestions += 1;
        crate::similar(word, known)
    }
}

#[cfg(test)]
mod tests;
