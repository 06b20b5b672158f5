//! The Rust bindings: a text that `crates/libsys` includes as one of its modules.
//!
//! In it lie the modules `raw` and `c` with the entries of every call and service, `nr` with their
//! numbers, `errno`, `abi`; and beside them the types, structs laid out as the model says, and constants.
//! It needs nothing but `core`, names it by absolute paths, and so compiles wherever it is included.

use crate::doc;
use crate::layout::{self, Layouts, Member, Plan};
use crate::prose;
use crate::rust_types::{Types, identifier};
use libsys_model::{Abi, Call, Constant, Field, Returns, Scalar, Struct, TypeDefKind, TypeId, errno};
use std::fmt::Write;

/// The whole text.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    let (types, layouts) = (Types::new(abi), Layouts::new(abi));
    let mut out = String::with_capacity(1 << 20);
    let _ = writeln!(
        out,
        "// The system calls of {}, release {}. Generated; do not edit.\n",
        abi.name, abi.release
    );
    out.push_str(IMPORTS);
    about(abi, &mut out);
    for (id, def) in layout::ids(abi).zip(&abi.types) {
        let name = types.name(id);
        out.push('\n');
        if def.doc.is_empty() {
            let _ = writeln!(out, "/// `{}` of the ABI.", def.name);
        }
        document(&def.doc, "", &mut out);
        match &def.kind {
            TypeDefKind::Alias(ty) => {
                let _ = writeln!(out, "pub type {name} = {};", types.spell(ty));
            }
            TypeDefKind::Resource(scalar) | TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
                let _ = writeln!(out, "pub type {name} = {};", types.scalar(*scalar));
            }
            TypeDefKind::Struct(layout) => structure(&types, id, layout, &layouts.plan(layout), &mut out),
        }
    }
    for (id, scalar, constants) in layout::constants(abi) {
        out.push('\n');
        let is_flags = matches!(abi.ty(id).kind, TypeDefKind::Flags(..));
        for constant in constants {
            self::constant(types.name(id), scalar, constant, is_flags, &mut out);
        }
    }
    numbers(abi, &mut out);
    entries(abi, &types, Entry::Raw, &mut out);
    entries(abi, &types, Entry::C, &mut out);
    out
}

const IMPORTS: &str = "\
#[allow(unused_imports)]
use ::core::ffi::{
    c_char, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong, c_ulonglong, c_ushort, c_void,
};
";

fn about(abi: &Abi, out: &mut String) {
    let (name, release, packed) = (&abi.name, abi.release, abi.release.packed());
    let _ = write!(
        out,
        "
/// The ABI that these bindings are for.
pub mod abi {{
    /// Its name.
    pub const NAME: &str = {name:?};
    /// Its release.
    pub const RELEASE_NAME: &str = \"{release}\";
    /// Its release as a number that compares as releases do: `major << 16 | minor << 8 | patch`.
    pub const RELEASE: u32 = {packed:#x};
}}
"
    );
}

fn structure(types: &Types<'_>, id: TypeId, layout: &Struct, plan: &Plan<'_>, out: &mut String) {
    let name = types.name(id);
    let word = if layout.is_union { "union" } else { "struct" };
    let debug = if types.has_union(id) { "" } else { ", Debug" };
    let _ = writeln!(out, "#[derive(Clone, Copy{debug})]\n{}", representation(layout, plan));
    let _ = writeln!(out, "pub {word} {name} {{");
    for member in &plan.members {
        match member {
            Member::Padding { name, size } => {
                let _ = writeln!(out, "    /// Not used; zero.\n    pub {name}: [u8; {size}],");
            }
            Member::Field(field) | Member::Bytes(field) => {
                if field.doc.is_empty() {
                    let _ = writeln!(out, "    /// At offset {}.", field.offset);
                }
                document(&field.doc, "    ", out);
                if layout.is_union && field.offset > 0 {
                    let _ = writeln!(
                        out,
                        "    ///\n    /// These bytes; the {} before are not part of it.",
                        field.offset
                    );
                }
                let ty = member_type(types, layout, member, field);
                let _ = writeln!(out, "    pub {}: {ty},", identifier(&field.name));
            }
        }
    }
    let _ = write!(
        out,
        "}}\n
impl {name} {{
    /// All bytes zero.
    pub const ZEROED: Self =
        // SAFETY: integers, null pointers and no function are zero bytes, and so are arrays and structs of them.
        unsafe {{ ::core::mem::zeroed() }};
}}\n
const _: () = {{
    assert!(::core::mem::size_of::<{name}>() == {} && ::core::mem::align_of::<{name}>() == {});\n",
        layout.size, layout.align
    );
    for member in &plan.members {
        let (Member::Field(field) | Member::Bytes(field)) = member else { continue };
        let offset = if layout.is_union { 0 } else { field.offset };
        let field = identifier(&field.name);
        let _ = writeln!(out, "    assert!(::core::mem::offset_of!({name}, {field}) == {offset});");
    }
    out.push_str("};\n");
}

fn representation(layout: &Struct, plan: &Plan<'_>) -> String {
    match (plan.packed, plan.aligned, layout.align) {
        (true, _, 1) => "#[repr(C, packed)]".to_owned(),
        (true, _, align) => format!("#[repr(C, packed({align}))]"),
        (false, true, align) => format!("#[repr(C, align({align}))]"),
        (false, false, _) => "#[repr(C)]".to_owned(),
    }
}

fn member_type(types: &Types<'_>, layout: &Struct, member: &Member<'_>, field: &Field) -> String {
    // A field of a union that does not begin where the union does is written with the bytes before it.
    if layout.is_union && field.offset > 0 {
        return format!("[u8; {}]", field.offset.saturating_add(field.size));
    }
    if matches!(member, Member::Bytes(_)) {
        return format!("[u8; {}]", field.size);
    }
    let element = types.spell(&field.ty);
    field.array.map_or_else(|| element.clone(), |count| format!("[{element}; {count}]"))
}

fn constant(ty: &str, scalar: Scalar, constant: &Constant, is_flags: bool, out: &mut String) {
    if constant.doc.is_empty() {
        let _ = writeln!(out, "/// One of [`{ty}`].");
    }
    document(&constant.doc, "", out);
    if let Some(since) = constant.since {
        let _ = writeln!(out, "///\n/// Since {since}.");
    }
    let bits = scalar.size.min(8) * 8;
    let unsigned = constant.value & ((1 << bits) - 1);
    let name = identifier(&constant.name);
    let _ = write!(out, "pub const {name}: {ty} = ");
    let _ = match constant.value {
        value if scalar.signed && value < 0 => writeln!(out, "{value};"),
        _ if scalar.signed && unsigned >> (bits - 1) != 0 => writeln!(out, "{unsigned:#x}_u{bits} as {ty};"),
        0..1000 if !is_flags => writeln!(out, "{unsigned};"),
        _ => writeln!(out, "{unsigned:#x};"),
    };
}

fn numbers(abi: &Abi, out: &mut String) {
    out.push_str("\n/// The numbers of calls and services; also the indices of their slots.\npub mod nr {\n");
    for call in layout::calls(abi) {
        let _ = writeln!(out, "    /// {}.", plain(prose::summary(call)));
        let _ = writeln!(out, "    pub const {}: u32 = {};", identifier(&call.name), call.nr.0);
    }
    out.push_str("}\n\n/// Error numbers.\npub mod errno {\n");
    for name in errno::names() {
        let number = errno::number(name).unwrap_or_default();
        let _ = writeln!(out, "    /// Error {number}.\n    pub const {name}: u16 = {number};");
    }
    out.push_str("}\n");
}

/// The two functions of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Raw,
    C,
}

fn entries(abi: &Abi, types: &Types<'_>, entry: Entry, out: &mut String) {
    out.push('\n');
    out.push_str(match entry {
        Entry::Raw => RAW_HEAD,
        Entry::C => C_HEAD,
    });
    out.push_str(ENTRIES_HEAD);
    // The table of a 2005 file has one entry a slot.
    let calls = layout::calls(abi).filter(|_| !(abi.is_base && entry == Entry::Raw));
    let calls = calls.filter(|call| entry == Entry::Raw || call.returns != Returns::Frame);
    for (i, call) in calls.enumerate() {
        if i > 0 {
            out.push('\n');
        }
        function(abi, types, entry, call, out);
    }
    out.push_str("    }\n}\n");
}

const RAW_HEAD: &str = "\
/// The raw entries: each returns the result, or -errno (-4095 to -1), and touches no thread-local storage.
pub mod raw {
";

const C_HEAD: &str = "\
/// The C entries: each returns the result; on failure it stores errno and returns -1.
pub mod c {
";

const ENTRIES_HEAD: &str = "    #[allow(unused_imports)]
    use super::*;

    unsafe extern \"C\" {
";

fn function(abi: &Abi, types: &Types<'_>, entry: Entry, call: &Call, out: &mut String) {
    let indent = "        ";
    let text = if call.doc.is_empty() { &call.summary } else { &call.doc };
    if !text.is_empty() {
        document(text, indent, out);
        let _ = writeln!(out, "{indent}///");
    }
    let _ = writeln!(
        out,
        "{indent}/// ```text\n{indent}/// {}\n{indent}/// ```\n{indent}///",
        call.signature_text()
    );
    if parameters(abi, call, indent, out) {
        let _ = writeln!(out, "{indent}///");
    }
    doc::fill(&plain(&doc::facts(call)), &format!("{indent}/// "), 110, out);
    if call.returns == Returns::Twice {
        let _ = writeln!(
            out,
            "{indent}///\n{indent}/// Rust cannot say that a function returns twice: only call it where both returns leave"
        );
        let _ =
            writeln!(out, "{indent}/// the caller's frame alone, as `fork` does, never with a shared stack.");
    }
    let prefix = match (abi.is_base, entry) {
        (true, _) => "__syscall_",
        (false, Entry::Raw) => "__sys_raw_",
        (false, Entry::C) => "__sys_",
    };
    let name = identifier(&call.name);
    let _ = write!(out, "{indent}#[link_name = \"{prefix}{}\"]\n{indent}pub fn {name}(", call.name);
    if call.returns == Returns::Frame {
        out.push_str(");\n");
        return;
    }
    for (i, param) in call.params.iter().enumerate() {
        let gap = if i == 0 { "" } else { ", " };
        let _ = write!(out, "{gap}{}: {}", identifier(&param.name), types.spell(&param.ty));
    }
    let ret = types.spell(&call.ret);
    let _ = match (call.returns, entry) {
        (Returns::Never, _) => writeln!(out, ") -> !;"),
        (_, Entry::Raw) => writeln!(out, ") -> isize;"),
        (_, Entry::C) if types.is_void(&call.ret) => writeln!(out, ");"),
        (_, Entry::C) => writeln!(out, ") -> {ret};"),
    };
}

/// What the parameters carry, as a list, and whether there was something to say.
fn parameters(abi: &Abi, call: &Call, indent: &str, out: &mut String) -> bool {
    let mut any = false;
    for param in &call.params {
        let text = prose::parameter(abi, call, param);
        if !text.is_empty() {
            let _ = writeln!(out, "{indent}/// - `{}`: {}.", param.name, plain(&text));
            any = true;
        }
    }
    any
}

/// Documentation as doc comments.
fn document(doc: &str, indent: &str, out: &mut String) {
    for line in doc.lines() {
        let line = line.trim_end();
        let gap = if line.is_empty() { "" } else { " " };
        for part in [indent, "///", gap, &*plain(line), "\n"] {
            out.push_str(part);
        }
    }
}

/// Text in which rustdoc finds no links and no HTML that nobody meant: outside of backticks, brackets and
/// angle brackets are escaped.
fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['[', ']', '<', '>']) {
        return text.into();
    }
    let (mut out, mut is_code) = (String::with_capacity(text.len() + 8), false);
    for c in text.chars() {
        match c {
            '`' => is_code = !is_code,
            '[' | ']' | '<' | '>' if !is_code => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    out.into()
}
