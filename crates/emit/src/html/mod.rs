//! The reference of an ABI as one HTML file that needs nothing else: no network, no other file.
//!
//! It is a plain document: tables that lead to entries, entries that lead to each other. Where the browser
//! runs scripts, `script.js` adds search, sorting and filters, and `style.css` shows the entry that the
//! address names beside the tables instead of below them.

mod call;
mod index;
mod links;
mod text;
mod types;

use libsys_model::Abi;
use links::Links;
use std::fmt::Write;
use text::{Esc, Link};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The file.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    let links = Links::new(abi);
    let mut out =
        String::with_capacity(STYLE.len() + SCRIPT.len() + 4096 * (abi.calls.len() + abi.types.len()));
    head(&mut out, abi);
    banner(&mut out, &links);
    toolbar(&mut out, abi);
    out.push_str("<main>\n");
    index::calls(&mut out, &links);
    index::open(&mut out, "call-entries", "Each call", links.entries.len());
    links.entries.iter().for_each(|entry| call::entry(&mut out, &links, entry));
    index::close(&mut out);
    index::types(&mut out, &links);
    index::open(&mut out, "type-entries", "Each type", abi.types.len());
    links.types_by_name.iter().for_each(|i| types::entry(&mut out, &links, *i));
    index::close(&mut out);
    index::errors(&mut out, &links);
    index::groups(&mut out, &links);
    index::releases(&mut out, &links);
    about(&mut out, &links);
    let _ = write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn head(out: &mut String, abi: &Abi) {
    let name = Esc(&abi.name);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'unsafe-inline'; img-src data:\">\n\
         <title>{name} {}: system calls</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>\n{STYLE}</style>\n\
         <script>document.documentElement.className = 'js'</script>\n</head>\n",
        abi.release
    );
}

/// Two slots of a table.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
%3Crect width='16' height='16' rx='3' fill='%230a6e6e'/%3E%3Cpath d='M3 5h10M3 8h10M3 11h6' stroke='white' \
stroke-width='1.6'/%3E%3C/svg%3E";

fn banner(out: &mut String, links: &Links<'_>) {
    let abi = links.abi;
    let _ = write!(
        out,
        "<body>\n<a class=\"skip\" href=\"#all-calls\">Skip to the calls</a>\n<header class=\"banner\">\n\
         <h1>{} <small>{}</small></h1>\n<nav aria-label=\"Sections\">",
        Esc(&abi.name),
        abi.release
    );
    let sections = [
        ("all-calls", "Calls", true),
        ("all-types", "Types", true),
        ("all-errors", "Errors", true),
        ("all-groups", "Groups", !abi.groups.is_empty()),
        ("all-releases", "Releases", abi.calls.iter().any(|call| call.since.is_some())),
        ("about-page", "About", true),
    ];
    for (id, text, _) in sections.iter().filter(|(_, _, there)| *there) {
        let _ = writeln!(out, "{}", Link { id, text });
    }
    out.push_str("</nav>\n</header>\n");
}

/// What the script needs: search, groups, releases. Without it the toolbar is not shown.
fn toolbar(out: &mut String, abi: &Abi) {
    out.push_str(
        "<form class=\"toolbar\" role=\"search\">\n\
         <input type=\"search\" name=\"q\" aria-label=\"Search calls, types and errors\" autocomplete=\"off\" \
         spellcheck=\"false\" placeholder=\"Search: read, 0x3d, EINTR, O_CREAT, stat …\">\n",
    );
    let releases: Vec<String> = abi.releases().iter().rev().map(ToString::to_string).collect();
    if releases.len() > 1 {
        out.push_str("<select name=\"release\" aria-label=\"Release\"><option value=\"\">All releases\n");
        for (word, title) in [("in", "That the kernel has"), ("since", "New since")] {
            let _ = writeln!(out, "<optgroup label=\"{title}\">");
            for release in &releases {
                let shown = if word == "in" { "In" } else { "Since" };
                let _ = writeln!(out, "<option value=\"{word}-{release}\">{shown} {release}");
            }
            out.push_str("</optgroup>\n");
        }
        out.push_str("</select>\n");
    }
    out.push_str("<output aria-live=\"polite\"></output>\n");
    if !abi.groups.is_empty() {
        out.push_str("<div class=\"chips\" role=\"group\" aria-label=\"Groups\">\n");
        for group in &abi.groups {
            let _ = writeln!(
                out,
                "<button type=\"button\" value=\"{0}\" title=\"{1}\" aria-pressed=\"false\">{0}</button>",
                Esc(&group.name),
                Esc(&group.title)
            );
        }
        out.push_str("</div>\n");
    }
    out.push_str("</form>\n");
}

fn about(out: &mut String, links: &Links<'_>) {
    let abi = links.abi;
    out.push_str(
        "<section id=\"about-page\" aria-labelledby=\"about-page-h\">\n<h2 id=\"about-page-h\">About</h2>\n",
    );
    if abi.is_base {
        out.push_str(
            "<p>The slot of a call begins at 64 times its number; <code>__syscall_NR</code> names it. \
             Arguments lie on the stack, in the order of C.</p>\n",
        );
    } else {
        let _ = writeln!(
            out,
            "<p>A program calls system calls as C functions, in slots of 64 bytes. The slot of call <var>nr</var> \
             begins at 64 · <var>nr</var> in the section <code>.libsys</code>. Its C entry, \
             <code>__sys_NAME</code>, stores errno and returns -1 on failure; its raw entry, \
             <code>__sys_raw_NAME</code>, returns the negative error number instead. Both take their arguments as \
             any function of C does; {} name where the kernel finds them. <code>in</code>, <code>out</code> and \
             <code>inout</code> say what the kernel does with the memory behind a pointer, <code>opt</code> that it \
             may be null, and the brackets how much lies there.</p>\n\
             <p>Fingerprint of these calls and numbers: <code>{:#018x}</code>.</p>",
            links.registers().iter().map(|r| format!("<code>{r}</code>")).collect::<Vec<_>>().join(", "),
            abi.fingerprint()
        );
    }
    out.push_str(
        "<p class=\"keys\"><kbd>/</kbd> searches, <kbd>Esc</kbd> clears the search or closes an entry, \
         <kbd>Enter</kbd> opens the first match, <kbd>j</kbd> and <kbd>k</kbd> go to the next and the previous \
         entry. The address of this page keeps what you searched for. Search words may be names, numbers \
         (61 or 0x3d), errors, types, constants and groups; all of them must match.</p>\n",
    );
    index::close(out);
}
