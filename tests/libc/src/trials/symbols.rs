//! A program that links with stock musl links with ours: the same symbols, of the same kind, in libc.so and in libc.a.

use super::names::defined;
use super::{Tools, certain, read};
use crate::sysroot::Sysroot;
use libtest_mimic::Trial;
use object::read::archive::ArchiveFile;
use object::read::{Object, ObjectSymbol};
use object::{SymbolFlags, SymbolKind, elf};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for sysroot in Sysroot::PORTED {
        let one = Arc::clone(tools);
        trials.push(certain(format!("symbols::{}::libc.so", sysroot.name()), move || shared(&one, sysroot)));
        let one = Arc::clone(tools);
        trials.push(certain(format!("symbols::{}::libc.a", sysroot.name()), move || archive(&one, sysroot)));
        let one = Arc::clone(tools);
        trials.push(certain(format!("symbols::{}::headers", sysroot.name()), move || headers(&one, sysroot)));
    }
    trials
}

/// The names that a shared object exports, with their kind.
fn exported(path: &Path) -> Result<BTreeMap<String, SymbolKind>, String> {
    let bytes = read(path)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| e.to_string())?;
    let symbols = file.dynamic_symbols().filter(|s| s.is_definition());
    Ok(symbols.filter_map(|s| Some((s.name().ok()?.to_owned(), s.kind()))).collect())
}

fn shared(tools: &Tools, sysroot: Sysroot) -> Result<(), String> {
    let ours = exported(&tools.places.lib(sysroot, "libc.so"))?;
    let stock = exported(&tools.places.lib(sysroot.stock(), "libc.so"))?;
    if stock.len() < 1000 {
        return Err(format!("stock exports only {} names", stock.len()));
    }
    let mut wrong = Vec::new();
    for (name, kind) in &stock {
        match ours.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(other) if other != kind => wrong.push(format!("{name} is {other:?}, not {kind:?}")),
            Some(_) => {}
        }
    }
    wrong.extend(ours.keys().filter(|name| !stock.contains_key(*name)).map(|name| format!("{name} is new")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The symbols of an archive that programs may use: those that are not hidden.
fn offered(path: &Path) -> Result<BTreeSet<String>, String> {
    let wrong = |e: object::read::Error| format!("{}: {e}", path.display());
    let bytes = read(path)?;
    let archive = ArchiveFile::parse(bytes.as_slice()).map_err(wrong)?;
    let mut symbols = BTreeSet::new();
    for member in archive.members() {
        let data = member.map_err(wrong)?.data(bytes.as_slice()).map_err(wrong)?;
        let file = object::File::parse(data).map_err(wrong)?;
        let names = file.symbols().filter(|s| s.is_global() && s.is_definition()).filter(|s| {
            let SymbolFlags::Elf { st_other, .. } = s.flags() else { return true };
            st_other.visibility() != elf::STV_HIDDEN
        });
        symbols.extend(names.filter_map(|s| s.name().ok().map(str::to_owned)));
    }
    Ok(symbols)
}

fn archive(tools: &Tools, sysroot: Sysroot) -> Result<(), String> {
    let stock = offered(&tools.places.lib(sysroot.stock(), "libc.a"))?;
    let mut ours = defined(&tools.places.lib(sysroot, "libc.a"))?;
    ours.extend(defined(&tools.places.lib(sysroot, "libsys.a"))?);
    // Internal, and not marked so by musl.
    let internal = ["__syscall_cp_c"];
    let missing: Vec<&String> =
        stock.iter().filter(|name| !ours.contains(*name) && !internal.contains(&name.as_str())).collect();
    if stock.len() > 1000 && missing.is_empty() {
        return Ok(());
    }
    Err(format!("of {} names, these are missing: {missing:?}", stock.len()))
}

/// The headers are musl's, but for libsys's own.
fn headers(tools: &Tools, sysroot: Sysroot) -> Result<(), String> {
    let (ours, stock) = (tools.places.root(sysroot), tools.places.root(sysroot.stock()));
    let mut differ = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("include")];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(stock.join(&folder)).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let entry = entry.map_err(|e| e.to_string())?;
            let name = folder.join(entry.file_name());
            match entry.file_type().map_err(|e| e.to_string())? {
                // Those of the kernel are links to the system's.
                kind if kind.is_symlink() => {}
                kind if kind.is_dir() => folders.push(name),
                _ => {
                    count += 1;
                    if std::fs::read(ours.join(&name)).ok() != std::fs::read(stock.join(&name)).ok() {
                        differ.push(name.display().to_string());
                    }
                }
            }
        }
    }
    if count > 150 && differ.is_empty() {
        Ok(())
    } else {
        Err(format!("{count} headers; {}", differ.join(", ")))
    }
}
