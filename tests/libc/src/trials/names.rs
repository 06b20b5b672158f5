//! `musl/names` says which symbols of the C library are entries of slots: they are, at the offsets of those.

use super::{Tools, certain, read};
use crate::sysroot::{Flavour, Sysroot};
use libsys_image::{RAW_ENTRY, SLOT_SIZE};
use libsys_model::Abi;
use libtest_mimic::Trial;
use object::read::archive::ArchiveFile;
use object::read::{Object, ObjectSection, ObjectSymbol};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Offset in its slot of what is jumped to for returning from a handler (ABI.md, "Slots").
const FRAME: u64 = 39;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let each = Sysroot::PORTED.into_iter().map(|sysroot| {
        let tools = Arc::clone(tools);
        certain(format!("names::{}", sysroot.name()), move || check(&tools, sysroot))
    });
    each.collect()
}

/// A line: which entry a symbol is, and whether other objects see it.
struct Named {
    symbol: String,
    offset: u64,
    is_hidden: bool,
}

fn named(text: &str, abi: &Abi) -> Result<Vec<Named>, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let each = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, symbol, entry, call, ref rest @ ..] = words[..] else {
            return Err(format!("names: {line}"));
        };
        let known = abi.calls.iter().chain(&abi.services).find(|c| c.name == call);
        let nr = known.ok_or_else(|| format!("names: no call `{call}`"))?.nr.0;
        let inside = match (call, entry) {
            ("rt_sigreturn", _) => FRAME,
            (_, "raw") => u64::from(RAW_ENTRY),
            _ => 0,
        };
        let offset = u64::from(nr) * u64::from(SLOT_SIZE) + inside;
        Ok(Named { symbol: symbol.into(), offset, is_hidden: rest.contains(&"hidden") })
    });
    each.collect()
}

fn check(tools: &Tools, sysroot: Sysroot) -> Result<(), String> {
    let list = tools.places.sources.join("../../musl/names");
    let text = std::fs::read_to_string(&list).map_err(|e| format!("{}: {e}", list.display()))?;
    let abi = libsys_abi::linux_x86_64();
    let named = named(&text, &abi)?;
    let shared = read(&tools.places.lib(sysroot, "libc.so"))?;
    let file = object::File::parse(shared.as_slice()).map_err(|e| e.to_string())?;
    let table = file.section_by_name(".libsys").ok_or("libc.so has no section")?.address();
    let all: BTreeMap<&str, u64> =
        file.symbols().filter_map(|s| Some((s.name().ok()?, s.address()))).collect();
    let exported: BTreeSet<&str> = file.dynamic_symbols().filter_map(|s| s.name().ok()).collect();
    let archive = match sysroot.flavour {
        Flavour::Reserved => "libc.a",
        _ => "libsys.a",
    };
    let members = defined(&tools.places.lib(sysroot, archive))?;
    let mut wrong = Vec::new();
    let mut found = 0;
    for name in &named {
        let Some(address) = all.get(name.symbol.as_str()) else {
            // Older releases of musl lack some, and a hidden one that nothing uses is not linked.
            if sysroot.suite.is_none() && !name.is_hidden {
                wrong.push(format!("{} is not in libc.so", name.symbol));
            }
            continue;
        };
        found += 1;
        if *address != table + name.offset {
            wrong.push(format!("{} lies at {:#x} in the table", name.symbol, address.wrapping_sub(table)));
        }
        if exported.contains(name.symbol.as_str()) && name.is_hidden {
            wrong.push(format!("{} is exported", name.symbol));
        }
        if !members.contains(&name.symbol) {
            wrong.push(format!("{} is not in {archive}", name.symbol));
        }
    }
    if found < 100 {
        wrong.push(format!("only {found} names were found"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The symbols that members of an archive define.
///
/// # Errors
///
/// A sentence when it cannot be read.
pub fn defined(path: &Path) -> Result<BTreeSet<String>, String> {
    let wrong = |e: object::read::Error| format!("{}: {e}", path.display());
    let bytes = read(path)?;
    let archive = ArchiveFile::parse(bytes.as_slice()).map_err(wrong)?;
    let mut symbols = BTreeSet::new();
    for member in archive.members() {
        let data = member.map_err(wrong)?.data(bytes.as_slice()).map_err(wrong)?;
        let file = object::File::parse(data).map_err(wrong)?;
        let names = file.symbols().filter(|s| s.is_global() && s.is_definition());
        symbols.extend(names.filter_map(|s| s.name().ok().map(str::to_owned)));
    }
    Ok(symbols)
}
