//! The types that a call reaches on both sides, walked in step.

use std::collections::HashSet;

use super::Change;
use crate::{Abi, Call, Constant, Field, Scalar, Shape, Struct, TypeDefKind, TypeId, TypeRef};

/// A difference between the fields of two layouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// Only the new layout has it.
    Added {
        /// Its name.
        name: String,
        /// Where it lies.
        offset: u32,
    },
    /// Only the old layout has it.
    Removed {
        /// Its name.
        name: String,
        /// Where it lay.
        offset: u32,
    },
    /// It lies somewhere else.
    Moved {
        /// Its name.
        name: String,
        /// Where it lay.
        old: u32,
        /// Where it lies.
        new: u32,
    },
    /// It has another size or another type.
    Retyped {
        /// Its name.
        name: String,
        /// The old type, with the elements of an array.
        old: String,
        /// The new type.
        new: String,
    },
}

/// A difference between the constants of two flag sets or enums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConstantChange {
    /// Only the new side has it.
    Added(String),
    /// Only the old side has it.
    Removed(String),
    /// It has another value.
    Changed {
        /// Its name.
        name: String,
        /// The old value.
        old: i128,
        /// The new value.
        new: i128,
    },
}

/// A walk through the types of two calls; differences behind pointers are collected, each type's once.
pub(super) struct Walk<'a> {
    old: &'a Abi,
    new: &'a Abi,
    pub(super) changes: Vec<Change>,
    /// Pairs of types that were already compared.
    seen: HashSet<(TypeId, TypeId)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Abi, new: &'a Abi) -> Walk<'a> {
        Walk { old, new, changes: Vec::new(), seen: HashSet::new() }
    }

    /// Whether both take and return the same kinds of things.
    pub(super) fn functions(&mut self, a: &'a Call, b: &'a Call) -> bool {
        let mut same = a.params.len() == b.params.len();
        same &= self.same(&a.ret, &b.ret);
        for (p, q) in a.params.iter().zip(&b.params) {
            same &= self.same(&p.ty, &q.ty);
            same &= self.is_loose() || p.pointee == q.pointee;
        }
        same
    }

    /// Whether a side is a file of 2005, which says nothing of what lies behind pointers; what is not said
    /// does not differ.
    fn is_loose(&self) -> bool {
        self.old.is_base || self.new.is_base
    }

    /// Whether two types are passed in the same way. Layouts and constants that they lead to are compared on
    /// the way and make no difference here.
    fn same(&mut self, a: &'a TypeRef, b: &'a TypeRef) -> bool {
        let (a, b) = (self.old.resolve(a), self.new.resolve(b));
        if let (Some(x), Some(y)) = (self.old.as_scalar(a), self.new.as_scalar(b)) {
            self.constants(a, b);
            return x == y;
        }
        if let (Some((i, x)), Some((j, y))) = (self.old.as_struct(a), self.new.as_struct(b)) {
            self.layouts((i, x), (j, y));
            return true;
        }
        match (&a.shape, &b.shape) {
            (Shape::Pointer(x), Shape::Pointer(y)) => self.same(x, y) || self.is_loose(),
            // Strings are pointers to characters, and any address is one to something.
            (Shape::CString { .. } | Shape::Address, Shape::CString { .. } | Shape::Address) => true,
            (Shape::CString { .. }, Shape::Pointer(x)) => is_byte_or_void(self.new, x),
            (Shape::Pointer(x), Shape::CString { .. }) => is_byte_or_void(self.old, x),
            (x, y) => x == y,
        }
    }

    fn constants(&mut self, a: &'a TypeRef, b: &'a TypeRef) {
        let (Shape::Named(i), Shape::Named(j)) = (&a.shape, &b.shape) else { return };
        let (Some(x), Some(y)) = (constants_of(self.old, *i), constants_of(self.new, *j)) else { return };
        if !self.seen.insert((*i, *j)) {
            return;
        }
        let constants = compare_constants(x, y);
        if !constants.is_empty() {
            self.changes.push(Change::Constants { name: self.new.ty(*j).name.clone(), constants });
        }
    }

    fn layouts(&mut self, (i, a): (TypeId, &'a Struct), (j, b): (TypeId, &'a Struct)) {
        if !self.seen.insert((i, j)) {
            return;
        }
        let place = self.changes.len();
        let mut fields = Vec::new();
        for field in &b.fields {
            match a.fields.iter().find(|other| other.name == field.name) {
                Some(other) => fields.extend(self.field(other, field)),
                None => {
                    fields.push(FieldChange::Added { name: field.name.clone(), offset: field.offset });
                }
            }
        }
        let gone = a.fields.iter().filter(|field| b.fields.iter().all(|other| other.name != field.name));
        fields.extend(gone.map(|f| FieldChange::Removed { name: f.name.clone(), offset: f.offset }));
        if !fields.is_empty() || (a.size, a.is_union) != (b.size, b.is_union) {
            let name = self.new.ty(j).name.clone();
            // Before what was found inside it.
            self.changes.insert(place, Change::Layout { name, size: (a.size, b.size), fields });
        }
    }

    fn field(&mut self, a: &'a Field, b: &'a Field) -> Option<FieldChange> {
        let same = self.same(&a.ty, &b.ty);
        let name = b.name.clone();
        if !same || a.size != b.size || a.array != b.array {
            return Some(FieldChange::Retyped { name, old: field_type(a), new: field_type(b) });
        }
        (a.offset != b.offset).then_some(FieldChange::Moved { name, old: a.offset, new: b.offset })
    }
}

fn field_type(field: &Field) -> String {
    match field.array {
        None => field.ty.text.clone(),
        Some(0) => format!("{}[]", field.ty.text),
        Some(n) => format!("{}[{n}]", field.ty.text),
    }
}

fn constants_of(abi: &Abi, id: TypeId) -> Option<&[Constant]> {
    match &abi.ty(id).kind {
        TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) => Some(constants),
        _ => None,
    }
}

fn compare_constants(old: &[Constant], new: &[Constant]) -> Vec<ConstantChange> {
    let mut changes = Vec::new();
    for constant in new {
        match old.iter().find(|other| other.name == constant.name) {
            None => changes.push(ConstantChange::Added(constant.name.clone())),
            Some(other) if other.value != constant.value => changes.push(ConstantChange::Changed {
                name: constant.name.clone(),
                old: other.value,
                new: constant.value,
            }),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|constant| new.iter().all(|other| other.name != constant.name));
    changes.extend(gone.map(|constant| ConstantChange::Removed(constant.name.clone())));
    changes
}

fn is_byte_or_void(abi: &Abi, ty: &TypeRef) -> bool {
    let ty = abi.resolve(ty);
    ty.shape == Shape::Void || matches!(abi.as_scalar(ty), Some(Scalar { size: 1, .. }))
}
