//! `syscall_64.tbl` and its like: numbers and names. What the calls look like is known already.
//!
//! ```text
//! NUMBER COLUMN NAME [ENTRY [COMPAT [NORETURN]]]
//! ```
//!
//! The column says which of the machine's ABIs have the entry: `common` all of them, `x32`, `oabi` and `spu`
//! one beside the machine's own. Of `32` and `64` the latter is meant where both have a number.

use crate::List;
use libsys_model::abi::{NAME_MAX, SERVICE_BASE};
use libsys_model::{Abi, Call, Machine, Scalar, SyscallNr, TypeDefKind};
use libsys_syntax::diagnostic::Diagnostic;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// Columns of ABIs beside the machine's own.
const ASIDE: [&str; 3] = ["x32", "oabi", "spu"];

struct Line<'a> {
    nr: u32,
    column: &'a str,
    name: &'a str,
    /// Where the line is in the text.
    start: usize,
    end: usize,
}

/// Reads a list and describes its calls as `known` does; none when it has mistakes.
pub(crate) fn import(text: &str, name: &str, known: &Abi, list: &mut List) -> Option<String> {
    let lines = read(text, list);
    if !list.is_clean() {
        return None;
    }
    let mut notes = Vec::new();
    let chosen = choose(&lines, &mut notes, list);
    let mut calls = Vec::new();
    for line in chosen {
        list.places.insert(line.nr, list.span(line.start, line.end));
        match known.call_named(line.name) {
            Some(call) => calls.push(Call { nr: SyscallNr(line.nr), ..call.clone() }),
            None => {
                notes.push(format!("{} {}: no prototype is known", line.nr, line.name));
                let span = list.span(line.start, line.end);
                list.warning("W0603", span, format!("no prototype of `{}` is known", line.name));
            }
        }
    }
    let mut abi =
        Abi { name: name.to_owned(), calls, services: Vec::new(), rules: Vec::new(), ..known.clone() };
    // Layouts and sizes hold for the machine that they are described for.
    let (os, machine) = name.split_once('/').unwrap_or(("", name));
    let is_described = Machine::from_name(machine) == Some(known.machine);
    let mut out = if is_described && crate::is_word(os) && name.len() <= NAME_MAX {
        abi.prune();
        libsys_emit::sys::emit(&abi)
    } else {
        loose(&abi, &crate::word_like(name))
    };
    for note in notes {
        let _ = writeln!(out, "# {note}");
    }
    Some(libsys_syntax::format(&out).unwrap_or(out))
}

fn read<'a>(text: &'a str, list: &mut List) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.split('#').next().unwrap_or("").trim_end();
        let words: Vec<&str> = content.split_whitespace().collect();
        let begin = start + (content.len() - content.trim_start().len());
        let (span, end) = (list.span(begin, start + content.len()), start + content.len());
        match words[..] {
            [] => {}
            [number, column, name, ..] if words.len() <= 6 => {
                let nr = number.parse().ok().filter(|nr| *nr < SERVICE_BASE);
                if nr.is_none() {
                    let what = list.span(begin, begin + number.len());
                    list.error("E0602", what, format!("numbers run from 0 to {}", SERVICE_BASE - 1));
                }
                if !crate::is_word(name) {
                    list.error("E0601", span, format!("`{name}` is not the name of a call"));
                } else if let Some(nr) = nr {
                    lines.push(Line { nr, column, name, start: begin, end });
                }
            }
            _ => {
                list.error("E0601", span, "an entry has a number, an ABI, a name, and up to three more words")
            }
        }
    }
    lines
}

/// Of entries that have one number or one name, the one of the machine's main ABI.
fn choose<'l, 'a>(lines: &'l [Line<'a>], notes: &mut Vec<String>, list: &mut List) -> Vec<&'l Line<'a>> {
    let mut by_number: BTreeMap<u32, &Line<'a>> = BTreeMap::new();
    let mut by_name: HashMap<&str, &Line<'a>> = HashMap::new();
    let (aside, own): (Vec<_>, Vec<_>) = lines.iter().partition(|line| ASIDE.contains(&line.column));
    let note = |line: &Line<'_>| format!("{} {}: of the ABI {}", line.nr, line.name, line.column);
    notes.extend(aside.into_iter().map(note));
    let mut sorted: Vec<&Line<'a>> = own;
    sorted.sort_by_key(|line| (line.column == "32", line.start));
    for line in sorted {
        let other = by_number.get(&line.nr).or_else(|| by_name.get(line.name)).copied();
        let Some(other) = other else {
            by_number.insert(line.nr, line);
            by_name.insert(line.name, line);
            continue;
        };
        notes.push(note(line));
        // That another ABI of the machine numbers calls in its own way is what its column is for.
        if line.column == other.column {
            let what = if line.nr == other.nr {
                format!("number {} is given twice", line.nr)
            } else {
                format!("`{}` is given two numbers", line.name)
            };
            let diagnostic = Diagnostic::warning("W0602", list.span(line.start, line.end), what)
                .related(list.span(other.start, other.end), "first here")
                .help("the first one counts");
            list.diagnostics.push(diagnostic);
        }
    }
    by_number.into_values().collect()
}

/// The calls as a file of 2005: for machines whose layouts are not described.
fn loose(abi: &Abi, name: &str) -> String {
    let mut out = format!("BASE {name};\n\n");
    let texts: Vec<String> = abi.calls.iter().map(Call::signature_text).collect();
    let all = texts.join("\n");
    let words: BTreeSet<&str> = all.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let mut declared = BTreeSet::new();
    for def in abi.types.iter().filter(|def| words.contains(def.name.as_str())) {
        if !declared.insert(def.name.as_str()) {
            continue;
        }
        let what = match &def.kind {
            TypeDefKind::Alias(ty) => abi.as_scalar(ty).map_or_else(|| ty.text.clone(), Scalar::name),
            TypeDefKind::Resource(scalar) | TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
                scalar.name()
            }
            TypeDefKind::Struct(_) => "void".to_owned(),
        };
        let _ = writeln!(out, "type {} = {what};", def.name);
    }
    for (call, text) in abi.calls.iter().zip(&texts) {
        let _ = writeln!(out, "\nADD {} {{ function {text}; implementation direct; }}", call.nr.0);
    }
    out
}
