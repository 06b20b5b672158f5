//! The tables that lead to everything: calls, types, errors, groups, releases.

use super::links::{Entry, Links, kind_word, type_name};
use super::text::{Esc, Link, Prose};
use crate::{errno_text, prose};
use libsys_model::{
    Abi, Call, Cancel, Implementation, Param, Release, Returns, Shape, TypeDefKind, TypeRef, errno,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Opens a section with its heading, and the number of what is in it.
pub(super) fn open(out: &mut String, id: &str, title: &str, count: usize) {
    let _ = write!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{title}");
    let _ = writeln!(out, " <small>{count}</small></h2>");
}

/// The table of all calls and services.
pub(super) fn calls(out: &mut String, links: &Links<'_>) {
    open(out, "all-calls", "Calls", links.entries.len());
    out.push_str("<table class=\"index calls\">\n<thead><tr><th class=\"n\">Nr<th class=\"name\">Call");
    for (i, register) in links.registers().iter().enumerate() {
        // The kernel cannot be told through rcx, where C puts the fourth argument: `syscall` overwrites it.
        let note = if *register == "r10" { "; a C function takes it in rcx, the slot moves it" } else { "" };
        let _ = write!(out, "<th class=\"r\" title=\"argument {}{note}\">{register}", i + 1);
    }
    if links.registers().is_empty() {
        out.push_str("<th class=\"r all\">Parameters");
    }
    out.push_str(
        "<th class=\"since\">Since<th class=\"group\">Group<th class=\"errors\">Errors</thead>\n<tbody>\n",
    );
    for entry in &links.entries {
        call_row(out, links, entry);
    }
    out.push_str("</tbody></table>\n");
    close(out);
}

/// Closes a section.
pub(super) fn close(out: &mut String) {
    out.push_str("</section>\n");
}

fn call_row(out: &mut String, links: &Links<'_>, entry: &Entry<'_>) {
    let call = entry.call;
    let gone = if call.is_in(links.abi.release) { "" } else { " class=\"gone\"" };
    let _ = write!(out, "<tr{gone}><td class=\"n\">{}<th scope=\"row\" class=\"name\">", call.nr.0);
    let _ = write!(out, "{}", Link { id: &entry.id, text: &call.name });
    for (tag, meaning) in tags(links.abi, entry) {
        let _ = write!(out, " <i title=\"{}\">{tag}</i>", Esc(&meaning));
    }
    summary(out, links, prose::summary(call));
    let registers = links.registers().len();
    if registers == 0 || entry.is_service || call.params.len() > registers {
        let span = if registers > 1 { format!(" colspan=\"{registers}\"") } else { String::new() };
        let _ = write!(out, "<td class=\"r\"{span}><code>{}</code>", Esc(&call.signature_text()));
    } else {
        for param in &call.params {
            let _ = write!(out, "<td class=\"r\"><b>{}</b> ", Esc(&param.name));
            let _ = write!(out, "{}", Esc(&carried(call, param)));
        }
        (call.params.len()..registers).for_each(|_| out.push_str("<td class=\"r\">"));
    }
    let _ = write!(out, "<td class=\"since\">{}<td class=\"group\">", lifetime(call));
    if let Some(group) = call.group.and_then(|i| links.abi.groups.get(i)) {
        let _ =
            write!(out, "<a href=\"#group-{0}\" title=\"{1}\">{0}</a>", Esc(&group.name), Esc(&group.title));
    }
    out.push_str("<td class=\"errors\">");
    if !call.errors.is_empty() {
        let _ = write!(out, "<div><b>{}</b>", call.errors.len());
        call.errors.iter().for_each(|error| {
            let _ = write!(out, " {}", Esc(error));
        });
        out.push_str("</div>");
    }
    out.push('\n');
}

/// A line of prose below a name, where there is one.
fn summary(out: &mut String, links: &Links<'_>, line: &str) {
    if !line.is_empty() {
        let _ = write!(out, "<small>{}</small>", Prose(links, line));
    }
}

/// A parameter's type, direction and length in the words of the language, without its name.
fn carried(call: &Call, param: &Param) -> String {
    let (true, Some(pointee)) = (matches!(param.ty.shape, Shape::Pointer(_)), &param.pointee) else {
        let opt = param.pointee.as_ref().is_some_and(|pointee| pointee.opt);
        return format!("{}{}", if opt { "opt " } else { "" }, unbroken(&param.ty.text));
    };
    let name_of = |i: u32| call.params.get(i as usize).map_or("?", |p| p.name.as_str());
    let opt = if pointee.opt { "opt " } else { "" };
    format!("{} {opt}{}{}", pointee.dir.word(), unbroken(&param.ty.text), pointee.len_text(&name_of))
}

/// A type whose `*` stays on the line of its word.
fn unbroken(text: &str) -> String {
    text.replace(" *", "\u{a0}*")
}

/// `5.1`, or `1.0–5.5` for what has gone.
pub(super) fn lifetime(call: &Call) -> String {
    match (call.since, call.until) {
        (None, None) => String::new(),
        (Some(since), None) => since.to_string(),
        (since, Some(until)) => format!("{}–{until}", since.map_or_else(String::new, |s| s.to_string())),
    }
}

/// What is special about a call: a word and its meaning.
pub(super) fn tags(abi: &Abi, entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let call = entry.call;
    let mut tags = Vec::new();
    let mut tag = |word, meaning: &str| tags.push((word, meaning.to_owned()));
    if entry.is_service {
        tag("service", "a slot of the layer's own, not of the kernel");
    }
    match call.cancel {
        Cancel::Point => tag("cancel", "a cancellation point"),
        Cancel::May => tag("may cancel", "POSIX allows it to be a cancellation point"),
        Cancel::No => {}
    }
    match call.returns {
        Returns::Once => {}
        Returns::Twice => tag("twice", "returns twice: in the caller and in a child"),
        Returns::Never => tag("no return", "does not return"),
        Returns::Frame => tag("frame", "goes on in the frame that it restores"),
    }
    if let Some(symbol) = &call.vdso {
        tag("vdso", &format!("answered by {symbol} where the kernel has it"));
    }
    match &call.implementation {
        Implementation::Direct => {}
        Implementation::Structural(_) => tag("converted", "the kernel's call, its structs converted"),
        Implementation::Custom { .. } => tag("custom", "carried out by a function of the layer"),
        Implementation::Simulated(error) => tag("simulated", &format!("always fails with {error}")),
    }
    if !call.interpose {
        tag("no interpose", "nothing may be put between the program and this call");
    }
    if let Some(until) = call.until.filter(|_| !call.is_in(abi.release)) {
        tag("gone", &format!("not in releases from {until} on"));
    }
    tags
}

/// The table of all types.
pub(super) fn types(out: &mut String, links: &Links<'_>) {
    open(out, "all-types", "Types", links.abi.types.len());
    out.push_str(
        "<table class=\"index types\">\n<thead><tr><th class=\"kind\">Kind<th class=\"name\">Type\
         <th class=\"r\">Stands for<th class=\"n\">Size<th class=\"n\">Parts<th class=\"n\">Users</thead>\n<tbody>\n",
    );
    for &i in &links.types_by_name {
        let def = &links.abi.types[i];
        let (c, parts) = match &def.kind {
            TypeDefKind::Alias(ty) => (ty.c.clone(), 0),
            TypeDefKind::Resource(scalar) => (scalar_name(scalar.size, scalar.signed), 0),
            TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) => {
                (scalar_name(scalar.size, scalar.signed), constants.len())
            }
            TypeDefKind::Struct(layout) => (layout.c_name.clone(), layout.fields.len()),
        };
        let uses = &links.uses[i];
        let users = uses.returned.len() + uses.taken.len() + uses.within.len();
        let link = Link { id: links.type_id(i), text: &type_name(def) }.to_string();
        let _ =
            write!(out, "<tr><td class=\"kind\">{}<th scope=\"row\" class=\"name\">{link}", kind_word(def));
        summary(out, links, prose::type_summary(def));
        let _ = write!(out, "<td class=\"r\"><code>{}</code><td class=\"n\">{}", Esc(&c), size(links.abi, i));
        let shown = if parts == 0 { String::new() } else { parts.to_string() };
        let _ = writeln!(out, "<td class=\"n\">{shown}<td class=\"n\">{users}");
    }
    out.push_str("</tbody></table>\n");
    close(out);
}

/// The integer as the language calls it: `u32`.
pub(super) fn scalar_name(size: u32, signed: bool) -> String {
    format!("{}{}", if signed { 'i' } else { 'u' }, size * 8)
}

/// Bytes in a type, or nothing when it is `void` or lies in a circle.
fn size(abi: &Abi, index: usize) -> String {
    let of = |ty: &TypeRef| match (abi.as_struct(ty), abi.as_scalar(ty)) {
        (Some((_, layout)), _) => layout.size.to_string(),
        (_, Some(scalar)) => scalar.size.to_string(),
        _ if ty.shape == Shape::Void => String::new(),
        _ => abi.machine.pointer_size().to_string(),
    };
    match &abi.types[index].kind {
        TypeDefKind::Alias(ty) => of(abi.resolve(ty)),
        TypeDefKind::Resource(scalar) | TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
            scalar.size.to_string()
        }
        TypeDefKind::Struct(layout) => layout.size.to_string(),
    }
}

/// The table of the errors that calls answer.
pub(super) fn errors(out: &mut String, links: &Links<'_>) {
    let mut errors: Vec<(i32, &str, &[usize])> = links
        .errors
        .iter()
        .map(|(name, calls)| (errno::number(name).unwrap_or(0), *name, calls.as_slice()))
        .collect();
    errors.sort_unstable();
    open(out, "all-errors", "Errors", errors.len());
    out.push_str(
        "<table class=\"index errors\">\n<thead><tr><th class=\"n\">Nr<th class=\"name\">Error\
         <th class=\"list\">Calls that answer it</thead>\n<tbody>\n",
    );
    for (number, name, calls) in errors {
        let _ = write!(
            out,
            "<tr id=\"errno-{0}\"><td class=\"n\">{number}<th scope=\"row\" class=\"name\">{0}",
            Esc(name)
        );
        let _ = write!(
            out,
            "<small>{}</small><td class=\"list\"><details><summary>",
            errno_text::meaning(name).unwrap_or("")
        );
        let _ = write!(out, "{} call{}</summary>", calls.len(), if calls.len() == 1 { "" } else { "s" });
        call_list(out, links, calls.iter().copied());
        out.push_str("</details>\n");
    }
    out.push_str("</tbody></table>\n");
    close(out);
}

/// Links to entries with commas between them.
pub(super) fn call_list(out: &mut String, links: &Links<'_>, calls: impl Iterator<Item = usize>) {
    for (i, entry) in calls.map(|call| &links.entries[call]).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(out, "{comma}{}", Link { id: &entry.id, text: &entry.call.name });
    }
}

/// The table of the groups.
pub(super) fn groups(out: &mut String, links: &Links<'_>) {
    if links.abi.groups.is_empty() {
        return;
    }
    open(out, "all-groups", "Groups", links.abi.groups.len());
    out.push_str(
        "<table class=\"index groups\">\n<thead><tr><th class=\"n\">Calls<th class=\"name\">Group\
         <th class=\"list\">Its calls</thead>\n<tbody>\n",
    );
    for (i, group) in links.abi.groups.iter().enumerate() {
        let calls: Vec<usize> =
            (0..links.entries.len()).filter(|call| links.entries[*call].call.group == Some(i)).collect();
        let _ = write!(out, "<tr id=\"group-{}\"><td class=\"n\">{}", Esc(&group.name), calls.len());
        let _ = write!(out, "<th scope=\"row\" class=\"name\">{}", Esc(&group.title));
        let _ = write!(out, "<small>{}</small><td class=\"list\">", Prose(links, group.doc.trim()));
        call_list(out, links, calls.into_iter());
        out.push('\n');
    }
    out.push_str("</tbody></table>\n");
    close(out);
}

/// The table of the releases at which calls came or went, the newest first.
pub(super) fn releases(out: &mut String, links: &Links<'_>) {
    let mut releases: BTreeMap<Release, [Vec<usize>; 2]> = BTreeMap::new();
    for (i, entry) in links.entries.iter().enumerate() {
        for (which, release) in [entry.call.since, entry.call.until].into_iter().enumerate() {
            if let Some(release) = release.filter(|release| *release <= links.abi.release) {
                releases.entry(release).or_default()[which].push(i);
            }
        }
    }
    if releases.is_empty() {
        return;
    }
    open(out, "all-releases", "Releases", releases.len());
    out.push_str(
        "<table class=\"index releases\">\n<thead><tr><th class=\"n\">Release<th class=\"list\">Calls that came\
         <th class=\"list gone\">Calls that went</thead>\n<tbody>\n",
    );
    for (release, [came, went]) in releases.iter().rev() {
        let _ = write!(
            out,
            "<tr id=\"release-{release}\"><th scope=\"row\" class=\"n\">{release}<td class=\"list\">"
        );
        call_list(out, links, came.iter().copied());
        out.push_str("<td class=\"list gone\">");
        call_list(out, links, went.iter().copied());
        out.push('\n');
    }
    out.push_str("</tbody></table>\n");
    close(out);
}
