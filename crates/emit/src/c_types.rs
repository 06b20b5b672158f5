//! The C spelling of the model's types in `libsys.h`, which may name no typedef of another header.
//!
//! Scalars are spelled by size (`unsigned long` for `u64` and `size_t`), strings and addresses as
//! pointers, structs by the tags that [`Tags`] gives out.

use crate::layout::{self, Names, ids};
use libsys_model::{Abi, Machine, Scalar, Shape, TypeDefKind, TypeId, TypeRef};
use std::collections::HashSet;

/// Tags that C libraries give to structs of another layout than the kernel's.
const DIFFERENT_IN_LIBC: [&str; 2] = ["sigaction", "termios"];

/// The C spelling of every struct of an ABI: `struct timespec`, `union sigval`.
pub(crate) struct Tags<'a> {
    abi: &'a Abi,
    tags: Vec<String>,
}

impl<'a> Tags<'a> {
    /// Gives every struct its own tag.
    ///
    /// It is the kernel headers' tag, so that their users can pass what they have; without the
    /// `__kernel_` by which those keep out of the C library's way, since the C library's struct is the
    /// same. What the kernel's headers know as a typedef only, or a C library lays out differently, is
    /// called `libsys_NAME`.
    pub(crate) fn new(abi: &'a Abi) -> Tags<'a> {
        let names = Names::new(abi);
        let mut taken = HashSet::new();
        let tags = ids(abi).zip(&abi.types).map(|(id, def)| {
            let TypeDefKind::Struct(layout) = &def.kind else { return String::new() };
            let word = if layout.is_union { "union" } else { "struct" };
            let name = names.of(id);
            let own = layout.c_name.strip_prefix(word).and_then(|rest| rest.strip_prefix(' '));
            let tag = match own {
                None => None,
                Some(_) if !names.is_newest(id) => Some(name),
                Some(tag) if tag.starts_with("__kernel_") => Some(name),
                Some(tag) => Some(tag),
            };
            let is_free = |tag: &&str| !DIFFERENT_IN_LIBC.contains(tag) && !taken.contains(*tag);
            // Words of C++ are no tags.
            let tag = tag.filter(|tag| is_free(tag) && field(tag) == *tag);
            let tag = tag.map_or_else(|| format!("libsys_{name}"), str::to_owned);
            format!("{word} {}", layout::unique(&mut taken, tag))
        });
        let tags = tags.collect();
        Tags { abi, tags }
    }

    /// The spelling of a struct or union.
    pub(crate) fn of(&self, id: TypeId) -> &str {
        self.tags.get(id.0 as usize).map_or("", String::as_str)
    }

    /// The declaration of `name` with a type; `name` may have the brackets of an array or a function.
    pub(crate) fn declare(&self, ty: &TypeRef, name: &str) -> String {
        let (mut ty, mut is_const) = (self.abi.resolve(ty), false);
        let mut declarator = name.to_owned();
        // From the inside out: each pointer stands before what it declares.
        while let Shape::Pointer(inner) = &ty.shape {
            declarator.insert_str(0, if is_const { "*const " } else { "*" });
            is_const = points_to_const(&ty.c);
            ty = self.abi.resolve(inner);
        }
        let quality = if is_const { "const " } else { "" };
        let base = |word: &str| format!("{quality}{word} {declarator}");
        match &ty.shape {
            Shape::Void | Shape::Pointer(_) => base("void"),
            Shape::Scalar(scalar) => base(written(&ty.c).unwrap_or(spelled(*scalar, self.abi.machine))),
            Shape::Named(id) => match self.abi.as_scalar(ty) {
                Some(scalar) => base(spelled(scalar, self.abi.machine)),
                None => base(self.of(*id)),
            },
            Shape::Address => format!("void *{quality}{declarator}"),
            // As in POSIX's execve: arrays of strings are declared for what programs have, `char **`.
            Shape::CString { .. } if is_const => format!("char *const {declarator}"),
            Shape::CString { .. } => format!("const char *{declarator}"),
            Shape::Function => format!("void (*{quality}{declarator})(void)"),
        }
    }
}

/// Whether what a pointer spelled like this points at is const.
pub(crate) fn points_to_const(c: &str) -> bool {
    let Some(behind) = c.strip_suffix('*').map(str::trim_end) else { return false };
    behind.ends_with("const") || behind.starts_with("const ") && !behind.contains('*')
}

/// A scalar's own spelling, where that is made of C's words only.
fn written(c: &str) -> Option<&str> {
    const WORDS: [&str; 6] = ["signed", "unsigned", "char", "short", "int", "long"];
    let c = c.strip_prefix("const ").unwrap_or(c);
    (!c.is_empty() && c.split(' ').all(|word| WORDS.contains(&word))).then_some(c)
}

fn spelled(scalar: Scalar, machine: Machine) -> &'static str {
    match (scalar.size, scalar.signed, machine) {
        (1, true, _) => "signed char",
        (1, false, _) => "unsigned char",
        (2, true, _) => "short",
        (2, false, _) => "unsigned short",
        (8, true, Machine::X86_64) => "long",
        (8, false, Machine::X86_64) => "unsigned long",
        (8, true, Machine::I386) => "long long",
        (8, false, Machine::I386) => "unsigned long long",
        (_, true, _) => "int",
        (_, false, _) => "unsigned int",
    }
}

/// The name of a parameter: reserved to implementations, so that no program's macro changes it.
pub(crate) fn parameter(name: &str) -> String {
    /// Words that compilers take for their own with two underscores before them.
    const TAKEN: [&str; 24] = [
        "alignof",
        "asm",
        "attribute",
        "bases",
        "complex",
        "const",
        "decltype",
        "extension",
        "float128",
        "func",
        "imag",
        "inline",
        "int128",
        "label",
        "linux",
        "null",
        "real",
        "restrict",
        "signed",
        "thread",
        "typeof",
        "unix",
        "unused",
        "volatile",
    ];
    let behind = if TAKEN.contains(&name) { "_" } else { "" };
    format!("__{name}{behind}")
}

/// The name of a field: its own, but for words of C and C++ and for macros that compilers define.
pub(crate) fn field(name: &str) -> String {
    const TAKEN: [&str; 76] = [
        "alignas",
        "alignof",
        "and",
        "asm",
        "auto",
        "bool",
        "break",
        "case",
        "catch",
        "char",
        "class",
        "compl",
        "concept",
        "const",
        "constexpr",
        "continue",
        "decltype",
        "default",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "explicit",
        "export",
        "extern",
        "false",
        "float",
        "for",
        "friend",
        "goto",
        "if",
        "inline",
        "int",
        "linux",
        "long",
        "mutable",
        "namespace",
        "new",
        "noexcept",
        "not",
        "nullptr",
        "operator",
        "or",
        "private",
        "protected",
        "public",
        "register",
        "requires",
        "restrict",
        "return",
        "short",
        "signed",
        "sizeof",
        "static",
        "struct",
        "switch",
        "template",
        "this",
        "throw",
        "true",
        "try",
        "typedef",
        "typeid",
        "typename",
        "typeof",
        "union",
        "unix",
        "unsigned",
        "using",
        "virtual",
        "void",
        "volatile",
        "wchar_t",
        "while",
        "xor",
    ];
    let behind = if TAKEN.contains(&name) { "_" } else { "" };
    format!("{name}{behind}")
}

/// A constant as C reads it, also in `#if`: hexadecimal for flags and large values.
pub(crate) fn number(value: i128, is_flags: bool) -> String {
    const INT_MAX: i128 = i32::MAX as i128;
    const UINT_MAX: i128 = u32::MAX as i128;
    const LONG_MAX: i128 = i64::MAX as i128;
    match value {
        i128::MIN..0 if value < -LONG_MAX => format!("(-{LONG_MAX}L - 1)"),
        i128::MIN..0 if value < -INT_MAX => format!("({value}L)"),
        i128::MIN..0 => format!("({value})"),
        0..1000 if !is_flags => format!("{value}"),
        0..=UINT_MAX => format!("{value:#x}"),
        _ if value <= LONG_MAX => format!("{value:#x}L"),
        _ => format!("{value:#x}UL"),
    }
}
