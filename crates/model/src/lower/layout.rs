//! Structs and unions: nothing about them depends on a compiler, and what is written must fit together.

use libsys_syntax::ast::{self, Name, TypeItem};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::Report;
use super::function::{Amount, Amounts, Owner, direction, pointee};
use super::types::{MAX_DEPTH, Types};
use crate::{Field, Release, Shape, TypeDef, TypeDefKind};

/// The largest struct, in bytes.
const MAX_SIZE: u64 = 1 << 20;

/// Fields of one struct.
const MAX_FIELDS: usize = 4096;

/// Lowers and checks the fields of a struct or union, by ascending offset.
pub(super) fn fields(
    types: &Types<'_>,
    item: &TypeItem,
    layout: &ast::Layout,
    since: Option<Release>,
    report: &mut Report,
) -> Vec<Field> {
    let is_union = matches!(item.kind, ast::TypeKind::Union(_));
    check_spelling(layout, report);
    let Some((size, align)) = measures(item, layout, report) else { return Vec::new() };
    if let Some(field) = layout.fields.get(MAX_FIELDS) {
        report.error("E0312", field.span, format!("more than {MAX_FIELDS} fields in `{}`", item.name.text));
    }
    let mut placed: Vec<(Field, &ast::Field)> = Vec::with_capacity(layout.fields.len());
    for field in layout.fields.iter().take(MAX_FIELDS) {
        if let Some(lowered) = place(types, field, is_union, report) {
            check_place(types, &lowered, field, size, align, report);
            check_age(types, &lowered, field, since, report);
            placed.push((lowered, field));
        }
    }
    placed.sort_by_key(|(field, _)| field.offset);
    check_neighbours(&placed, is_union, report);
    check_names(&placed, report);
    let described = placed.iter().map(|(field, _)| (field.name.as_str(), Amount::of(types, &field.ty)));
    let amounts = Amounts::new(described, Owner::Struct, types.is_base);
    let pointees: Vec<_> = placed
        .iter()
        .map(|(lowered, field)| {
            pointee(&lowered.ty, field.dir, field.opt, field.len.as_ref(), field.span, &amounts, report)
        })
        .collect();
    let fields = placed.into_iter().zip(pointees);
    fields.map(|((field, _), pointee)| Field { pointee, ..field }).collect()
}

/// Size and alignment, which must be written.
fn measures(item: &TypeItem, layout: &ast::Layout, report: &mut Report) -> Option<(u32, u32)> {
    let name = &item.name;
    let (Some(size), Some(align)) = (layout.size, layout.align) else {
        let missing = if layout.size.is_none() { "size" } else { "align" };
        let message = format!("`{}` without `{missing}`", name.text);
        report.push(
            Diagnostic::error("E0301", name.span, message).help("layouts are explicit: `size 16 align 8`"),
        );
        return None;
    };
    let align_value = u32::try_from(align.value).ok().filter(|a| a.is_power_of_two() && *a <= 4096);
    let size_value = u64::try_from(size.value).ok().filter(|s| *s <= MAX_SIZE);
    if align_value.is_none() {
        report.error("E0302", align.span, "an alignment is a power of two up to 4096");
    }
    if size_value.is_none() {
        report.error("E0302", size.span, format!("a size is a number of bytes up to {MAX_SIZE}"));
    }
    let (size_value, align_value) = (size_value? as u32, align_value?);
    if size_value == 0 && layout.fields.is_empty() {
        // C has no such thing, and C++ gives it a byte.
        report.error("E0302", size.span, "no bytes and no fields");
    }
    if size_value % align_value != 0 {
        report.error(
            "E0302",
            size.span,
            format!("the size is not a multiple of the alignment, {align_value}"),
        );
    }
    Some((size_value, align_value))
}

/// Whether a text is a tag or the name of a typedef.
pub(super) fn is_c_name(text: &str) -> bool {
    let word = text.strip_prefix("struct ").or(text.strip_prefix("union ")).unwrap_or(text);
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    word.len() < 256
        && word.bytes().all(is_word)
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && !word.is_empty()
}

/// What C is told: a tag or the name of a typedef, and the path of a header.
fn check_spelling(layout: &ast::Layout, report: &mut Report) {
    if let Some(c) = layout.c_name.as_ref().filter(|c| !is_c_name(&c.text)) {
        let diagnostic = Diagnostic::error("E0311", c.span, "this is not the name of a C type");
        report.push(diagnostic.help("write `as \"struct NAME\"`, or the name of a typedef"));
    }
    if let Some(header) = &layout.header {
        let is_path = |b: u8| b.is_ascii_alphanumeric() || b"_-+./".contains(&b);
        if header.text.is_empty() || !header.text.bytes().all(is_path) {
            report.error("E0311", header.span, "this is not the path of a C header");
        }
    }
}

fn place(types: &Types<'_>, field: &ast::Field, is_union: bool, report: &mut Report) -> Option<Field> {
    let dir = field.dir.map(direction);
    let ty = types.resolve(&field.ty, dir, report);
    let offset = match field.offset {
        Some(offset) => match u32::try_from(offset.value) {
            Ok(value) => Some(value),
            Err(_) => {
                report.error("E0303", offset.span, "an offset is a number of bytes, not negative");
                None
            }
        },
        None if is_union => Some(0),
        None => {
            let diagnostic = Diagnostic::error("E0303", field.name.span, "a field without an offset");
            report.push(diagnostic.help("write where it lies: `@8 long tv_nsec;`"));
            None
        }
    };
    let (ty, offset) = (ty?, offset?);
    let Some(element) = types.size_align(&ty).map(|(size, _)| size).filter(|size| *size > 0) else {
        report.error("E0304", field.ty.span, format!("`{}` has no size", ty.text));
        return None;
    };
    let array = match field.array {
        None => None,
        Some(count) => match u32::try_from(count.value) {
            Ok(count) => Some(count),
            Err(_) => {
                report.error("E0304", count.span, "an array has 0 to 4294967295 elements");
                return None;
            }
        },
    };
    let size = u64::from(element) * u64::from(array.unwrap_or(1));
    let Ok(size) = u32::try_from(size) else {
        report.error("E0304", field.span, format!("the field has {size} bytes"));
        return None;
    };
    Some(Field {
        name: field.name.text.clone(),
        doc: field.doc.text.clone(),
        offset,
        size,
        ty,
        array,
        pointee: None,
    })
}

fn check_place(
    types: &Types<'_>,
    lowered: &Field,
    field: &ast::Field,
    size: u32,
    align: u32,
    report: &mut Report,
) {
    let end = u64::from(lowered.offset) + u64::from(lowered.size);
    if end > u64::from(size) {
        let message = format!("field `{}` ends at byte {end}, the struct at {size}", lowered.name);
        report.error("E0305", field.span, message);
    }
    // Packed structs have a smaller alignment than their fields.
    let wanted = types.size_align(&lowered.ty).map_or(1, |(_, a)| a).min(align).max(1);
    if !lowered.offset.is_multiple_of(wanted) {
        let message =
            format!("field `{}` at offset {} is not aligned to {wanted}", lowered.name, lowered.offset);
        report.error("E0306", field.span, message);
    }
}

/// Reports a field whose struct is a newer version than the struct that it is in: an older release would have to
/// lay that out otherwise.
fn check_age(
    types: &Types<'_>,
    lowered: &Field,
    field: &ast::Field,
    since: Option<Release>,
    report: &mut Report,
) {
    if let Some(inner) = types.version_since(&lowered.ty).filter(|inner| Some(*inner) > since) {
        let message = format!("`{}` holds since {inner} only, not as long as what it is in", lowered.ty.text);
        let diagnostic = Diagnostic::error("E0313", field.ty.span, message);
        report.push(diagnostic.help("name an older version: `stat@2_6`"));
    }
}

fn check_neighbours(placed: &[(Field, &ast::Field)], is_union: bool, report: &mut Report) {
    let end = |field: &Field| u64::from(field.offset) + u64::from(field.size);
    // What reaches furthest so far: a long field may overlap several short ones.
    let mut furthest: Option<&(Field, &ast::Field)> = None;
    for (i, next) in placed.iter().enumerate() {
        if let Some((before, at)) =
            furthest.filter(|(before, _)| !is_union && end(before) > u64::from(next.0.offset))
        {
            let message = format!("fields `{}` and `{}` overlap", before.name, next.0.name);
            let diagnostic =
                Diagnostic::error("E0307", next.1.span, message).related(at.span, "the other one");
            report.push(diagnostic.help("declare a union and use it as the type of one field"));
        }
        if next.0.array == Some(0) && !is_union && i + 1 < placed.len() {
            report.error(
                "E0308",
                next.1.span,
                format!("flexible array `{}` is not the last field", next.0.name),
            );
        }
        if furthest.is_none_or(|(before, _)| end(before) < end(&next.0)) {
            furthest = Some(next);
        }
    }
}

fn check_names(placed: &[(Field, &ast::Field)], report: &mut Report) {
    let mut seen: std::collections::HashMap<&str, Span> = std::collections::HashMap::new();
    for (field, written) in placed {
        if let Some(first) = seen.insert(&field.name, written.name.span) {
            let message = format!("field `{}` is declared twice", field.name);
            report.push(Diagnostic::error("E0309", written.name.span, message).related(first, "first here"));
        }
    }
}

/// Reports structs that contain themselves, or others too deeply. `names` are those of the declarations.
pub(super) fn check_nesting(defs: &[TypeDef], names: &[&Name], report: &mut Report) {
    #[derive(Clone, Copy)]
    enum State {
        New,
        Open,
        Done(usize),
    }
    let mut states = vec![State::New; defs.len()];
    for start in 0..defs.len() {
        // Each entry: a type, its inner types not yet visited, the depth found so far.
        let mut stack: Vec<(usize, Vec<usize>, usize)> = Vec::new();
        if matches!(states[start], State::New) {
            states[start] = State::Open;
            stack.push((start, inner_types(&defs[start]), 0));
        }
        while let Some((at, rest, depth)) = stack.last_mut() {
            let at = *at;
            let Some(next) = rest.pop() else {
                let done = *depth + 1;
                if done == MAX_DEPTH + 1 {
                    let message = format!("more than {MAX_DEPTH} structs inside each other");
                    report.error("E0310", names[at].span, message);
                }
                states[at] = State::Done(done);
                stack.pop();
                if let Some((_, _, outer)) = stack.last_mut() {
                    *outer = done.max(*outer);
                }
                continue;
            };
            match states[next] {
                State::New => {
                    states[next] = State::Open;
                    stack.push((next, inner_types(&defs[next]), 0));
                }
                State::Open => {
                    let message = format!("`{}` contains itself", defs[next].name);
                    report.push(Diagnostic::error("E0310", names[next].span, message).help("use a pointer"));
                }
                State::Done(inner) => *depth = inner.max(*depth),
            }
        }
    }
}

/// The declared types that lie inside a type.
fn inner_types(def: &TypeDef) -> Vec<usize> {
    let named = |shape: &Shape| match shape {
        Shape::Named(id) => Some(id.0 as usize),
        _ => None,
    };
    match &def.kind {
        TypeDefKind::Alias(ty) => named(&ty.shape).into_iter().collect(),
        TypeDefKind::Struct(layout) => {
            layout.fields.iter().filter_map(|field| named(&field.ty.shape)).collect()
        }
        TypeDefKind::Resource(_) | TypeDefKind::Flags(..) | TypeDefKind::Enum(..) => Vec::new(),
    }
}
