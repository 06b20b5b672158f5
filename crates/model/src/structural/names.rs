//! The names that the lines of a structural implementation may be about.

use std::collections::{BTreeSet, HashSet};

use super::Lookup;
use crate::{Shape, TypeDefKind, TypeId, TypeRef};

/// The fields and constants that a type leads to, itself and behind pointers.
pub(crate) fn names<'a>(lookup: &'a impl Lookup, ty: &'a TypeRef) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut open: Vec<TypeId> = named(lookup, ty).into_iter().collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        match &lookup.def(id).kind {
            TypeDefKind::Struct(layout) => {
                names.extend(layout.fields.iter().map(|field| field.name.as_str()));
                open.extend(layout.fields.iter().filter_map(|field| named(lookup, &field.ty)));
            }
            TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) => {
                names.extend(constants.iter().map(|constant| constant.name.as_str()));
            }
            TypeDefKind::Alias(_) | TypeDefKind::Resource(_) => {}
        }
    }
    names
}

/// The declared type that a type is, or points at.
fn named(lookup: &impl Lookup, ty: &TypeRef) -> Option<TypeId> {
    match &lookup.seen(ty).shape {
        Shape::Named(id) => Some(*id),
        Shape::Pointer(inner) => named(lookup, inner),
        _ => None,
    }
}
