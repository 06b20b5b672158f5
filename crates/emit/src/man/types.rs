//! The types that a call's parameters name, below its description: constants and layouts.

use super::Book;
use super::roff::{Roff, words};
use crate::prose;
use libsys_model::{Call, Constant, Field, Scalar, Struct, TypeDef, TypeDefKind};

/// Writes a subsection for each flag set, enum and struct that the parameters name, once.
pub(super) fn list(roff: &mut Roff, book: &Book<'_>, call: &Call) {
    let mut seen = Vec::new();
    for param in &call.params {
        let Some((index, def)) = prose::named(book.abi, &param.ty) else { continue };
        // An alias of a struct shows that.
        let index = match &def.kind {
            TypeDefKind::Alias(ty) => book.abi.as_struct(ty).map_or(index, |(id, _)| id.0 as usize),
            _ => index,
        };
        if !seen.contains(&index) {
            seen.push(index);
            roff.append(book.types[index].get_or_init(|| subsection(book, &book.abi.types[index])));
        }
    }
}

/// The subsection about one type; empty for those that stand for something else.
fn subsection(book: &Book<'_>, def: &TypeDef) -> String {
    let mut roff = Roff::default();
    describe(&mut roff, book, def);
    roff.finish()
}

fn describe(roff: &mut Roff, book: &Book<'_>, def: &TypeDef) {
    match &def.kind {
        TypeDefKind::Alias(_) | TypeDefKind::Resource(_) => {}
        TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) => {
            if constants.is_empty() {
                return;
            }
            let is_flags = matches!(def.kind, TypeDefKind::Flags(..));
            roff.request("SS", &[&def.name]);
            about(roff, book, def);
            let rows: Vec<_> = constants.iter().map(|constant| row(constant, *scalar, is_flags)).collect();
            roff.listing(&rows);
        }
        TypeDefKind::Struct(layout) => {
            roff.request("SS", &[&layout.c_name]);
            about(roff, book, def);
            roff.fill(&format!("{} bytes, aligned to {}.", layout.size, layout.align));
            if layout.extensible {
                roff.fill("Programs pass its size; a tail of zeros may be cut off.");
            }
            let rows: Vec<_> = layout.fields.iter().map(|field| field_row(layout, field)).collect();
            roff.listing(&rows);
        }
    }
}

fn about(roff: &mut Roff, book: &Book<'_>, def: &TypeDef) {
    for (i, paragraph) in prose::paragraphs(&def.doc).iter().enumerate() {
        if i > 0 {
            roff.request("PP", &[]);
        }
        roff.fill(&book.prose(paragraph));
    }
}

fn row(constant: &Constant, scalar: Scalar, is_flags: bool) -> (String, String) {
    let digits = 2 + 2 * scalar.size as usize;
    let value = if is_flags && constant.value >= 0 {
        format!("{:#0digits$x}", constant.value)
    } else {
        constant.value.to_string()
    };
    let since = constant.since.map_or_else(String::new, |since| format!("(since {since}) "));
    (format!("{value:>digits$}  {}", constant.name), format!("{since}{}", plain(&constant.doc)))
}

fn field_row(layout: &Struct, field: &Field) -> (String, String) {
    let gap = if field.ty.text.ends_with('*') { "" } else { " " };
    let array = match field.array {
        None => String::new(),
        Some(0) => "[]".to_owned(),
        Some(n) => format!("[{n}]"),
    };
    let name_of = |i: u32| layout.fields.get(i as usize).map_or("?", |field| field.name.as_str());
    let length = field.pointee.as_ref().map_or_else(String::new, |pointee| pointee.len_text(&name_of));
    let left = format!("+{:<4} {}{gap}{}{array}{length}", field.offset, field.ty.text, field.name);
    (left, plain(&field.doc))
}

/// Documentation in constant width: without the marks of code.
fn plain(doc: &str) -> String {
    doc.replace('`', "")
}

/// A heading of calls in the overview, kept with what explains it.
pub(super) fn heading(roff: &mut Roff, title: &str, doc: &str) {
    roff.request("SS", &[title]);
    roff.fill(&words(&plain(doc)));
}
