//! Rules held against the kernels that first need them: the newest that lacks a call because it came later, and the
//! oldest that lacks it because it is gone. A rule that cannot be used even there is a mistake of the text; what still
//! older kernels lack is found when a map to them is generated ([`crate::carry`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use libsys_syntax::ast::Name;
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::Report;
use crate::{Call, Implementation, Release, Rule};

/// A rule and where it is written.
pub(super) struct Written<'a> {
    /// The name behind `RULE`.
    pub(super) name: Span,
    /// The names behind `using`, in the order of the rule's.
    pub(super) using: &'a [Name],
    pub(super) rule: Rule,
}

/// Names that may still be followed: a text of nothing but rules must not take long.
const MAX_STEPS: usize = 1_000_000;

/// A kernel at the edge of a call's life.
#[derive(Clone, Copy)]
enum Kernel {
    /// The newest one before the release.
    Before(Release),
    /// The first one of the release.
    Since(Release),
}

impl Kernel {
    fn has(self, call: &Call) -> bool {
        match self {
            Kernel::Before(release) => {
                call.since.is_none_or(|since| since < release)
                    && call.until.is_none_or(|until| release <= until)
            }
            Kernel::Since(release) => call.is_in(release),
        }
    }

    /// `before 5.0` or `since 5.5`.
    fn words(self) -> String {
        match self {
            Kernel::Before(release) => format!("before {release}"),
            Kernel::Since(release) => format!("since {release}"),
        }
    }
}

/// Reports rules that use what no kernel has that needs them, and rules that use each other.
pub(super) fn check(rules: &BTreeMap<&str, Written<'_>>, calls: &[Call], report: &mut Report) {
    let calls: HashMap<&str, &Call> = calls.iter().map(|call| (call.name.as_str(), call)).collect();
    let mut circles: BTreeSet<BTreeSet<&str>> = BTreeSet::new();
    let mut steps = MAX_STEPS;
    for (name, written) in rules {
        let Some(call) = calls.get(name) else { continue };
        // The rule of a call that is gone is for the kernels that came after it.
        let edge = call.until.map(Kernel::Since).or(call.since.map(Kernel::Before));
        if let Some(kernel) = edge {
            let mut walk = Walk { rules, calls: &calls, kernel, seen: HashSet::new(), steps: &mut steps };
            for used in written.using {
                let mut path = vec![*name];
                let Some(fault) = walk.follow(used.text.as_str(), &mut path) else { continue };
                match fault {
                    Fault::Missing(missing) => {
                        report.push(lacks(kernel, missing, used, &path, calls.get(missing)))
                    }
                    Fault::Circle => {
                        if circles.insert(path.iter().copied().collect()) {
                            path.push(name);
                            let message = format!("rules use each other: {}", path.join(" → "));
                            report.error("E0421", written.name, message);
                        }
                    }
                }
            }
        }
    }
}

/// The report of a call that a kernel lacks, which a rule uses by way of the others on the path.
fn lacks(kernel: Kernel, missing: &str, used: &Name, path: &[&str], call: Option<&&Call>) -> Diagnostic {
    let message = format!("{} there is no `{missing}`, and no rule carries it out", kernel.words());
    let mut diagnostic = Diagnostic::error("E0420", used.span, message);
    if path.len() > 1 {
        diagnostic = diagnostic.label(format!("by way of `{}`", path[1..].join("`, `")));
    }
    match call.and_then(|call| call.since) {
        Some(since) if matches!(kernel, Kernel::Before(_)) => {
            diagnostic.help(format!("`{missing}` came with {since}: use older calls, or give it a rule"))
        }
        _ => diagnostic,
    }
}

enum Fault<'a> {
    /// That call is not there, and no rule makes it.
    Missing(&'a str),
    /// The rules lead back to the first one.
    Circle,
}

struct Walk<'a, 'b> {
    rules: &'b BTreeMap<&'a str, Written<'a>>,
    calls: &'b HashMap<&'a str, &'a Call>,
    kernel: Kernel,
    /// Calls that were found to be carried out, or were reported.
    seen: HashSet<&'a str>,
    steps: &'b mut usize,
}

impl<'a> Walk<'a, '_> {
    /// What is wrong with a call that the rules on `path` lead to; the path is then longer by what lies between.
    fn follow(&mut self, name: &'a str, path: &mut Vec<&'a str>) -> Option<Fault<'a>> {
        if path.first() == Some(&name) {
            return Some(Fault::Circle);
        }
        // A name that is no call of this machine was reported, or is another machine's.
        let call = self.calls.get(name)?;
        if *self.steps == 0 || self.kernel.has(call) || !self.seen.insert(name) {
            return None;
        }
        *self.steps -= 1;
        let Some(written) = self.rules.get(name) else { return Some(Fault::Missing(name)) };
        if matches!(written.rule.implementation, Implementation::Simulated(_)) {
            return Some(Fault::Missing(name));
        }
        path.push(name);
        for used in written.using {
            if let Some(fault) = self.follow(used.text.as_str(), path) {
                return Some(fault);
            }
        }
        path.pop();
        None
    }
}
