//! Words for readers: documentation cut into paragraphs and spans, and what a parameter carries said in
//! English. The HTML reference and the manual pages both take their sentences from here.
//!
//! In these sentences, as in doc comments, code stands between backticks.

use libsys_model::{Abi, Call, Dir, Len, LenExpr, Param, Pointee, Shape, TypeDef, TypeRef};

/// A piece of a line of prose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span<'a> {
    /// Words.
    Text(&'a str),
    /// What stood between backticks.
    Code(&'a str),
}

/// The pieces of a line of prose. A backtick without a second one is text.
pub(crate) fn spans(text: &str) -> impl Iterator<Item = Span<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((code, behind)) = rest.strip_prefix('`').and_then(|inner| inner.split_once('`')) {
            rest = behind;
            return Some(Span::Code(code));
        }
        // The first byte is one: a backtick that opens nothing is part of the text.
        let end = rest.bytes().skip(1).position(|b| b == b'`').map_or(rest.len(), |i| i + 1);
        let (words, behind) = rest.split_at(end);
        rest = behind;
        Some(Span::Text(words))
    })
}

/// The paragraphs of a documentation, each as one line.
pub(crate) fn paragraphs(doc: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in doc.lines().map(str::trim) {
        let last = paragraphs.last_mut().expect("there is always one");
        if line.is_empty() {
            paragraphs.push(String::new());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(line);
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// The first line of a documentation.
fn first_line(doc: &str) -> &str {
    doc.lines().next().unwrap_or("").trim()
}

/// A documentation without its first line.
pub(crate) fn behind_first_line(doc: &str) -> &str {
    doc.split_once('\n').map_or("", |(_, rest)| rest)
}

/// What a call does, in one line without full stop; may be empty.
pub(crate) fn summary(call: &Call) -> &str {
    let line = if call.summary.is_empty() { first_line(&call.doc) } else { call.summary.trim() };
    line.strip_suffix('.').unwrap_or(line)
}

/// What a type is, in one line without full stop; may be empty.
pub(crate) fn type_summary(def: &TypeDef) -> &str {
    let line = first_line(&def.doc);
    line.strip_suffix('.').unwrap_or(line)
}

/// The manual page that a call belongs to: `read(2)`.
pub(crate) fn manual(call: &Call) -> String {
    call.see.clone().unwrap_or_else(|| format!("{}(2)", call.name))
}

/// The declared type inside a type, behind pointers too; aliases are not followed.
pub(crate) fn named<'a>(abi: &'a Abi, ty: &TypeRef) -> Option<(usize, &'a TypeDef)> {
    let mut ty = ty;
    loop {
        match &ty.shape {
            Shape::Named(id) => {
                let index = id.0 as usize;
                return abi.types.get(index).map(|def| (index, def));
            }
            Shape::Pointer(inner) => ty = inner,
            Shape::Void | Shape::Scalar(_) | Shape::Address | Shape::CString { .. } | Shape::Function => {
                return None;
            }
        }
    }
}

/// What a parameter of a call carries, as a sentence without full stop; empty when its name and type say all.
pub(crate) fn parameter(abi: &Abi, call: &Call, param: &Param) -> String {
    let name_of = |i: u32| call.params.get(i as usize).map_or("?", |param| param.name.as_str());
    carried(abi, &param.ty, param.pointee.as_ref(), &name_of)
}

/// What a value of a type carries; `name_of` gives the name of the parameter or field with an index.
pub(crate) fn carried<'a>(
    abi: &Abi,
    ty: &TypeRef,
    pointee: Option<&Pointee>,
    name_of: &dyn Fn(u32) -> &'a str,
) -> String {
    let mut text = match &ty.shape {
        Shape::CString { is_path: true } => "A path".to_owned(),
        Shape::CString { is_path: false } => "A string".to_owned(),
        Shape::Address => "An address; nothing is read or written through it".to_owned(),
        Shape::Function => "Code of the program".to_owned(),
        Shape::Pointer(inner) => match pointee {
            Some(pointee) => behind(inner, pointee, name_of),
            None => String::new(),
        },
        Shape::Named(_) => named(abi, ty).map_or_else(String::new, |(_, def)| type_summary(def).to_owned()),
        Shape::Void | Shape::Scalar(_) => String::new(),
    };
    if pointee.is_some_and(|pointee| pointee.opt) {
        text.push_str(if text.is_empty() { "May be null" } else { "; may be null" });
    }
    text
}

fn behind<'a>(element: &TypeRef, pointee: &Pointee, name_of: &dyn Fn(u32) -> &'a str) -> String {
    let verb = match pointee.dir {
        Dir::In => "reads",
        Dir::Out => "writes",
        Dir::InOut => "reads and writes",
    };
    let amount = |amount: &LenExpr, unit: &str| match amount {
        LenExpr::Const(1) => format!("1 {unit}"),
        LenExpr::Const(n) => format!("{n} {unit}s"),
        LenExpr::Param(i) => format!("`{}` {unit}s", name_of(*i)),
        LenExpr::Behind(i) => format!("as many {unit}s as `*{}` says", name_of(*i)),
        LenExpr::Result => format!("as many {unit}s as the result says"),
    };
    let what = match &pointee.len {
        Len::One if element.shape == Shape::Void => "memory".to_owned(),
        Len::One => format!("one `{}`", element.text),
        Len::Elements(n) => amount(n, "element"),
        Len::Bytes(n) => amount(n, "byte"),
        Len::NullTerminated => "elements up to a null one".to_owned(),
    };
    format!("The kernel {verb} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_pair_backticks() {
        let all = |text| spans(text).collect::<Vec<_>>();
        assert_eq!(
            all("see `a b`, `c`"),
            [Span::Text("see "), Span::Code("a b"), Span::Text(", "), Span::Code("c")]
        );
        assert_eq!(all("one ` alone"), [Span::Text("one "), Span::Text("` alone")]);
        assert_eq!(all("``"), [Span::Code("")]);
        assert_eq!(all("é`"), [Span::Text("é"), Span::Text("`")]);
        assert!(all("").is_empty());
    }

    #[test]
    fn paragraphs_are_joined_lines() {
        assert_eq!(paragraphs("a\nb\n\n\n c \n"), ["a b", "c"]);
        assert!(paragraphs("\n\n").is_empty());
    }
}
