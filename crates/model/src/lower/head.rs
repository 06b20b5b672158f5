//! What the files are about: the ABI, its machine, its newest release, its groups.

use std::collections::{HashMap, HashSet};

use libsys_syntax::Parsed;
use libsys_syntax::ast::{Item, Name, ReleaseLit};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::{FileId, Span};

use super::Report;
use crate::abi::NAME_MAX;
use crate::{Group, Machine, Release};

/// Machines that releases may be given for, whether or not ABIs can be generated for them.
const MACHINES: [&str; 4] = ["aarch64", "i386", "riscv64", "x86_64"];

pub(super) struct Head {
    pub name: String,
    pub machine: Machine,
    pub release: Release,
    pub is_base: bool,
    pub groups: Vec<Group>,
    by_name: HashMap<String, usize>,
}

impl Head {
    /// The index of a group.
    pub fn group(&self, name: &Name, report: &mut Report) -> Option<usize> {
        let found = self.by_name.get(&name.text).copied();
        if found.is_none() {
            report.unknown("E0205", "group", name, || self.groups.iter().map(|g| g.name.as_str()));
        }
        found
    }

    /// The release that a list gives for this ABI's machine: that of the machine, else that of all.
    pub fn choose(&self, list: &[(Option<Name>, ReleaseLit)], report: &mut Report) -> Option<Release> {
        let mut chosen: Option<(bool, Release)> = None;
        let mut seen = HashSet::new();
        for (machine, literal) in list {
            let word = machine.as_ref().map(|m| m.text.as_str());
            if let Some(machine) = machine.as_ref().filter(|m| !MACHINES.contains(&m.text.as_str())) {
                report.unknown("E0502", "machine", machine, || MACHINES);
            }
            if !seen.insert(word) {
                let whose = word.unwrap_or("all machines");
                report.error("E0505", literal.span, format!("a second release for {whose}"));
            }
            let Some(release) = release(literal, report) else { continue };
            let is_own = word == Some(self.machine.name());
            if is_own || (word.is_none() && chosen.is_none_or(|(own, _)| !own)) {
                chosen = Some((is_own, release));
            }
        }
        chosen.map(|(_, release)| release)
    }

    /// A release that is not newer than the ABI's.
    pub fn known(&self, literal: &ReleaseLit, report: &mut Report) -> Option<Release> {
        let release = release(literal, report)?;
        self.check(release, literal.span, report);
        Some(release)
    }

    /// Reports a release that is newer than the ABI's.
    pub fn check(&self, release: Release, span: Span, report: &mut Report) {
        if release > self.release {
            let message = format!("release {release} is newer than the ABI's, {}", self.release);
            report.push(Diagnostic::error("E0501", span, message).help("raise `RELEASE`"));
        }
    }
}

/// A release whose numbers fit into notes and images.
pub(super) fn release(literal: &ReleaseLit, report: &mut Report) -> Option<Release> {
    let [major, minor, patch] = literal.parts.map(u8::try_from);
    if let (Ok(major), Ok(minor), Ok(patch)) = (major, minor, patch) {
        return Some(Release::new(major, minor, patch));
    }
    report.error("E0503", literal.span, "the numbers of a release are at most 255");
    None
}

/// Reads the head; none, with a mistake, when there is no ABI to speak of.
pub(super) fn lower(parsed: &Parsed, report: &mut Report) -> Option<Head> {
    let (mut base, mut abi, mut newest) = (None, None, None);
    let mut groups: Vec<(Group, Span)> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut is_empty = true;
    for item in parsed.items() {
        is_empty = false;
        match item {
            Item::Base(name) => once(&mut base, (name, name.span), "BASE", report),
            Item::Abi { os, machine } => once(&mut abi, ((os, machine), os.span), "ABI", report),
            Item::Release(literal) => once(&mut newest, (literal, literal.span), "RELEASE", report),
            Item::Group { doc, name, title } => {
                if let Some(&first) = by_name.get(&name.text) {
                    let message = format!("group `{}` is declared twice", name.text);
                    report.push(
                        Diagnostic::error("E0204", name.span, message).related(groups[first].1, "first here"),
                    );
                    continue;
                }
                by_name.insert(name.text.clone(), groups.len());
                let group =
                    Group { name: name.text.clone(), title: title.text.clone(), doc: doc.text.clone() };
                groups.push((group, name.span));
            }
            Item::Include { .. } | Item::Call(_) | Item::Type(_) => {}
        }
    }
    let groups = groups.into_iter().map(|(group, _)| group).collect();
    let start = Span { file: FileId(0), start: 0, end: 0 };
    match (base, abi) {
        (Some((base, span)), Some((_, other))) => {
            let message = format!("`BASE {}` in a file with `ABI`", base.text);
            report.push(Diagnostic::error("E0504", span, message).related(other, "the ABI"));
            None
        }
        (None, None) => {
            // A text with nothing in it, or nothing that could be read, needs no further complaint.
            if !is_empty || !parsed.diagnostics.iter().any(Diagnostic::is_error) {
                let diagnostic = Diagnostic::error("E0504", start, "neither `ABI` nor `BASE`");
                report.push(diagnostic.help("begin with `ABI linux/x86_64;` and `RELEASE 7.2;`"));
            }
            None
        }
        (Some((base, _)), None) => Some(Head {
            name: base.text.clone(),
            machine: Machine::I386,
            release: newest
                .and_then(|(literal, _)| release(literal, report))
                .unwrap_or(Release::new(1, 2, 0)),
            is_base: true,
            groups,
            by_name,
        }),
        (None, Some(((os, machine), _))) => {
            let name = format!("{}/{}", os.text, machine.text);
            if name.len() > NAME_MAX {
                let message =
                    format!("the name of an ABI has at most {NAME_MAX} bytes; `{name}` has {}", name.len());
                report.error("E0504", os.span.to(machine.span), message);
            }
            let known = Machine::from_name(&machine.text);
            if known.is_none() {
                report.unknown("E0502", "machine", machine, || Machine::ALL.map(Machine::name));
            }
            if newest.is_none() {
                let diagnostic =
                    Diagnostic::error("E0506", os.span.to(machine.span), "an `ABI` without `RELEASE`");
                report.push(diagnostic.help("say which release is the newest described: `RELEASE 7.2;`"));
            }
            let release = newest.and_then(|(literal, _)| release(literal, report));
            Some(Head { name, machine: known?, release: release?, is_base: false, groups, by_name })
        }
    }
}

fn once<T>(place: &mut Option<(T, Span)>, found: (T, Span), word: &str, report: &mut Report) {
    match place {
        Some((_, first)) => {
            let diagnostic = Diagnostic::error("E0507", found.1, format!("a second `{word}`"));
            report.push(diagnostic.related(*first, "the first one"));
        }
        None => *place = Some(found),
    }
}
