//! How a call is carried out, checked as far as one ABI can tell.

use std::collections::{HashMap, HashSet};

use libsys_syntax::ast::{self, Name};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::calls::check_errno;
use super::types::Types;
use super::{Report, sorted};
use crate::{Call, Conversion, Dir, Field, Implementation, Shape, Struct};

pub(super) fn lower(
    written: &ast::Implementation,
    span: Span,
    call: &Call,
    types: &Types<'_>,
    names: &HashSet<&str>,
    report: &mut Report,
) -> Implementation {
    match written {
        ast::Implementation::Direct => Implementation::Direct,
        ast::Implementation::Simulated(errno) => {
            check_errno(errno, report);
            Implementation::Simulated(errno.text.clone())
        }
        ast::Implementation::Custom { name, using, approximate } => {
            for used in using {
                if used.text == call.name {
                    report.error(
                        "E0413",
                        used.span,
                        format!("`{}` cannot be carried out by itself", call.name),
                    );
                } else if !names.contains(used.text.as_str()) {
                    report.unknown("E0413", "call", used, || sorted(names.iter().copied()));
                }
            }
            Implementation::Custom {
                name: name.text.clone(),
                using: using.iter().map(|used| used.text.clone()).collect(),
                approximate: approximate.as_ref().map(|text| text.text.clone()),
            }
        }
        ast::Implementation::Structural(conversions) => {
            Implementation::Structural(structural(conversions, span, call, types, report))
        }
    }
}

/// One `convert`: the parameter, its direction, the program's struct and the kernel's.
struct Pair<'a> {
    name: &'a Name,
    dir: Dir,
    ours: &'a Struct,
    theirs: &'a Struct,
}

/// The other lines, by the fields that they name.
#[derive(Default)]
struct Lines<'a> {
    /// The program's name of a field of the kernel.
    ours: HashMap<&'a str, &'a str>,
    /// The kernel's name of a field of the program.
    theirs: HashMap<&'a str, &'a str>,
    narrowed: HashSet<&'a str>,
    defaults: HashSet<&'a str>,
}

fn structural(
    conversions: &[ast::Conversion],
    span: Span,
    call: &Call,
    types: &Types<'_>,
    report: &mut Report,
) -> Vec<Conversion> {
    let mut lowered = Vec::with_capacity(conversions.len());
    let mut resolved = Vec::new();
    let mut converted = HashSet::new();
    let mut lines = Lines::default();
    check_once(conversions, report);
    for conversion in conversions {
        match conversion {
            ast::Conversion::Convert { param, from, to } => {
                let index = call.params.iter().position(|p| p.name == param.text);
                if index.is_none() {
                    let known = || call.params.iter().map(|p| p.name.as_str());
                    report.unknown("E0414", "parameter", param, known);
                }
                let (from_ty, to_ty) = (types.resolve(from, None, report), types.resolve(to, None, report));
                let (Some(index), Some(from_ty), Some(to_ty)) = (index, from_ty, to_ty) else { continue };
                for (expr, ty) in [(from, &from_ty), (to, &to_ty)] {
                    if types.structure(ty).is_none() {
                        report.error("E0414", expr.span, format!("`{}` is not a struct", ty.text));
                    }
                }
                if call.params.get(index).is_some_and(|p| !matches!(p.ty.shape, Shape::Pointer(_))) {
                    report.error("E0414", param.span, format!("`{}` is not a pointer", param.text));
                }
                lowered.push(Conversion::Convert {
                    param: index as u32,
                    from: from_ty.clone(),
                    to: to_ty.clone(),
                });
                let dir =
                    call.params.get(index).and_then(|p| p.pointee.as_ref()).map_or(Dir::InOut, |p| p.dir);
                if converted.insert(index) {
                    resolved.push((param, dir, from_ty, to_ty));
                }
            }
            ast::Conversion::Narrow { field, overflow } => {
                check_errno(overflow, report);
                lines.narrowed.insert(&field.text);
                lowered
                    .push(Conversion::Narrow { field: field.text.clone(), overflow: overflow.text.clone() });
            }
            ast::Conversion::Default { field, value } => {
                lines.defaults.insert(&field.text);
                lowered.push(Conversion::Default { field: field.text.clone(), value: value.value });
            }
            ast::Conversion::Rename { from, to } => {
                lines.ours.entry(&to.text).or_insert(&from.text);
                lines.theirs.entry(&from.text).or_insert(&to.text);
                lowered.push(Conversion::Rename { from: from.text.clone(), to: to.text.clone() });
            }
        }
    }
    if conversions.iter().all(|c| !matches!(c, ast::Conversion::Convert { .. })) {
        report.error("E0414", span, "a structural implementation without `convert`");
    }
    let pairs: Vec<Pair<'_>> = resolved
        .iter()
        .filter_map(|(name, dir, from, to)| {
            Some(Pair { name, dir: *dir, ours: types.structure(from)?, theirs: types.structure(to)? })
        })
        .collect();
    check_fields(conversions, &pairs, report);
    for pair in &pairs {
        check_pair(pair, &lines, types, report);
    }
    lowered
}

/// Reports what is said twice of one parameter or field.
fn check_once(conversions: &[ast::Conversion], report: &mut Report) {
    let mut seen: HashMap<(&str, &str), Span> = HashMap::new();
    for conversion in conversions {
        let (word, name) = match conversion {
            ast::Conversion::Convert { param, .. } => ("convert", param),
            ast::Conversion::Narrow { field, .. } => ("narrow", field),
            ast::Conversion::Default { field, .. } => ("default", field),
            ast::Conversion::Rename { from, .. } => ("rename", from),
        };
        if let Some(first) = seen.insert((word, &name.text), name.span) {
            let message = format!("a second `{word}` of `{}`", name.text);
            report.push(Diagnostic::error("E0410", name.span, message).related(first, "the first one"));
        }
    }
}

/// Every field that a line names must be one of a struct that is converted.
fn check_fields(conversions: &[ast::Conversion], pairs: &[Pair<'_>], report: &mut Report) {
    if pairs.is_empty() {
        return;
    }
    let ours: Vec<&str> = pairs.iter().flat_map(|pair| &pair.ours.fields).map(|f| f.name.as_str()).collect();
    let theirs: Vec<&str> =
        pairs.iter().flat_map(|pair| &pair.theirs.fields).map(|f| f.name.as_str()).collect();
    let in_ours: HashSet<&str> = ours.iter().copied().collect();
    let in_theirs: HashSet<&str> = theirs.iter().copied().collect();
    let mut check = |name: &Name, of_ours: bool, of_theirs: bool| {
        let word = name.text.as_str();
        if !(of_ours && in_ours.contains(word) || of_theirs && in_theirs.contains(word)) {
            let ours = ours.iter().filter(|_| of_ours);
            let theirs = theirs.iter().filter(|_| of_theirs);
            report.unknown("E0415", "field", name, || ours.chain(theirs).copied());
        }
    };
    for conversion in conversions {
        match conversion {
            ast::Conversion::Convert { .. } => {}
            ast::Conversion::Narrow { field, .. } | ast::Conversion::Default { field, .. } => {
                check(field, true, true);
            }
            ast::Conversion::Rename { from, to } => {
                check(from, true, false);
                check(to, false, true);
            }
        }
    }
}

/// Every narrowing must name its error, and every field that only one side has its value.
fn check_pair(pair: &Pair<'_>, lines: &Lines<'_>, types: &Types<'_>, report: &mut Report) {
    // What is written on each side: by the layer for the kernel, or by the layer for the program.
    let sides = [
        (pair.dir != Dir::Out, pair.ours, pair.theirs, &lines.ours, "the program's"),
        (pair.dir != Dir::In, pair.theirs, pair.ours, &lines.theirs, "the kernel's"),
    ];
    for (_, source, target, renamed, side) in sides.into_iter().filter(|(happens, ..)| *happens) {
        let by_name: HashMap<&str, &Field> = source.fields.iter().map(|f| (f.name.as_str(), f)).collect();
        for field in &target.fields {
            let name = field.name.as_str();
            let Some(from) = by_name.get(renamed.get(name).copied().unwrap_or(name)) else {
                if !lines.defaults.contains(name) {
                    let message = format!("`{name}` is not in {side} struct and has no value");
                    let diagnostic = Diagnostic::error("E0416", pair.name.span, message);
                    report.push(diagnostic.help(format!("give it one: `default {name} = 0;`")));
                }
                continue;
            };
            let named = lines.narrowed.contains(name) || lines.narrowed.contains(from.name.as_str());
            if !named && is_narrowing(from, field, types) {
                let message = format!("`{name}` may not fit, and no error is named for that");
                let diagnostic = Diagnostic::error("E0417", pair.name.span, message);
                report.push(diagnostic.help(format!("name it: `narrow {name} overflow EOVERFLOW;`")));
            }
        }
    }
}

/// Whether a value of one field may not fit into another: an integer of a smaller type, or fewer of them.
fn is_narrowing(from: &Field, to: &Field, types: &Types<'_>) -> bool {
    match (types.scalar(&from.ty), types.scalar(&to.ty)) {
        (Some(a), Some(b)) => {
            let is_flexible = from.array == Some(0) || to.array == Some(0);
            a.size > b.size || (from.size > to.size && !is_flexible)
        }
        _ => false,
    }
}
