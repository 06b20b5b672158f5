//! The model as a text of the language: one file with everything in it, which lowers to the same model.
//!
//! What was written with `INCLUDE`, `CALL` and `OVERRIDE` is resolved; comments are gone. The text is in
//! canonical form.

use libsys_model::{
    Abi, Call, Cancel, Constant, Conversion, Field, Implementation, Release, Returns, Shape, Struct, TypeDef,
    TypeDefKind, TypeId,
};
use std::collections::HashMap;
use std::fmt::Write;

/// The text.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    let mut out = String::new();
    head(abi, &mut out);
    let by_name = abi.types_by_name();
    for def in abi.types.iter().filter(|def| holds(abi, def, &by_name)) {
        definition(def, abi.release, &mut out);
    }
    for call in &abi.calls {
        document(&call.doc, &mut out);
        let _ = write!(out, "ADD {} ", call.nr.0);
        block(abi, call, &mut out);
    }
    for service in &abi.services {
        document(&service.doc, &mut out);
        let _ = write!(out, "SERVICE {} ", service.nr.0);
        block(abi, service, &mut out);
    }
    for rule in &abi.rules {
        let Some(call) = abi.call_named(&rule.call) else { continue };
        document(&rule.doc, &mut out);
        let _ = writeln!(out, "RULE {} {{", rule.call);
        implementation(call, &rule.implementation, &mut out);
        out.push_str("}\n\n");
    }
    // A model that was put together by hand may hold words that are none; its text is then left as it is.
    libsys_syntax::format(&out).unwrap_or(out)
}

/// Whether a type is written. Of a struct's versions only those are that hold at the release, so that the
/// bare name means the newest of them, or the oldest where none does.
fn holds(abi: &Abi, def: &TypeDef, by_name: &HashMap<&str, Vec<TypeId>>) -> bool {
    let since = |def: &TypeDef| match &def.kind {
        TypeDefKind::Struct(layout) => layout.since,
        _ => None,
    };
    let versions = by_name.get(def.name.as_str()).into_iter().flatten();
    since(def).is_none_or(|from| from <= abi.release)
        || versions.map(|id| since(abi.ty(*id))).min() == Some(since(def))
}

fn head(abi: &Abi, out: &mut String) {
    let word = if abi.is_base { "BASE" } else { "ABI" };
    let _ = writeln!(out, "{word} {};\nRELEASE {};\n", abi.name, abi.release);
    for group in &abi.groups {
        document(&group.doc, out);
        let _ = writeln!(out, "group {} {};", group.name, quoted(&group.title));
    }
    out.push('\n');
}

fn document(doc: &str, out: &mut String) {
    // Empty lines at the end are lines too.
    for line in doc.split('\n').filter(|_| !doc.is_empty()) {
        let _ = writeln!(out, "///{}{line}", if line.is_empty() { "" } else { " " });
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn definition(def: &TypeDef, release: Release, out: &mut String) {
    document(&def.doc, out);
    let name = &def.name;
    let _ = match &def.kind {
        TypeDefKind::Alias(ty) => writeln!(out, "type {name} = {};\n", ty.text),
        TypeDefKind::Resource(scalar) => writeln!(out, "resource {name}: {};\n", scalar.name()),
        TypeDefKind::Flags(scalar, list) => {
            let _ = writeln!(out, "flags {name}: {} {{", scalar.name());
            list.iter().for_each(|c| constant(c, true, out));
            writeln!(out, "}}\n")
        }
        TypeDefKind::Enum(scalar, list) => {
            let _ = writeln!(out, "enum {name}: {} {{", scalar.name());
            list.iter().for_each(|c| constant(c, false, out));
            writeln!(out, "}}\n")
        }
        TypeDefKind::Struct(layout) => {
            structure(name, layout, release, out);
            writeln!(out, "}}\n")
        }
    };
}

fn constant(constant: &Constant, is_flag: bool, out: &mut String) {
    document(&constant.doc, out);
    let Constant { name, value, .. } = constant;
    let _ = if is_flag && *value >= 0 {
        write!(out, "{name} = {value:#x}")
    } else {
        write!(out, "{name} = {value}")
    };
    since(constant.since, out);
    out.push_str(";\n");
}

fn since(release: Option<Release>, out: &mut String) {
    if let Some(release) = release {
        let _ = write!(out, " since {release}");
    }
}

fn structure(name: &str, layout: &Struct, release: Release, out: &mut String) {
    let kind = if layout.is_union { "union" } else { "struct" };
    let _ = write!(out, "{kind} {name}");
    if let Some(version) = &layout.version {
        let _ = write!(out, "@{version}");
    }
    since(layout.since.filter(|since| *since <= release), out);
    let _ = write!(out, " size {} align {}", layout.size, layout.align);
    out.push_str(if layout.extensible { " extensible" } else { "" });
    if let Some(header) = &layout.header {
        let _ = write!(out, " header {}", quoted(header));
    }
    if layout.c_name != format!("{kind} {name}") {
        let _ = write!(out, " as {}", quoted(&layout.c_name));
    }
    out.push_str(" {\n");
    // A struct that came later is one that nobody looks into; its fields may be of types that came later too.
    let is_known = layout.size == 0 || layout.since.is_none_or(|since| since <= release);
    for f in layout.fields.iter().filter(|_| is_known) {
        document(&f.doc, out);
        field(layout, f, out);
    }
}

fn field(layout: &Struct, field: &Field, out: &mut String) {
    let _ = write!(out, "@{} ", field.offset);
    let is_pointer = matches!(field.ty.shape, Shape::Pointer(_));
    if let Some(pointee) = &field.pointee {
        if is_pointer {
            let _ = write!(out, "{} ", pointee.dir.word());
        }
        out.push_str(if pointee.opt { "opt " } else { "" });
    }
    let _ = write!(out, "{} {}", field.ty.text, field.name);
    match (field.array, &field.pointee) {
        (Some(0), _) => out.push_str("[]"),
        (Some(count), _) => {
            let _ = write!(out, "[{count}]");
        }
        (None, Some(pointee)) if is_pointer => {
            let name_of = |i: u32| layout.fields.get(i as usize).map_or("?", |f| f.name.as_str());
            out.push_str(&pointee.len_text(&name_of));
        }
        (None, _) => {}
    }
    out.push_str(";\n");
}

fn block(abi: &Abi, call: &Call, out: &mut String) {
    let _ = writeln!(out, "{{ function {};", call.signature_text());
    if let Some(release) = call.since {
        let _ = writeln!(out, "since {release};");
    }
    if let Some(release) = call.until.filter(|until| *until <= abi.release) {
        let _ = writeln!(out, "until {release};");
    }
    if let Some(group) = call.group.and_then(|i| abi.groups.get(i)) {
        let _ = writeln!(out, "group {};", group.name);
    }
    out.push_str(match call.cancel {
        Cancel::No => "",
        Cancel::Point => "cancel point;\n",
        Cancel::May => "cancel may;\n",
    });
    if !call.errors.is_empty() {
        let _ = writeln!(out, "errors {};", call.errors.join(", "));
    }
    out.push_str(match call.returns {
        Returns::Once => "",
        Returns::Twice => "returns twice;\n",
        Returns::Never => "returns never;\n",
        Returns::Frame => "returns frame;\n",
    });
    out.push_str(if call.interpose { "" } else { "interpose never;\n" });
    if let Some(symbol) = &call.vdso {
        let _ = writeln!(out, "vdso {};", quoted(symbol));
    }
    if call.slots != 1 {
        let _ = writeln!(out, "slots {};", call.slots);
    }
    if let Some(page) = &call.see {
        let _ = writeln!(out, "see {};", quoted(page));
    }
    implementation(call, &call.implementation, out);
    out.push_str("}\n\n");
}

fn implementation(call: &Call, implementation: &Implementation, out: &mut String) {
    let _ = match implementation {
        Implementation::Direct => Ok(()),
        Implementation::Simulated(errno) => writeln!(out, "implementation simulated {errno};"),
        Implementation::Custom { name, using, approximate } => {
            let using = if using.is_empty() { "none".to_owned() } else { using.join(", ") };
            let differs = approximate
                .as_ref()
                .map_or_else(String::new, |what| format!(" approximate {}", quoted(what)));
            writeln!(out, "implementation custom {name} using {using}{differs};")
        }
        Implementation::Structural(conversions) => {
            out.push_str("implementation structural {\n");
            for conversion in conversions {
                let _ = match conversion {
                    Conversion::Convert { param, from, to } => {
                        let name = call.params.get(*param as usize).map_or("?", |p| p.name.as_str());
                        writeln!(out, "convert {name}: {} -> {};", from.text, to.text)
                    }
                    Conversion::Narrow { field, overflow } => {
                        writeln!(out, "narrow {field} overflow {overflow};")
                    }
                    Conversion::Default { field, value } => writeln!(out, "default {field} = {value};"),
                    Conversion::Rename { from, to } => writeln!(out, "rename {from} = {to};"),
                    Conversion::Limit { name, most, overflow } => {
                        let most = most.map_or_else(String::new, |most| format!(" {most}"));
                        match overflow {
                            Some(errno) => writeln!(out, "limit {name}{most} overflow {errno};"),
                            None => writeln!(out, "limit {name}{most} short;"),
                        }
                    }
                    Conversion::Member { member, tag, value } => {
                        writeln!(out, "member {member} when {tag} = {value};")
                    }
                    Conversion::Otherwise { member } => writeln!(out, "member {member} otherwise;"),
                };
            }
            writeln!(out, "}}")
        }
    };
}
