//! The entry of one call: how it is called, what its parameters carry, how it fails, where its slot is.

use super::index::{call_list, tags};
use super::links::{Entry, Links};
use super::text::{Declared, Esc, Link, Paragraphs, Prose, Spelled};
use crate::arch::{self, x86_64};
use crate::{errno_text, prose};
use libsys_model::abi::SLOT_SIZE;
use libsys_model::{
    Call, Cancel, Conversion, Implementation, Param, Pointee, Returns, Shape, c_around, errno,
};
use std::fmt::Write;

/// Writes the entry.
pub(super) fn entry(out: &mut String, links: &Links<'_>, entry: &Entry<'_>) {
    let call = entry.call;
    let id = Esc(&entry.id);
    let _ = write!(
        out,
        "<article id=\"{id}\" class=\"call\">\n<header><h3><a href=\"#{id}\">{}</a>",
        Esc(&call.name)
    );
    let _ = write!(out, " <small>{} · {:#x}</small></h3>", call.nr.0, call.nr.0);
    let _ = write!(out, "<p>{}", Prose(links, prose::summary(call)));
    for (tag, meaning) in tags(links.abi, entry) {
        let _ = write!(out, " <i title=\"{}\">{tag}</i>", Esc(&meaning));
    }
    out.push_str("</header>\n");
    signatures(out, links, call);
    parameters(out, links, entry);
    let _ = write!(out, "{}", Paragraphs(links, prose::behind_first_line(&call.doc)));
    errors(out, call);
    facts(out, links, entry);
    out.push_str("</article>\n");
}

fn signatures(out: &mut String, links: &Links<'_>, call: &Call) {
    let name = format!("{}{}", prefix(links), call.name);
    let ret = Declared { ty: Spelled::c(links, &call.ret), name: &name, tag: "b" }.to_string();
    // Of a result that is a pointer to a function, the end stands behind the parameters.
    let behind = Esc(c_around(&call.ret.c)[2]).to_string();
    let _ = write!(out, "<pre data-in=\"C\">{}(", ret.strip_suffix(&behind).unwrap_or(&ret));
    let none = if call.params.is_empty() { "void" } else { "" };
    separated(out, &call.params, |out, param| {
        let declared = Declared { ty: Spelled::c(links, &param.ty), name: &param.name, tag: "var" };
        let _ = write!(out, "{declared}");
    });
    let _ = write!(out, "{none}){behind};</pre>\n<pre data-in=\".sys\">");
    let ret = Declared { ty: Spelled::sys(links, &call.ret), name: &call.name, tag: "b" };
    let _ = write!(out, "{ret}(");
    separated(out, &call.params, |out, param| {
        let pointee = param.pointee.as_ref();
        let is_pointer = matches!(param.ty.shape, Shape::Pointer(_));
        if let Some(pointee) = pointee.filter(|_| is_pointer) {
            let _ = write!(out, "{} ", pointee.dir.word());
        }
        out.push_str(if pointee.is_some_and(|pointee| pointee.opt) { "opt " } else { "" });
        let declared = Declared { ty: Spelled::sys(links, &param.ty), name: &param.name, tag: "var" };
        let _ = write!(out, "{declared}");
        if let Some(pointee) = pointee.filter(|_| is_pointer) {
            let _ = write!(out, "{}", Esc(&length(call, pointee)));
        }
    });
    let _ = writeln!(out, "{none})</pre>");
}

/// The prefix of the C functions' names.
fn prefix(links: &Links<'_>) -> &'static str {
    if links.abi.is_base { "__syscall_" } else { "__sys_" }
}

fn separated(out: &mut String, params: &[Param], mut each: impl FnMut(&mut String, &Param)) {
    for (i, param) in params.iter().enumerate() {
        // Each parameter stays on one line where there is room.
        out.push_str(if i == 0 { "<span>" } else { " <span>" });
        each(out, param);
        out.push_str(if i + 1 == params.len() { "</span>" } else { ",</span>" });
    }
}

fn length(call: &Call, pointee: &Pointee) -> String {
    pointee.len_text(&|i| call.params.get(i as usize).map_or("?", |param| param.name.as_str()))
}

fn parameters(out: &mut String, links: &Links<'_>, entry: &Entry<'_>) {
    let call = entry.call;
    if call.params.is_empty() {
        return;
    }
    out.push_str(
        "<table class=\"parts\"><thead><tr><th>In<th>Parameter<th>Type<th>What it carries</thead>\n<tbody>\n",
    );
    for (i, param) in call.params.iter().enumerate() {
        let _ = write!(out, "<tr><td>{}<th>{}", place(links, entry, i), Esc(&param.name));
        let _ = write!(out, "<td><code>{}</code>", Spelled::sys(links, &param.ty));
        let _ = writeln!(out, "<td>{}", Prose(links, &prose::parameter(links.abi, call, param)));
    }
    out.push_str("</tbody></table>\n");
}

/// The register of an argument. Services are C functions through and through; the arguments of calls are
/// named by the kernel's registers.
fn place(links: &Links<'_>, entry: &Entry<'_>, index: usize) -> &'static str {
    match links.registers().get(index) {
        Some(_) if entry.is_service && index == 3 => "rcx",
        Some(register) => register,
        None => "stack",
    }
}

fn errors(out: &mut String, call: &Call) {
    if call.errors.is_empty() {
        return;
    }
    out.push_str("<h4>Errors</h4>\n<table class=\"parts errors\">\n");
    for error in &call.errors {
        let _ = write!(out, "<tr><td>{}", errno::number(error).unwrap_or(0));
        let _ = write!(out, "<th><a href=\"#errno-{0}\">{0}</a>", Esc(error));
        let _ = writeln!(out, "<td>{}", errno_text::meaning(error).unwrap_or(""));
    }
    out.push_str("</table>\n");
}

fn facts(out: &mut String, links: &Links<'_>, entry: &Entry<'_>) {
    let call = entry.call;
    out.push_str("<h4>Facts</h4>\n<dl>\n");
    let _ = write!(out, "<dt>Slot<dd>{}", slot(links, call));
    let _ = write!(out, "\n<dt>Returns<dd>{}", returns(links, call));
    if let Some(since) = call.since {
        let _ = write!(out, "\n<dt>Since<dd><a href=\"#release-{since}\">{since}</a>");
    }
    if let Some(until) = call.until {
        // A release that this ABI does not reach has no row.
        let _ = match until <= links.abi.release {
            true => write!(out, "\n<dt>Gone in<dd><a href=\"#release-{until}\">{until}</a>"),
            false => write!(out, "\n<dt>Gone in<dd>{until}"),
        };
    }
    if let Some(group) = call.group.and_then(|i| links.abi.groups.get(i)) {
        let _ =
            write!(out, "\n<dt>Group<dd><a href=\"#group-{}\">{}</a>", Esc(&group.name), Esc(&group.title));
    }
    let cancel = match call.cancel {
        Cancel::Point => "Cancellation point",
        Cancel::May => "May be a cancellation point",
        Cancel::No => "Not a cancellation point",
    };
    let _ = write!(out, "\n<dt>Cancellation<dd>{cancel}");
    if let Some(symbol) = &call.vdso {
        let _ = write!(out, "\n<dt>vDSO<dd><code>{}</code>, where the kernel has it", Esc(symbol));
    }
    out.push_str("\n<dt>Carried out<dd>");
    implementation(out, links, call);
    rule(out, links, call);
    if !call.interpose {
        out.push_str("\n<dt>Interposing<dd>Nothing may be put between the program and this call");
    }
    if !entry.is_service {
        manual(out, links, call);
    }
    out.push_str("\n</dl>\n");
}

fn slot(links: &Links<'_>, call: &Call) -> String {
    let offset = call.nr.0 * SLOT_SIZE;
    let slots = if call.slots == 1 { String::new() } else { format!(", {} slots", call.slots) };
    let name = Esc(&call.name);
    if links.abi.is_base {
        return format!("<code>{offset:#x}</code>{slots}: <code>__syscall_{}</code>", call.nr.0);
    }
    let raw = offset + x86_64::raw_symbol_offset(arch::kind(call));
    format!(
        "<code>{offset:#x}</code>{slots}: <code>__sys_{name}</code>, <code>__syscall_{}</code>; \
         <code>{raw:#x}</code>: <code>__sys_raw_{name}</code>",
        call.nr.0
    )
}

fn returns(links: &Links<'_>, call: &Call) -> String {
    match call.returns {
        Returns::Never => return "Never".to_owned(),
        Returns::Frame => return "Into the frame that it restores".to_owned(),
        Returns::Once | Returns::Twice => {}
    }
    let twice = if call.returns == Returns::Twice { "; twice: in the caller and in a child" } else { "" };
    if call.ret.shape == Shape::Void {
        return format!("Nothing{twice}");
    }
    let meaning = prose::carried(links.abi, &call.ret, None, &|_| "?");
    let gap = if meaning.is_empty() { "" } else { ": " };
    format!("<code>{}</code>{gap}{}{twice}", Spelled::sys(links, &call.ret), Prose(links, &meaning))
}

/// What becomes of the call on kernels that do not have it.
fn rule(out: &mut String, links: &Links<'_>, call: &Call) {
    if let Some(rule) = links.abi.rule(&call.name) {
        let _ = write!(
            out,
            "\n<dt>Without it<dd>On a kernel that does not have it: {}.",
            Prose(links, &rule.sentence())
        );
        if !rule.doc.is_empty() {
            let _ = write!(out, " {}", Prose(links, &rule.doc.replace('\n', " ")));
        }
    }
}

fn manual(out: &mut String, links: &Links<'_>, call: &Call) {
    let page = prose::manual(call);
    let _ = write!(out, "\n<dt>Manual<dd>{}", Esc(&page));
    let others = links.manuals.get(&page).map_or(&[][..], Vec::as_slice);
    let others = others.iter().copied().filter(|i| !std::ptr::eq(links.entries[*i].call, call));
    let mut list = String::new();
    call_list(&mut list, links, others);
    if !list.is_empty() {
        let _ = write!(out, ", with {list}");
    }
}

fn implementation(out: &mut String, links: &Links<'_>, call: &Call) {
    let named = |name: &str| match links.call(name) {
        Some(id) => format!("<code>{}</code>", Link { id, text: name }),
        None => format!("<code>{}</code>", Esc(name)),
    };
    match &call.implementation {
        Implementation::Direct if call.vdso.is_some() => out.push_str("By the vDSO or the kernel"),
        Implementation::Direct => out.push_str("By the kernel"),
        Implementation::Simulated(error) => {
            let _ = write!(out, "Not at all: always fails with <code>{}</code>", Esc(error));
        }
        Implementation::Custom { name, using, approximate } => {
            let using: Vec<String> = using.iter().map(|name| named(name)).collect();
            let _ = write!(out, "By the layer's <code>{}</code>", Esc(name));
            if !using.is_empty() {
                let _ = write!(out, ", with {}", using.join(", "));
            }
            if let Some(difference) = approximate {
                let _ = write!(out, "; it differs: {}", Prose(links, difference));
            }
        }
        Implementation::Structural(conversions) => {
            out.push_str("By the kernel, with structs converted:<ul>");
            conversions.iter().for_each(|line| conversion(out, links, call, line));
            out.push_str("</ul>");
        }
    }
}

fn conversion(out: &mut String, links: &Links<'_>, call: &Call, line: &Conversion) {
    let _ = match line {
        Conversion::Convert { param, from, to } => {
            let name = call.params.get(*param as usize).map_or("?", |param| param.name.as_str());
            let (from, to) = (Spelled::sys(links, from), Spelled::sys(links, to));
            write!(out, "<li><var>{}</var>: <code>{from}</code> → <code>{to}</code>", Esc(name))
        }
        Conversion::Narrow { field, overflow } => {
            write!(out, "<li><var>{}</var> that does not fit: {}", Esc(field), Esc(overflow))
        }
        Conversion::Default { field, value } => {
            write!(out, "<li><var>{}</var> is {value} where there is none", Esc(field))
        }
        Conversion::Rename { from, to } => {
            write!(out, "<li><var>{}</var> is the kernel's <var>{}</var>", Esc(from), Esc(to))
        }
        Conversion::Limit { name, overflow: Some(errno), .. } => {
            write!(out, "<li>more <var>{}</var> than fit into the layer: {}", Esc(name), Esc(errno))
        }
        Conversion::Limit { name, overflow: None, .. } => {
            write!(out, "<li>as many <var>{}</var> as fit into the layer", Esc(name))
        }
        Conversion::Member { member, tag, value } => {
            write!(out, "<li><var>{}</var> when <var>{}</var> is {value}", Esc(member), Esc(tag))
        }
        Conversion::Otherwise { member } => write!(out, "<li><var>{}</var> otherwise", Esc(member)),
    };
}
