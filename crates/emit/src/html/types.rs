//! The entry of one type: what it stands for, its constants or its layout, and who uses it.

use super::index::{call_list, scalar_name};
use super::links::{Links, kind_word, type_name};
use super::text::{Declared, Esc, Link, Paragraphs, Prose, Spelled};
use crate::prose;
use libsys_model::{Constant, Field, Scalar, Struct, TypeDefKind};
use std::fmt::Write;

/// Writes the entry.
pub(super) fn entry(out: &mut String, links: &Links<'_>, index: usize) {
    let Some(def) = links.abi.types.get(index) else { return };
    let id = Esc(links.type_id(index));
    let name = type_name(def);
    let _ =
        write!(out, "<article id=\"{id}\" class=\"type\">\n<header><h3><a href=\"#{id}\">{}</a>", Esc(&name));
    let _ = write!(out, " <small>{}</small></h3>", kind_word(def));
    let _ = writeln!(out, "<p>{}</header>", Prose(links, prose::type_summary(def)));
    match &def.kind {
        TypeDefKind::Alias(ty) => {
            let target = Spelled::sys(links, ty);
            let _ = writeln!(out, "<pre>type <b>{}</b> = {target}</pre>", Esc(&name));
        }
        TypeDefKind::Resource(scalar) => {
            let scalar = scalar_name(scalar.size, scalar.signed);
            let _ = writeln!(out, "<pre>resource <b>{}</b>: {scalar}</pre>", Esc(&name));
        }
        TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
            let scalar = scalar_name(scalar.size, scalar.signed);
            let _ = writeln!(out, "<pre>{} <b>{}</b>: {scalar}</pre>", kind_word(def), Esc(&name));
        }
        TypeDefKind::Struct(layout) => head(out, layout),
    }
    let _ = write!(out, "{}", Paragraphs(links, prose::behind_first_line(&def.doc)));
    match &def.kind {
        TypeDefKind::Alias(_) | TypeDefKind::Resource(_) => {}
        TypeDefKind::Flags(scalar, list) => constants(out, links, list, |v| hex(*scalar, v)),
        TypeDefKind::Enum(scalar, list) => {
            // Values beyond small numbers are codes, which headers write in hex.
            let is_code = list.iter().any(|constant| constant.value > 0xffff);
            constants(out, links, list, |v| if is_code { hex(*scalar, v) } else { v.to_string() });
        }
        TypeDefKind::Struct(layout) => fields(out, links, layout),
    }
    users(out, links, index);
    out.push_str("</article>\n");
}

fn head(out: &mut String, layout: &Struct) {
    let _ = write!(out, "<pre><b>{}</b>", Esc(&layout.c_name));
    if let Some(header) = &layout.header {
        let _ = write!(out, "   &lt;{}&gt;", Esc(header));
    }
    let _ = write!(out, "</pre>\n<p class=\"facts\">{} bytes, aligned to {}", layout.size, layout.align);
    if layout.extensible {
        out.push_str("; extensible: programs pass its size, a tail of zeros may be cut off");
    }
    if let Some(since) = layout.since {
        let _ = write!(out, "; since {since}");
    }
    out.push_str("</p>\n");
}

/// A value in the digits of its scalar; negative values as such.
fn hex(scalar: Scalar, value: i128) -> String {
    let digits = 2 + 2 * scalar.size as usize;
    if value < 0 { value.to_string() } else { format!("{value:#0digits$x}") }
}

fn constants(out: &mut String, links: &Links<'_>, list: &[Constant], value: impl Fn(i128) -> String) {
    if list.is_empty() {
        return;
    }
    let dated = list.iter().any(|constant| constant.since.is_some());
    let told = list.iter().any(|constant| !constant.doc.is_empty());
    out.push_str("<table class=\"parts\"><thead><tr><th class=\"n\">Value<th>Constant");
    out.push_str(if dated { "<th>Since" } else { "" });
    out.push_str(if told { "<th>Meaning" } else { "" });
    out.push_str("</thead>\n<tbody>\n");
    for constant in list {
        let _ = write!(out, "<tr><td class=\"n\">{}<th>{}", value(constant.value), Esc(&constant.name));
        if dated {
            let _ = write!(out, "<td>{}", constant.since.map_or_else(String::new, |since| since.to_string()));
        }
        if told {
            let _ = write!(out, "<td>{}", Prose(links, constant.doc.trim()));
        }
        out.push('\n');
    }
    out.push_str("</tbody></table>\n");
}

fn fields(out: &mut String, links: &Links<'_>, layout: &Struct) {
    out.push_str(
        "<table class=\"parts\"><thead><tr><th class=\"n\">Offset<th class=\"n\">Size<th>Field\
         <th>What it holds</thead>\n<tbody>\n",
    );
    let mut end = 0;
    for field in &layout.fields {
        if !layout.is_union {
            padding(out, end, field.offset);
        }
        end = end.max(field.offset.saturating_add(field.size));
        field_row(out, links, layout, field);
    }
    if !layout.is_union && !layout.fields.is_empty() {
        padding(out, end, layout.size);
    }
    out.push_str("</tbody></table>\n");
}

fn padding(out: &mut String, from: u32, to: u32) {
    if from < to {
        let _ = writeln!(
            out,
            "<tr class=\"gone\"><td class=\"n\">{from}<td class=\"n\">{}<td>padding<td>",
            to - from
        );
    }
}

fn field_row(out: &mut String, links: &Links<'_>, layout: &Struct, field: &Field) {
    let size = if field.array == Some(0) { "…".to_owned() } else { field.size.to_string() };
    let _ = write!(out, "<tr><td class=\"n\">{}<td class=\"n\">{size}<td><code>", field.offset);
    let declared = Declared { ty: Spelled::sys(links, &field.ty), name: &field.name, tag: "b" };
    let _ = write!(out, "{declared}");
    match field.array {
        None => {}
        Some(0) => out.push_str("[]"),
        Some(n) => {
            let _ = write!(out, "[{n}]");
        }
    }
    let name_of = |i: u32| layout.fields.get(i as usize).map_or("?", |field| field.name.as_str());
    if let Some(pointee) = &field.pointee {
        let _ = write!(out, "{}", Esc(&pointee.len_text(&name_of)));
    }
    out.push_str("</code><td>");
    // What the type says of itself is one click away; here it would be repeated from row to row.
    let own = field.doc.trim();
    let _ = match field.pointee.is_some() && own.is_empty() {
        true => {
            let carried = prose::carried(links.abi, &field.ty, field.pointee.as_ref(), &name_of);
            writeln!(out, "{}", Prose(links, &carried))
        }
        false => writeln!(out, "{}", Prose(links, own)),
    };
}

fn users(out: &mut String, links: &Links<'_>, index: usize) {
    let uses = &links.uses[index];
    out.push_str("<dl>\n");
    for (title, calls) in [("Returned by", &uses.returned), ("Passed to", &uses.taken)] {
        if !calls.is_empty() {
            let _ = write!(out, "<dt>{title}<dd>");
            call_list(out, links, calls.iter().copied());
            out.push('\n');
        }
    }
    type_list(out, links, "Part of", uses.within.iter().copied());
    type_list(out, links, "Other versions", links.other_versions(index));
    out.push_str("</dl>\n");
}

fn type_list(out: &mut String, links: &Links<'_>, title: &str, types: impl Iterator<Item = usize>) {
    for (i, ty) in types.enumerate() {
        if i == 0 {
            let _ = write!(out, "<dt>{title}<dd>");
        }
        let comma = if i == 0 { "" } else { ", " };
        let text = type_name(&links.abi.types[ty]);
        let _ = write!(out, "{comma}{}", Link { id: links.type_id(ty), text: &text });
    }
}
