//! Any texts: they are lowered, and what has no mistakes becomes every artefact.

use crate::artefacts;
use libsys_model::abi::{BASE_SLOTS, SERVICE_BASE, SERVICE_END};
use libsys_model::{Abi, Call, Len, LenExpr, Pointee, Shape, TypeDefKind, TypeRef};
use libsys_syntax::Parsed;
use libsys_syntax::diagnostic::{Diagnostic, Label};
use libsys_syntax::source::{Source, SourceMap, TableLoader};
use std::collections::HashSet;

/// The head that a text gets which has none, so that more of its inputs mean something.
const HEAD: &str = "ABI linux/x86_64;\nRELEASE 7.2;\n";

/// Diagnostics are sorted and lie in their files; there is a model if none is an error; the model holds
/// together, and everything can be made of it; the same texts give the same.
///
/// Form feeds, which mean nothing in the language, part the files: the first is the root, the others are
/// included by their numbers, from 1.
pub fn lower(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = parse(text);
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    check_diagnostics(&parsed.sources, &diagnostics);
    assert_eq!(abi.is_none(), diagnostics.iter().any(Diagnostic::is_error));
    // Hash tables differ from run to run of one function too.
    let (again, repeated) = libsys_model::lower(&parsed);
    assert!(again == abi && repeated == diagnostics, "the same texts give the same");
    if let Some(abi) = abi {
        check_model(&abi);
        check_again(&abi);
        artefacts::check(&abi);
    }
}

/// The model, written as a text, lowers to itself; its older releases differ from it in what came later.
fn check_again(abi: &Abi) {
    let text = libsys_emit::sys::emit(abi);
    let parsed = libsys_syntax::parse(Source { path: "again".into(), text }, &TableLoader::default());
    let (again, diagnostics) = libsys_model::lower(&parsed);
    let shown = libsys_syntax::render(&diagnostics, &parsed.sources, false);
    let again = again.unwrap_or_else(|| panic!("what is written lowers:\n{shown}"));
    for (a, b) in again.types.iter().zip(&abi.types) {
        assert_eq!(a, b, "what is written means the same");
    }
    for (a, b) in again.calls.iter().chain(&again.services).zip(abi.calls.iter().chain(&abi.services)) {
        assert_eq!(a, b, "what is written means the same");
    }
    assert!(again == *abi, "what is written means the same");
    assert!(libsys_model::diff::diff(abi, &again).is_same());
    let mut pruned = abi.clone();
    pruned.prune();
    check_model(&pruned);
    for release in abi.releases().into_iter().take(2) {
        let then = abi.at(release);
        check_model(&then);
        _ = libsys_model::diff::diff(&then, abi);
        let text = libsys_emit::sys::emit(&then);
        let parsed = libsys_syntax::parse(Source { path: "then".into(), text }, &TableLoader::default());
        let (again, diagnostics) = libsys_model::lower(&parsed);
        let shown = libsys_syntax::render(&diagnostics, &parsed.sources, false);
        assert!(again.is_some(), "{release} lowers too:\n{shown}");
    }
}

fn parse(text: &str) -> Parsed {
    let mut files = text.split('\u{c}');
    let root = files.next().unwrap_or_default();
    let head = if root.contains("ABI") || root.contains("BASE") { "" } else { HEAD };
    let named: Vec<(String, &str)> = files.enumerate().map(|(i, text)| ((i + 1).to_string(), text)).collect();
    let loader = TableLoader::new(named.iter().map(|(name, text)| (name.as_str(), *text)));
    libsys_syntax::parse(Source { path: "root".into(), text: format!("{head}{root}") }, &loader)
}

/// Diagnostics are sorted, lie in their files, and are sentences of one line.
pub(crate) fn check_diagnostics(sources: &SourceMap, diagnostics: &[Diagnostic]) {
    assert!(diagnostics.is_sorted_by_key(|d| (d.primary.span, d.code)));
    for diagnostic in diagnostics {
        for Label { span, .. } in std::iter::once(&diagnostic.primary).chain(&diagnostic.related) {
            let text = &sources.get(span.file).text;
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
        let lines = [&diagnostic.message, diagnostic.help.as_ref().unwrap_or(&diagnostic.message)];
        assert!(lines.iter().all(|line| !line.is_empty() && !line.contains('\n')), "{diagnostic:?}");
    }
    assert_eq!(libsys_syntax::render(diagnostics, sources, false).is_empty(), diagnostics.is_empty());
}

/// What the documentation of the model promises.
fn check_model(abi: &Abi) {
    let (calls, services) = match abi.is_base {
        true => (0..BASE_SLOTS, 0..BASE_SLOTS),
        false => (0..SERVICE_BASE, SERVICE_BASE..SERVICE_END),
    };
    let mut names = HashSet::new();
    for (list, range) in [(&abi.calls, calls), (&abi.services, services)] {
        assert!(
            list.is_sorted_by(|a, b| a.nr.0 + a.slots <= b.nr.0),
            "numbers ascend and slots do not overlap"
        );
        for call in list {
            assert!(
                range.start <= call.nr.0 && call.nr.0 + call.slots <= range.end,
                "{} is out of range",
                call.name
            );
            assert!(names.insert(&call.name) || abi.is_base, "{} has two numbers", call.name);
            check_call(abi, call);
        }
    }
    for def in &abi.types {
        match &def.kind {
            TypeDefKind::Alias(ty) => check_type(abi, ty),
            TypeDefKind::Resource(_) => {}
            TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) => {
                let bits = scalar.size * 8;
                let fits = |value: i128| value >= -(1 << (bits - 1)) && value < 1 << bits;
                assert!(constants.iter().all(|c| fits(c.value)), "a constant of {} is too large", def.name);
            }
            TypeDefKind::Struct(layout) => {
                assert!(layout.align.is_power_of_two() && layout.size.is_multiple_of(layout.align));
                assert!(layout.fields.is_sorted_by_key(|f| f.offset));
                for field in &layout.fields {
                    check_type(abi, &field.ty);
                    assert!(u64::from(field.offset) + u64::from(field.size) <= u64::from(layout.size));
                    check_pointee(field.pointee.as_ref(), layout.fields.len());
                }
            }
        }
    }
    let releases = abi.releases();
    assert!(releases.is_sorted_by(|a, b| a < b) && releases.last() == Some(&abi.release));
    for release in releases.iter().take(3) {
        let then = abi.at(*release);
        assert_eq!(then.fingerprint(), abi.fingerprint_at(*release));
        assert!(then.calls.iter().all(|call| call.is_in(*release)));
    }
}

fn check_call(abi: &Abi, call: &Call) {
    assert!(call.group.is_none_or(|group| group < abi.groups.len()));
    assert!(call.errors.is_sorted_by(|a, b| a < b));
    assert!(abi.is_base || call.params.len() <= 7);
    check_type(abi, &call.ret);
    for param in &call.params {
        check_type(abi, &param.ty);
        check_pointee(param.pointee.as_ref(), call.params.len());
    }
    assert!(call.c_prototype("").ends_with(')') && call.signature_text().ends_with(')'));
}

fn check_type(abi: &Abi, ty: &TypeRef) {
    assert!(!ty.c.is_empty() && !ty.text.is_empty());
    match &ty.shape {
        Shape::Named(id) => assert!((id.0 as usize) < abi.types.len()),
        Shape::Pointer(inner) => check_type(abi, inner),
        Shape::Void | Shape::Scalar(_) | Shape::Address | Shape::CString { .. } | Shape::Function => {}
    }
}

fn check_pointee(pointee: Option<&Pointee>, count: usize) {
    let Some(Pointee { len: Len::Elements(amount) | Len::Bytes(amount), .. }) = pointee else { return };
    if let LenExpr::Param(index) | LenExpr::Behind(index) = amount {
        assert!((*index as usize) < count);
    }
}
