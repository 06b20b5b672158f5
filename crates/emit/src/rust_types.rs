//! The Rust spelling of the model's types: aliases and structs by their own names, C's words as
//! `core::ffi` has them.

use crate::c_types::points_to_const;
use crate::layout::{self, Names, ids};
use libsys_model::{Abi, Scalar, Shape, TypeId, TypeRef};
use std::collections::HashSet;

/// Names that a declared type cannot have beside what the bindings themselves use.
const TAKEN: [&str; 36] = [
    "abi",
    "bool",
    "c",
    "c_char",
    "c_int",
    "c_long",
    "c_longlong",
    "c_schar",
    "c_short",
    "c_uchar",
    "c_uint",
    "c_ulong",
    "c_ulonglong",
    "c_ushort",
    "c_void",
    "char",
    "errno",
    "f128",
    "f16",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "nr",
    "raw",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
];

/// How the types of an ABI are spelled.
pub(crate) struct Types<'a> {
    abi: &'a Abi,
    names: Vec<String>,
    has_union: Vec<bool>,
}

impl<'a> Types<'a> {
    /// Names the types of an ABI.
    pub(crate) fn new(abi: &'a Abi) -> Types<'a> {
        let names = Names::new(abi);
        let mut taken: HashSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        let names = ids(abi).map(|id| layout::unique(&mut taken, identifier(names.of(id))));
        let mut types = Types { abi, names: names.collect(), has_union: vec![false; abi.types.len()] };
        for (id, layout) in layout::structs_in_order(abi) {
            let mut inner = layout.fields.iter().filter_map(|field| abi.as_struct(&field.ty));
            types.has_union[id.0 as usize] = layout.is_union || inner.any(|(id, _)| types.has_union(id));
        }
        types
    }

    /// The name of a type.
    pub(crate) fn name(&self, id: TypeId) -> &str {
        self.names.get(id.0 as usize).map_or("c_void", String::as_str)
    }

    /// Whether a struct is or holds a union, which nobody can print.
    pub(crate) fn has_union(&self, id: TypeId) -> bool {
        self.has_union.get(id.0 as usize) == Some(&true)
    }

    /// Whether a type is `void`.
    pub(crate) fn is_void(&self, ty: &TypeRef) -> bool {
        self.abi.resolve(ty).shape == Shape::Void
    }

    /// A type that was not spelled by anyone but its size.
    pub(crate) fn scalar(&self, scalar: Scalar) -> &'static str {
        match (scalar.size, scalar.signed) {
            (1, true) => "i8",
            (1, false) => "u8",
            (2, true) => "i16",
            (2, false) => "u16",
            (4, true) => "c_int",
            (4, false) => "c_uint",
            (_, true) => "i64",
            (_, false) => "u64",
        }
    }

    /// The spelling of a type.
    pub(crate) fn spell(&self, ty: &TypeRef) -> String {
        match &ty.shape {
            Shape::Void => "c_void".to_owned(),
            Shape::Scalar(scalar) => word(&ty.text).unwrap_or(self.scalar(*scalar)).to_owned(),
            Shape::Named(id) => self.name(*id).to_owned(),
            Shape::Address => "*mut c_void".to_owned(),
            Shape::CString { .. } => "*const c_char".to_owned(),
            Shape::Function => "::core::option::Option<unsafe extern \"C\" fn()>".to_owned(),
            Shape::Pointer(inner) => {
                let quality = if points_to_const(&ty.c) { "const" } else { "mut" };
                format!("*{quality} {}", self.spell(inner))
            }
        }
    }
}

/// A word of the language, or words of C in their usual order, that Rust has.
fn word(text: &str) -> Option<&'static str> {
    Some(match text.strip_prefix("const ").unwrap_or(text) {
        "i8" => "i8",
        "u8" => "u8",
        "i16" => "i16",
        "u16" => "u16",
        "i32" => "i32",
        "u32" => "u32",
        "i64" => "i64",
        "u64" => "u64",
        "size_t" | "uintptr" => "usize",
        "ssize_t" | "intptr" => "isize",
        "char" => "c_char",
        "signed char" => "c_schar",
        "unsigned char" => "c_uchar",
        "short" => "c_short",
        "unsigned short" => "c_ushort",
        "int" => "c_int",
        "unsigned int" | "unsigned" => "c_uint",
        "long" => "c_long",
        "unsigned long" => "c_ulong",
        "long long" => "c_longlong",
        "unsigned long long" => "c_ulonglong",
        _ => return None,
    })
}

/// A name as Rust takes it: keywords are written raw, or where that is not allowed with `_` behind them.
pub(crate) fn identifier(name: &str) -> String {
    const KEYWORDS: [&str; 49] = [
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
        "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
        "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static",
        "struct", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual",
        "where", "while", "yield",
    ];
    match name {
        "crate" | "self" | "super" | "Self" | "_" => format!("{name}_"),
        _ if KEYWORDS.binary_search(&name).is_ok() => format!("r#{name}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_raw() {
        assert_eq!(identifier("type"), "r#type");
        assert_eq!(identifier("abstract"), "r#abstract");
        assert_eq!(identifier("yield"), "r#yield");
        assert_eq!(identifier("self"), "self_");
        assert_eq!(identifier("fd"), "fd");
    }
}
