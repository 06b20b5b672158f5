//! The entry of one call or type.

use crate::output::{BOLD, DIM, WORD, styled};
use libsys_emit::arch::{self, x86_64};
use libsys_model::{
    Abi, Call, Cancel, Constant, Field, Implementation, Param, Returns, Struct, TypeDef, TypeDefKind, errno,
};

/// What is known of a call.
pub fn call(abi: &Abi, call: &Call) -> String {
    let mut text = format!(
        "{}  {}\n\n    {}\n",
        styled(BOLD, &call.name),
        styled(DIM, &heading(abi, call)),
        styled(WORD, &call.signature_text())
    );
    document(&mut text, &call.doc);
    let params: Vec<[String; 2]> = call.params.iter().map(|param| parameter(abi, call, param)).collect();
    table(&mut text, "Parameters", &params);
    let errors: Vec<[String; 2]> = call.errors.iter().map(|name| error(name)).collect();
    table(&mut text, "Errors", &errors);
    table(&mut text, "How it is called", &ways(abi, call));
    text
}

/// Its group, the releases that have it, and its manual page.
fn heading(abi: &Abi, call: &Call) -> String {
    let mut parts = vec![format!("{} number {}", abi.name, call.nr.0)];
    parts.extend(call.since.map(|release| format!("since {release}")));
    parts.extend(call.until.map(|release| format!("until {release}")));
    parts.extend(call.group.and_then(|i| abi.groups.get(i)).map(|group| group.title.clone()));
    parts.extend(call.see.clone());
    parts.join(", ")
}

fn parameter(abi: &Abi, call: &Call, param: &Param) -> [String; 2] {
    let of = abi
        .types
        .iter()
        .find(|def| def.name == base(&param.ty.text))
        .map_or("", |def| def.doc.lines().next().unwrap_or(""));
    let written = call.param_text(param);
    [written, of.trim_end_matches('.').to_owned()]
}

/// The word of a type, without `const`, version and stars.
fn base(text: &str) -> &str {
    text.trim_start_matches("const ").split([' ', '@']).next().unwrap_or(text)
}

fn error(name: &str) -> [String; 2] {
    [name.to_owned(), errno::number(name).map_or_else(String::new, |number| number.to_string())]
}

/// The C prototype, the slot, and what else is special.
fn ways(abi: &Abi, call: &Call) -> Vec<[String; 2]> {
    let mut ways = vec![["in C".to_owned(), format!("{};", call.c_prototype("__sys_"))]];
    let mut add = |what: &str, text: String| ways.push([what.to_owned(), text]);
    let at = call.nr.0 * libsys_model::abi::SLOT_SIZE;
    let raw = at + x86_64::raw_symbol_offset(arch::kind(call));
    if !abi.is_base {
        add("slot", format!("C entry at +{at} of the section, raw entry at +{raw}"));
    }
    match call.cancel {
        Cancel::No => {}
        Cancel::Point => add("cancel", "a cancellation point".into()),
        Cancel::May => add("cancel", "may be a cancellation point".into()),
    }
    match call.returns {
        Returns::Once => {}
        Returns::Twice => add("returns", "twice".into()),
        Returns::Never => add("returns", "never".into()),
        Returns::Frame => add("returns", "somewhere else, in the frame that it restores; jump to it".into()),
    }
    if let Some(symbol) = &call.vdso {
        add("vDSO", symbol.clone());
    }
    if !call.interpose {
        add("interpose", "never".into());
    }
    match &call.implementation {
        Implementation::Direct => {}
        Implementation::Structural(lines) => {
            add("done", "by the kernel, with its structs converted".into());
            lines.iter().for_each(|line| add("", call.conversion_text(line)));
        }
        Implementation::Custom { name, using, approximate } => {
            let using = if using.is_empty() { "no calls".to_owned() } else { using.join(", ") };
            let approximate = approximate.as_ref().map_or_else(String::new, |what| format!(": {what}"));
            add("done", format!("by {name} of the layer, using {using}{approximate}"));
        }
        Implementation::Simulated(name) => add("done", format!("not: it always answers {name}")),
    }
    if let Some(rule) = abi.rule(&call.name) {
        add("without", format!("on a kernel that lacks it: {}", rule.sentence()));
    }
    ways
}

/// What is known of a type.
pub fn definition(abi: &Abi, def: &TypeDef) -> String {
    let (what, rows) = match &def.kind {
        TypeDefKind::Alias(ty) => (format!("type {} = {}", def.name, ty.text), Vec::new()),
        TypeDefKind::Resource(scalar) => (format!("resource {}: {}", def.name, scalar.name()), Vec::new()),
        TypeDefKind::Flags(scalar, constants) => {
            let what = format!("flags {}: {}", def.name, scalar.name());
            (what, constants.iter().map(|c| constant(c, true)).collect())
        }
        TypeDefKind::Enum(scalar, constants) => {
            let what = format!("enum {}: {}", def.name, scalar.name());
            (what, constants.iter().map(|c| constant(c, false)).collect())
        }
        TypeDefKind::Struct(layout) => {
            (head(def, layout), layout.fields.iter().map(|f| field(layout, f)).collect())
        }
    };
    let mut text = format!("{}\n", styled(WORD, &what));
    document(&mut text, &def.doc);
    let title = if matches!(def.kind, TypeDefKind::Struct(_)) { "Fields" } else { "Constants" };
    table(&mut text, title, &rows);
    let users: Vec<&str> =
        abi.calls.iter().filter(|call| uses(call, &def.name)).map(|call| call.name.as_str()).collect();
    if !users.is_empty() {
        text.push_str(&format!("\n{}\n", styled(BOLD, "Used by")));
        text.push_str(&wrap(&users.join(", "), 4));
    }
    text
}

fn uses(call: &Call, name: &str) -> bool {
    call.params.iter().map(|param| &param.ty).chain([&call.ret]).any(|ty| base(&ty.text) == name)
}

fn head(def: &TypeDef, layout: &Struct) -> String {
    let mut text = format!("{} {}", if layout.is_union { "union" } else { "struct" }, def.name);
    if let Some(version) = &layout.version {
        text.push_str(&format!("@{version}"));
    }
    if let Some(since) = layout.since {
        text.push_str(&format!(" since {since}"));
    }
    text.push_str(&format!(" size {} align {}", layout.size, layout.align));
    if layout.extensible {
        text.push_str(" extensible");
    }
    format!("{text}  ({})", layout.c_name)
}

fn field(layout: &Struct, field: &Field) -> [String; 2] {
    let mut text = format!("@{} ", field.offset);
    if let Some(pointee) = &field.pointee {
        text.push_str(pointee.dir.word());
        text.push_str(if pointee.opt { " opt " } else { " " });
    }
    let gap = if field.ty.text.ends_with('*') { "" } else { " " };
    text.push_str(&format!("{}{gap}{}", field.ty.text, field.name));
    match (field.array, &field.pointee) {
        (Some(0), _) => text.push_str("[]"),
        (Some(count), _) => text.push_str(&format!("[{count}]")),
        (None, Some(pointee)) => {
            let name_of = |i: u32| layout.fields.get(i as usize).map_or("?", |f| f.name.as_str());
            text.push_str(&pointee.len_text(&name_of));
        }
        (None, None) => {}
    }
    [text, first_line(&field.doc)]
}

fn constant(constant: &Constant, is_flag: bool) -> [String; 2] {
    let value = match constant.value {
        value if is_flag && value >= 0 => format!("{value:#x}"),
        value => value.to_string(),
    };
    let since = constant.since.map_or_else(String::new, |release| format!(" since {release}"));
    [format!("{} = {value}{since}", constant.name), first_line(&constant.doc)]
}

fn first_line(doc: &str) -> String {
    doc.lines().next().unwrap_or("").trim_end_matches('.').to_owned()
}

fn document(text: &mut String, doc: &str) {
    if doc.is_empty() {
        return;
    }
    text.push('\n');
    for paragraph in doc.split("\n\n") {
        if !text.ends_with("\n\n") {
            text.push('\n');
        }
        let lines = paragraph.replace('\n', " ");
        text.push_str(&wrap(&lines, 2));
    }
    while text.ends_with("\n\n") {
        text.pop();
    }
}

/// A title and rows of two columns; nothing when there are no rows.
fn table(text: &mut String, title: &str, rows: &[[String; 2]]) {
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("\n{}\n", styled(BOLD, title)));
    let width = rows.iter().map(|[first, _]| first.len()).filter(|n| *n <= 48).max().unwrap_or(0);
    for [first, second] in rows {
        text.push_str(format!("    {first:<width$}  {second}").trim_end());
        text.push('\n');
    }
}

/// Breaks a paragraph into lines of up to 80 columns, all of them indented.
fn wrap(paragraph: &str, indent: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > 80 {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text + "\n"
}
