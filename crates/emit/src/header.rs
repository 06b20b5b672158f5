//! The C header `libsys.h`: prototypes of both entries of every call and service, numbers, and on demand
//! the structs and constants.
//!
//! What it declares by default collides with no other header: functions `__sys_…`, macros `LIBSYS_…`, and
//! incomplete structs. The head comment of the header, below, tells its users the rules; the tests
//! compile it beside the headers of the C library and the kernel in all orders. Types are spelled by
//! size, not by typedef, so that the header needs no other.

use crate::c_types::{self, Tags};
use crate::doc;
use crate::layout::{self, Layouts, Member, Plan};
use libsys_image::{
    DATA_OFFSET, DATA_SIZE, ENTER_OFFSET, ENTRY_SIZE, RAW_ENTRY, SECTION_ALIGN, SECTION_SIZE, SERVICE_BASE,
    SLOT_SIZE, SLOTS,
};
use libsys_model::{Abi, Call, Cancel, Field, Release, Returns, Shape, Struct, TypeDefKind, TypeRef, errno};
use std::borrow::Cow;
use std::fmt::Write;

/// The whole header.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    let tags = Tags::new(abi);
    let mut out = String::with_capacity(1 << 20);
    head(abi, &mut out);
    numbers(abi, &mut out);
    calls(abi, &tags, &mut out);
    out.push_str("\n#ifdef __cplusplus\n}\n#endif\n\n#endif /* LIBSYS_H */\n");
    structs(abi, &tags, &mut out);
    constants(abi, &mut out);
    out
}

/// What the functions are.
const ENTRIES: &str = "\
 * Every call NAME is two functions:
 *
 *     __sys_NAME       the C entry: returns the result; on failure stores errno and returns -1
 *     __sys_raw_NAME   the raw entry: returns the result or -errno, which LIBSYS_IS_ERROR tells
 *                      apart; touches no thread-local storage
 *
 * They come from libsys.a, or libsys_text.a, and are hidden: each executable and shared object links
 * its own.";

/// The same for a file of 2005.
const BASE_ENTRIES: &str = "\
 * Every call NAME is a function `__syscall_NAME` at the slot of its number. They come from the
 * section that the program reserves, and are hidden.";

/// What goes for all headers; above stands what the functions are.
const RULES: &str = " The comment of a call shows what its pointers mean: the kernel reads what is
 * `in`, writes what is `out`; what is `opt` may be null; `[count]` elements or `[bytes count]` bytes
 * lie there.
 *
 * The header needs no other one, and goes with any other, before or after it. By itself it declares
 * functions `__sys...`, macros `LIBSYS_...`, and structs without their contents. These are the
 * structs of the C library and of the kernel's headers. Where a C library's struct of that name is
 * laid out differently, or has no tag, the prototypes say `struct libsys_NAME`, so that a compiler
 * refuses what the kernel would misread.
 *
 *     #define LIBSYS_STRUCTS      also the contents of all structs: for programs that include no
 *                                 other header that has them
 *     #define LIBSYS_CONSTANTS    also the constants of all flags, enums and errno, as macros, but for
 *                                 those that are macros already: include libsys.h last
 *
 * Both also work when the header is included again. For C99, C++98 and later, with GCC or Clang.
 */
";

/// Attributes and helpers that every program gets.
const MACROS: &str = r#"
/* The form in which releases compare: LIBSYS_RELEASE >= LIBSYS_RELEASE_OF(6, 1, 0). */
#define LIBSYS_RELEASE_OF(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/* Whether the result of a raw entry is an error; its number is then -(result). */
#define LIBSYS_IS_ERROR(result) ((unsigned long)(result) > -4096UL)

#define LIBSYS_HIDDEN __attribute__((__visibility__("hidden")))
/* Not for cancellation points: a C library may unwind out of them. */
#define LIBSYS_NOTHROW __attribute__((__nothrow__))
#define LIBSYS_NORETURN __attribute__((__noreturn__))
#define LIBSYS_TWICE __attribute__((__returns_twice__))
"#;

/// Helpers of the structs.
const ASSERTIONS: &str = r#"
/* The length of an array that ends a struct with as many elements as there are. C++ has no such arrays. */
#ifdef __cplusplus
#define LIBSYS_FLEXIBLE 0
#else
#define LIBSYS_FLEXIBLE
#endif

#if defined __cplusplus && __cplusplus >= 201103L
#define LIBSYS_ASSERT(condition, text) static_assert(condition, text)
#elif !defined __cplusplus && __STDC_VERSION__ >= 201112L
#define LIBSYS_ASSERT(condition, text) _Static_assert(condition, text)
#else
#define LIBSYS_ASSERT(condition, text) extern char __libsys_assert[(condition) ? 1 : -1]
#endif
#define LIBSYS_LAYOUT(type, size, align) \
	LIBSYS_ASSERT(sizeof(type) == size && __alignof__(type) == align, "layout of " #type)
#define LIBSYS_OFFSET(type, field, offset) \
	LIBSYS_ASSERT(__builtin_offsetof(type, field) == offset, "offset of " #field " in " #type)
"#;

fn head(abi: &Abi, out: &mut String) {
    let (name, release) = (&abi.name, abi.release);
    let entries = if abi.is_base { BASE_ENTRIES } else { ENTRIES };
    let _ = writeln!(out, "/* libsys.h: the system calls of {name}, release {release}, as functions.");
    let _ = write!(out, " * Generated; do not edit.\n *\n{entries}{RULES}");
    out.push_str("#ifndef LIBSYS_H\n#define LIBSYS_H\n\n");
    let Release { major, minor, patch } = abi.release;
    let _ = writeln!(out, "#define LIBSYS_ABI \"{}\"", abi.name);
    let _ = writeln!(out, "#define LIBSYS_RELEASE_NAME \"{}\"", abi.release);
    let _ = writeln!(out, "#define LIBSYS_RELEASE LIBSYS_RELEASE_OF({major}, {minor}, {patch})");
    out.push_str(MACROS);
    out.push_str("\n/* Where things lie in the section: bytes, or a number of slots. */\n");
    let geometry = [
        ("SLOT_SIZE", SLOT_SIZE),
        ("SLOTS", SLOTS),
        ("SERVICE_BASE", SERVICE_BASE),
        ("RAW_ENTRY", RAW_ENTRY),
        ("ENTRY_SIZE", ENTRY_SIZE),
        ("ENTER_OFFSET", ENTER_OFFSET),
        ("DATA_OFFSET", DATA_OFFSET),
        ("DATA_SIZE", DATA_SIZE),
        ("SECTION_SIZE", SECTION_SIZE),
        ("SECTION_ALIGN", SECTION_ALIGN),
    ];
    // A table of 2005 has slots of one entry and nothing else.
    let geometry = if abi.is_base { &geometry[..1] } else { &geometry[..] };
    for (name, value) in geometry {
        let _ = writeln!(out, "#define LIBSYS_{name} {value}");
    }
}

fn numbers(abi: &Abi, out: &mut String) {
    out.push_str("\n/* Numbers: the slot of a call begins at LIBSYS_SLOT_SIZE times its number. */\n");
    for call in layout::calls(abi) {
        let _ = writeln!(out, "#define LIBSYS_NR_{} {}", call.name, call.nr.0);
    }
}

fn calls(abi: &Abi, tags: &Tags<'_>, out: &mut String) {
    out.push_str("\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    for (id, used) in layout::ids(abi).zip(named(abi)) {
        if used {
            let _ = writeln!(out, "{};", tags.of(id));
        }
    }
    for call in layout::calls(abi) {
        comment(call, out);
        prototypes(abi, tags, call, out);
    }
}

/// For each type, whether a prototype has a pointer to it and it is a struct, which must be declared
/// before: inside a prototype its tag would be known to nobody else.
fn named(abi: &Abi) -> Vec<bool> {
    let mut named = vec![false; abi.types.len()];
    for call in abi.calls.iter().chain(&abi.services) {
        for ty in call.params.iter().map(|param| &param.ty).chain([&call.ret]) {
            if let Some((id, _)) = abi.as_struct(behind(abi, ty)) {
                named[id.0 as usize] = true;
            }
        }
    }
    named
}

/// What a type is when all pointers are followed.
fn behind<'a>(abi: &'a Abi, ty: &'a TypeRef) -> &'a TypeRef {
    let mut ty = abi.resolve(ty);
    while let Shape::Pointer(inner) = &ty.shape {
        ty = abi.resolve(inner);
    }
    ty
}

fn prototypes(abi: &Abi, tags: &Tags<'_>, call: &Call, out: &mut String) {
    let mut params = String::new();
    for (i, param) in call.params.iter().enumerate() {
        params.push_str(if i == 0 { "" } else { ", " });
        params.push_str(&tags.declare(&param.ty, &c_types::parameter(&param.name)));
    }
    let params = if params.is_empty() { "void" } else { &params };
    let mut attributes = String::from("LIBSYS_HIDDEN ");
    if call.cancel == Cancel::No {
        attributes.push_str("LIBSYS_NOTHROW ");
    }
    match call.returns {
        Returns::Once | Returns::Frame => {}
        Returns::Twice => attributes.push_str("LIBSYS_TWICE "),
        Returns::Never => attributes.push_str("LIBSYS_NORETURN "),
    }
    let name = &call.name;
    if call.returns == Returns::Frame {
        let _ = writeln!(out, "{attributes}void __sys_raw_{name}(void);");
        return;
    }
    let (prefix, ret) = (if abi.is_base { "__syscall_" } else { "__sys_" }, &call.ret);
    let function = format!("{prefix}{name}({params})");
    if call.returns == Returns::Never {
        let _ = writeln!(out, "{attributes}void {function};");
        let _ = writeln!(out, "{attributes}void __sys_raw_{name}({params});");
        return;
    }
    let _ = writeln!(out, "{attributes}{};", tags.declare(ret, &function));
    if !abi.is_base {
        let _ = writeln!(out, "{attributes}long __sys_raw_{name}({params});");
    }
}

fn comment(call: &Call, out: &mut String) {
    let doc = if call.doc.is_empty() { &call.summary } else { &call.doc };
    out.push_str("\n/**\n");
    if !doc.is_empty() {
        lines(doc, " * ", out);
        out.push_str(" *\n");
    }
    let _ = writeln!(out, " *     {}\n *", safe(&call.signature_text()));
    doc::fill(&safe(&doc::facts(call)), " * ", WIDTH, out);
    out.push_str(" */\n");
}

/// Columns of running text in comments.
const WIDTH: usize = 100;

/// A whole comment with documentation, or nothing.
fn documentation(doc: &str, indent: &str, out: &mut String) {
    match doc.lines().count() {
        0 => {}
        1 => {
            let _ = writeln!(out, "{indent}/** {} */", safe(doc.trim()));
        }
        _ => {
            let _ = writeln!(out, "{indent}/**");
            lines(doc, &format!("{indent} * "), out);
            let _ = writeln!(out, "{indent} */");
        }
    }
}

fn lines(doc: &str, prefix: &str, out: &mut String) {
    for line in doc.lines() {
        let line = line.trim_end();
        out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
        out.push_str(&safe(line));
        out.push('\n');
    }
}

/// Text that neither ends a comment nor looks like the beginning of one, about which compilers warn.
fn safe(text: &str) -> Cow<'_, str> {
    if text.contains("*/") || text.contains("/*") {
        // Twice, for what overlaps: `/*/`.
        Cow::Owned(text.replace("*/", "* /").replace("/*", "/ *"))
    } else {
        Cow::Borrowed(text)
    }
}

fn structs(abi: &Abi, tags: &Tags<'_>, out: &mut String) {
    out.push_str("\n#if defined LIBSYS_STRUCTS && !defined LIBSYS_STRUCTS_H\n#define LIBSYS_STRUCTS_H\n");
    out.push_str(ASSERTIONS);
    let layouts = Layouts::new(abi);
    // Those that are or hold arrays without a length, about which compilers warn.
    let mut open = vec![false; abi.types.len()];
    for (id, layout) in layout::structs_in_order(abi) {
        out.push('\n');
        documentation(&abi.ty(id).doc, "", out);
        let is_open = layout.fields.iter().any(|field| {
            field.array == Some(0)
                || abi.as_struct(&field.ty).is_some_and(|(inner, _)| open[inner.0 as usize])
        });
        open[id.0 as usize] = is_open;
        out.push_str(if is_open { "__extension__ " } else { "" });
        definition(tags, tags.of(id), layout, &layouts.plan(layout), out);
    }
    out.push_str("\n#endif /* LIBSYS_STRUCTS */\n");
}

fn definition(tags: &Tags<'_>, tag: &str, layout: &Struct, plan: &Plan<'_>, out: &mut String) {
    let _ = writeln!(out, "{tag} {{");
    for (i, member) in plan.members.iter().enumerate() {
        match member {
            Member::Padding { name, size } => {
                let _ = writeln!(out, "\tunsigned char {name}[{size}];");
            }
            Member::Bytes(field) => {
                documentation(&field.doc, "\t", out);
                let _ = writeln!(out, "\tunsigned char {}[{}];", c_types::field(&field.name), field.size);
            }
            Member::Field(field) => {
                documentation(&field.doc, "\t", out);
                // A flexible array ends a struct that has other members; elsewhere it has no elements.
                let is_flexible = !layout.is_union && i > 0 && i + 1 == plan.members.len();
                member_of(tags, layout, field, is_flexible, out);
            }
        }
    }
    let (size, align) = (layout.size, layout.align);
    let _ = match (plan.packed, plan.aligned || plan.packed && align > 1) {
        (false, false) => writeln!(out, "}};"),
        (true, false) => writeln!(out, "}} __attribute__((__packed__));"),
        (false, true) => writeln!(out, "}} __attribute__((__aligned__({align})));"),
        (true, true) => writeln!(out, "}} __attribute__((__packed__, __aligned__({align})));"),
    };
    let _ = writeln!(out, "LIBSYS_LAYOUT({tag}, {size}, {align});");
    for member in &plan.members {
        if let Member::Field(field) | Member::Bytes(field) = member {
            let name = c_types::field(&field.name);
            let _ = writeln!(out, "LIBSYS_OFFSET({tag}, {name}, {});", field.offset);
        }
    }
}

fn member_of(tags: &Tags<'_>, layout: &Struct, field: &Field, is_flexible: bool, out: &mut String) {
    let array = match field.array {
        None => String::new(),
        Some(0) if is_flexible => "[LIBSYS_FLEXIBLE]".to_owned(),
        Some(n) => format!("[{n}]"),
    };
    let text = tags.declare(&field.ty, &format!("{}{array}", c_types::field(&field.name)));
    let _ = if layout.is_union && field.offset > 0 {
        let (name, offset) = (&field.name, field.offset);
        let hole = format!("unsigned char __hole_{name}[{offset}]");
        writeln!(out, "\t__extension__ struct {{ {hole}; {text}; }} __attribute__((__packed__));")
    } else {
        writeln!(out, "\t{text};")
    };
}

fn constants(abi: &Abi, out: &mut String) {
    out.push_str("\n#ifdef LIBSYS_CONSTANTS\n\n/* Errors. */\n");
    for name in errno::names() {
        let number = errno::number(name).unwrap_or_default();
        let _ = writeln!(out, "#ifndef {name}\n#define {name} {number}\n#endif");
    }
    for (id, _, constants) in layout::constants(abi) {
        let def = abi.ty(id);
        let summary = def.doc.lines().next().unwrap_or_default();
        let _ = writeln!(out, "\n/* {}: {} */", def.name, safe(summary));
        let is_flags = matches!(def.kind, TypeDefKind::Flags(..));
        for constant in constants {
            documentation(&constant.doc, "", out);
            let (name, value) = (&constant.name, c_types::number(constant.value, is_flags));
            let _ = writeln!(out, "#ifndef {name}\n#define {name} {value}\n#endif");
        }
    }
    out.push_str("\n#endif /* LIBSYS_CONSTANTS */\n");
}
