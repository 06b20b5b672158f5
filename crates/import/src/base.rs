//! Entries → a file of 2005: numbers, prototypes, and the types that they name.

use crate::{Entry, Param, Ty};
use libsys_syntax::source::{Source, TableLoader};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Types of BSD headers that are integers, and which ones.
const INTEGERS: [(&str, &str); 30] = [
    ("__acl_type_t", "i32"),
    ("__intptr_t", "intptr"),
    ("__socklen_t", "u32"),
    ("acl_type_t", "i32"),
    ("accmode_t", "i32"),
    ("clockid_t", "i32"),
    ("cpulevel_t", "i32"),
    ("cpusetid_t", "i32"),
    ("cpuwhich_t", "i32"),
    ("fflags_t", "u32"),
    ("fsblkcnt_t", "u64"),
    ("idtype_t", "i32"),
    ("intmax_t", "i64"),
    ("mqd_t", "i32"),
    ("nfds_t", "u32"),
    ("osigset_t", "u32"),
    ("register_t", "long"),
    ("rlim_t", "i64"),
    ("sa_family_t", "u8"),
    ("sem_t", "void"),
    ("semid_t", "intptr"),
    ("semkey_t", "i32"),
    ("u_register_t", "unsigned long"),
    ("uint16_t", "u16"),
    ("uint32_t", "u32"),
    ("uint64_t", "u64"),
    ("uint8_t", "u8"),
    ("uintmax_t", "u64"),
    ("vm_offset_t", "uintptr"),
    ("vm_size_t", "uintptr"),
];

/// The text.
pub(crate) fn write(name: &str, entries: &[Entry]) -> String {
    // What is not known without being declared is asked of the model itself.
    let unknown = unknown(&render(name, &BTreeSet::new(), entries));
    let text = render(name, &unknown, entries);
    libsys_syntax::format(&text).unwrap_or(text)
}

/// The words that a text uses as types and nobody declares.
fn unknown(text: &str) -> BTreeSet<String> {
    let root = Source { path: String::new(), text: text.to_owned() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (_, diagnostics) = libsys_model::lower(&parsed);
    let undeclared = diagnostics.iter().filter(|d| d.code == "W0202");
    undeclared.map(|d| parsed.sources.text(d.primary.span).to_owned()).collect()
}

fn render(name: &str, unknown: &BTreeSet<String>, entries: &[Entry]) -> String {
    let mut out = format!("BASE {name};\n\n");
    declare(unknown, entries, &mut out);
    for entry in entries {
        match entry {
            Entry::Note(text) => {
                let _ = writeln!(out, "# {text}");
            }
            Entry::Call { nr, name, ret, params } => {
                let params: Vec<String> = params.iter().map(param).collect();
                let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
                let _ = writeln!(
                    out,
                    "\nADD {nr} {{ function {}({params}); implementation direct; }}\n",
                    join(ret, Some(name))
                );
            }
        }
    }
    out
}

fn declare(unknown: &BTreeSet<String>, entries: &[Entry], out: &mut String) {
    let integer = |word: &str| INTEGERS.iter().find(|(known, _)| *known == word).map(|(_, what)| *what);
    let values = passed_by_value(entries);
    let (known, rest): (Vec<_>, Vec<_>) = unknown.iter().partition(|word| integer(word).is_some());
    let (words, opaque): (Vec<_>, Vec<_>) = rest.into_iter().partition(|word| values.contains(word.as_str()));
    for word in known {
        let _ = writeln!(out, "type {word} = {};", integer(word).unwrap_or("long"));
    }
    for (title, what, list) in [
        ("The list does not say how large these are: taken for machine words.", "long", words),
        ("The list does not say what these look like.", "void", opaque),
    ] {
        if !list.is_empty() {
            let _ = writeln!(out, "\n# {title}");
        }
        for word in list {
            let _ = writeln!(out, "type {word} = {what};");
        }
    }
    out.push('\n');
}

/// Types that are passed or returned as they are, not behind a pointer.
fn passed_by_value(entries: &[Entry]) -> BTreeSet<&str> {
    let mut values = BTreeSet::new();
    for entry in entries {
        let Entry::Call { ret, params, .. } = entry else { continue };
        let types = params.iter().map(|param| &param.ty).chain([ret]);
        values.extend(types.filter(|ty| ty.stars == 0).map(|ty| ty.base.as_str()));
    }
    values
}

fn param(param: &Param) -> String {
    format!("{}{}{}", param.direction, join(&param.ty, param.name.as_deref()), param.len)
}

/// A type and a name.
fn join(ty: &Ty, name: Option<&str>) -> String {
    let stars = "*".repeat(usize::from(ty.stars));
    format!("{}{} {stars}{}", if ty.is_const { "const " } else { "" }, ty.base, name.unwrap_or(""))
}
