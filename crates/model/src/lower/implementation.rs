//! How a call is carried out, checked as far as one ABI can tell.

use std::collections::{BTreeSet, HashMap, HashSet};

use libsys_syntax::ast::{self, Name};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::calls::check_errno;
use super::types::Types;
use super::{Report, sorted};
use crate::structural::{Lookup, names, plan};
use crate::{Call, Conversion, Implementation, Param, Shape, TypeRef, errno};

pub(super) fn lower(
    written: &ast::Implementation,
    span: Span,
    call: &Call,
    types: &Types<'_>,
    names: &HashSet<&str>,
    of_rule: bool,
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
            let written = Written { conversions, span, of_rule };
            Implementation::Structural(structural(&written, call, types, report))
        }
    }
}

/// A structural implementation as it is written.
struct Written<'a> {
    conversions: &'a [ast::Conversion],
    span: Span,
    /// Whether it is that of a rule: then it holds for both directions.
    of_rule: bool,
}

/// One `convert`: the parameter, the program's type and the kernel's.
struct Pair<'a> {
    index: u32,
    name: &'a Name,
    ours: TypeRef,
    theirs: TypeRef,
}

fn structural(written: &Written<'_>, call: &Call, types: &Types<'_>, report: &mut Report) -> Vec<Conversion> {
    let mut lowered = Vec::with_capacity(written.conversions.len());
    let mut pairs = Vec::new();
    let mut seen = HashSet::new();
    let mut written_pairs = 0;
    check_once(written, report);
    for conversion in written.conversions {
        let line = match conversion {
            ast::Conversion::Convert { param, from, to } => {
                // What is written twice was told, and is not looked at again.
                if !seen.insert((&param.text, spelling(from), spelling(to))) {
                    continue;
                }
                written_pairs += 1;
                let Some(pair) = convert(param, [from, to], written.of_rule, call, types, report) else {
                    continue;
                };
                let (index, from, to) = (pair.index, pair.ours.clone(), pair.theirs.clone());
                pairs.push(pair);
                Conversion::Convert { param: index, from, to }
            }
            ast::Conversion::Narrow { field, overflow } => {
                check_errno(overflow, report);
                Conversion::Narrow { field: field.text.clone(), overflow: overflow.text.clone() }
            }
            ast::Conversion::Default { field, value } => {
                Conversion::Default { field: field.text.clone(), value: value.value }
            }
            ast::Conversion::Rename { from, to } => {
                Conversion::Rename { from: from.text.clone(), to: to.text.clone() }
            }
            ast::Conversion::Limit { name, most, overflow } => {
                overflow.iter().for_each(|errno| check_errno(errno, report));
                Conversion::Limit {
                    name: name.text.clone(),
                    most: most.and_then(|most| u64::try_from(most.value).ok()),
                    overflow: overflow.as_ref().map(|errno| errno.text.clone()),
                }
            }
            ast::Conversion::Member { member, tag, value } => {
                Conversion::Member { member: member.text.clone(), tag: tag.text.clone(), value: value.value }
            }
            ast::Conversion::Otherwise { member } => Conversion::Otherwise { member: member.text.clone() },
        };
        lowered.push(line);
    }
    if written_pairs == 0 {
        report.error("E0414", written.span, "a structural implementation without `convert`");
    }
    // What follows would only repeat what is wrong with a `convert`.
    if pairs.is_empty() || pairs.len() < written_pairs {
        return lowered;
    }
    check_names(written.conversions, &pairs, call, types, report);
    let mut told = HashSet::new();
    let directions: &[bool] = if written.of_rule { &[false, true] } else { &[false] };
    for reversed in directions {
        for fault in plan(types, &call.params, &lowered, *reversed).err().into_iter().flatten() {
            let Some(pair) = pairs.iter().find(|pair| pair.index == fault.param) else { continue };
            if told.insert((fault.param, fault.code, fault.message.clone())) {
                let diagnostic = Diagnostic::error(fault.code, pair.name.span, fault.message);
                report.push(match fault.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
            }
        }
    }
    lowered
}

/// The word and the version of a type.
fn spelling(expr: &ast::TypeExpr) -> (&str, Option<&str>) {
    (&expr.base.text, expr.version.as_ref().map(|version| version.text.as_str()))
}

/// One `convert`; none, with a mistake, where it cannot be followed.
fn convert<'a>(
    name: &'a Name,
    exprs: [&ast::TypeExpr; 2],
    of_rule: bool,
    call: &Call,
    types: &Types<'_>,
    report: &mut Report,
) -> Option<Pair<'a>> {
    let index = call.params.iter().position(|param| param.name == name.text);
    if index.is_none() {
        report.unknown("E0414", "parameter", name, || call.params.iter().map(|p| p.name.as_str()));
    }
    let [ours, theirs] = exprs.map(|expr| types.resolve(expr, None, report));
    let (index, ours, theirs) = (index?, ours?, theirs?);
    let param = call.params.get(index)?;
    let pair = Pair { index: index as u32, name, ours, theirs };
    let is_pointer = matches!(param.ty.shape, Shape::Pointer(_));
    let mut is_good = true;
    for (expr, ty) in exprs.into_iter().zip([&pair.ours, &pair.theirs]) {
        let (is_kind, kind) = if is_pointer {
            (types.structure(ty).is_some(), "a struct")
        } else {
            (types.scalar(ty).is_some(), "an integer")
        };
        if !is_kind {
            report.error("E0414", expr.span, format!("`{}` is not {kind}", ty.text));
            is_good = false;
        }
    }
    if is_good && !is_passed(param, &pair, of_rule, types) {
        let message =
            format!("`{}` is not what is passed as `{}`: `{}`", pair.ours.text, name.text, param.ty.text);
        report.error("E0414", exprs[0].span, message);
        is_good = false;
    }
    is_good.then_some(pair)
}

/// Whether a parameter has the program's type: in a rule, another version of that.
fn is_passed(param: &Param, pair: &Pair<'_>, of_rule: bool, types: &Types<'_>) -> bool {
    let passed = match &param.ty.shape {
        Shape::Pointer(inner) => inner,
        _ => &param.ty,
    };
    match (types.layout(passed), types.layout(&pair.ours)) {
        (Some((passed, _)), Some((ours, _))) => {
            passed == ours || of_rule && types.versions(ours).contains(&passed)
        }
        (None, None) => types.scalar(passed) == types.scalar(&pair.ours),
        _ => false,
    }
}

/// Reports what is said twice of one parameter, field or union.
fn check_once(written: &Written<'_>, report: &mut Report) {
    let mut seen: HashMap<(&str, &str, String), Span> = HashMap::new();
    for conversion in written.conversions {
        let (word, name, more) = match conversion {
            // A rule may say how each two versions become each other.
            ast::Conversion::Convert { param, from, to } if written.of_rule => {
                let version =
                    |ty: &ast::TypeExpr| ty.version.as_ref().map_or("", |v| v.text.as_str()).to_owned();
                let mut versions = [version(from), version(to)];
                versions.sort_unstable();
                ("convert", param, versions.join(" "))
            }
            ast::Conversion::Convert { param, .. } => ("convert", param, String::new()),
            ast::Conversion::Narrow { field, .. } => ("narrow", field, String::new()),
            ast::Conversion::Default { field, .. } => ("default", field, String::new()),
            // Several errors of the kernel's may be one for the program.
            ast::Conversion::Rename { from, to } if errno::number(&from.text).is_some() => {
                ("rename", from, to.text.clone())
            }
            ast::Conversion::Rename { from, .. } => ("rename", from, String::new()),
            ast::Conversion::Limit { name, .. } => ("limit", name, String::new()),
            ast::Conversion::Member { member, tag, value } => {
                ("member", member, format!("{} {}", tag.text, value.value))
            }
            ast::Conversion::Otherwise { member } => ("member", member, "otherwise".to_owned()),
        };
        if let Some(first) = seen.insert((word, &name.text, more), name.span) {
            let message = format!("a second `{word}` of `{}`", name.text);
            report.push(Diagnostic::error("E0410", name.span, message).related(first, "the first one"));
        }
    }
}

/// Every name in a line must be one of what is converted, on the side that the line is about.
fn check_names(
    conversions: &[ast::Conversion],
    pairs: &[Pair<'_>],
    call: &Call,
    types: &Types<'_>,
    report: &mut Report,
) {
    let params = || call.params.iter().map(|param| param.name.as_str());
    let mut ours: BTreeSet<&str> = pairs.iter().flat_map(|pair| names(types, &pair.ours)).collect();
    let theirs: BTreeSet<&str> = pairs.iter().flat_map(|pair| names(types, &pair.theirs)).collect();
    ours.extend(params());
    let either: BTreeSet<&str> = ours.union(&theirs).copied().collect();
    let mut check = |name: &Name, known: &BTreeSet<&str>, may_be_errno: bool| {
        let is_errno = may_be_errno && errno::number(&name.text).is_some();
        if !is_errno && !known.contains(name.text.as_str()) {
            report.unknown("E0415", "field", name, || known.iter().copied());
        }
    };
    for conversion in conversions {
        match conversion {
            ast::Conversion::Convert { .. } => {}
            ast::Conversion::Narrow { field: name, .. }
            | ast::Conversion::Default { field: name, .. }
            | ast::Conversion::Limit { name, .. }
            | ast::Conversion::Otherwise { member: name } => check(name, &either, false),
            ast::Conversion::Rename { from, to } => {
                check(from, &ours, errno::number(&to.text).is_some());
                check(to, &theirs, errno::number(&from.text).is_some());
            }
            ast::Conversion::Member { member, tag, .. } => {
                check(member, &either, false);
                check(tag, &either, false);
            }
        }
    }
}
