//! How a call is carried out, checked as far as one ABI can tell.

use std::collections::HashSet;

use libsys_syntax::ast::{self, Name};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::Report;
use super::calls::check_errno;
use super::types::Types;
use crate::{Call, Conversion, Dir, Field, Implementation, Struct};

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
                    let mut known: Vec<&str> = names.iter().copied().collect();
                    known.sort_unstable();
                    report.unknown("E0413", "call", used, known);
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

fn structural(
    conversions: &[ast::Conversion],
    span: Span,
    call: &Call,
    types: &Types<'_>,
    report: &mut Report,
) -> Vec<Conversion> {
    let mut lowered = Vec::with_capacity(conversions.len());
    let mut resolved = Vec::new();
    for conversion in conversions {
        match conversion {
            ast::Conversion::Convert { param, from, to } => {
                let index = call.params.iter().position(|p| p.name == param.text);
                if index.is_none() {
                    report.unknown("E0414", "parameter", param, call.params.iter().map(|p| p.name.as_str()));
                }
                let (from_ty, to_ty) = (types.resolve(from, None, report), types.resolve(to, None, report));
                let (Some(index), Some(from_ty), Some(to_ty)) = (index, from_ty, to_ty) else { continue };
                for (expr, ty) in [(from, &from_ty), (to, &to_ty)] {
                    if types.structure(ty).is_none() {
                        report.error("E0414", expr.span, format!("`{}` is not a struct", ty.text));
                    }
                }
                lowered.push(Conversion::Convert {
                    param: index as u32,
                    from: from_ty.clone(),
                    to: to_ty.clone(),
                });
                let dir =
                    call.params.get(index).and_then(|p| p.pointee.as_ref()).map_or(Dir::InOut, |p| p.dir);
                resolved.push((param, dir, from_ty, to_ty));
            }
            ast::Conversion::Narrow { field, overflow } => {
                check_errno(overflow, report);
                lowered
                    .push(Conversion::Narrow { field: field.text.clone(), overflow: overflow.text.clone() });
            }
            ast::Conversion::Default { field, value } => {
                lowered.push(Conversion::Default { field: field.text.clone(), value: value.value });
            }
            ast::Conversion::Rename { from, to } => {
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
        check_pair(pair, &lowered, types, report);
    }
    lowered
}

/// Every field that a line names must be one of a struct that is converted.
fn check_fields(conversions: &[ast::Conversion], pairs: &[Pair<'_>], report: &mut Report) {
    let ours = || pairs.iter().flat_map(|pair| &pair.ours.fields).map(|f| f.name.as_str());
    let theirs = || pairs.iter().flat_map(|pair| &pair.theirs.fields).map(|f| f.name.as_str());
    let mut check = |name: &Name, known: Vec<&str>| {
        if !pairs.is_empty() && !known.contains(&name.text.as_str()) {
            report.unknown("E0415", "field", name, known);
        }
    };
    for conversion in conversions {
        match conversion {
            ast::Conversion::Convert { .. } => {}
            ast::Conversion::Narrow { field, .. } | ast::Conversion::Default { field, .. } => {
                check(field, ours().chain(theirs()).collect());
            }
            ast::Conversion::Rename { from, to } => {
                check(from, ours().collect());
                check(to, theirs().collect());
            }
        }
    }
}

/// Every narrowing must name its error, and every field that only one side has its value.
fn check_pair(pair: &Pair<'_>, lowered: &[Conversion], types: &Types<'_>, report: &mut Report) {
    let renamed = |field: &str, forward: bool| {
        lowered.iter().find_map(|c| match c {
            Conversion::Rename { from, to } if forward && from == field => Some(to.as_str()),
            Conversion::Rename { from, to } if !forward && to == field => Some(from.as_str()),
            _ => None,
        })
    };
    let narrows = |field: &str| {
        lowered.iter().any(|c| matches!(c, Conversion::Narrow { field: named, .. } if named == field))
    };
    let defaults = |field: &str| {
        lowered.iter().any(|c| matches!(c, Conversion::Default { field: named, .. } if named == field))
    };
    let size = |field: &Field| types.scalar(&field.ty).map(|scalar| scalar.size);
    // What is written on each side: by the layer for the kernel, or by the layer for the program.
    for (forward, source, target) in [(true, pair.ours, pair.theirs), (false, pair.theirs, pair.ours)] {
        let happens = if forward { pair.dir != Dir::Out } else { pair.dir != Dir::In };
        if !happens {
            continue;
        }
        for field in &target.fields {
            let wanted = renamed(&field.name, !forward).unwrap_or(&field.name);
            let Some(from) = source.fields.iter().find(|f| f.name == wanted) else {
                if !defaults(&field.name) {
                    let side = if forward { "the program's" } else { "the kernel's" };
                    let message = format!("`{}` is not in {side} struct and has no value", field.name);
                    let diagnostic = Diagnostic::error("E0416", pair.name.span, message);
                    report.push(diagnostic.help(format!("give it one: `default {} = 0;`", field.name)));
                }
                continue;
            };
            let is_narrowing = matches!((size(from), size(field)), (Some(from), Some(to)) if from > to);
            if is_narrowing && !narrows(&field.name) && !narrows(&from.name) {
                let message = format!("`{}` may not fit, and no error is named for that", field.name);
                let diagnostic = Diagnostic::error("E0417", pair.name.span, message);
                report.push(diagnostic.help(format!("name it: `narrow {} overflow EOVERFLOW;`", field.name)));
            }
        }
    }
}
