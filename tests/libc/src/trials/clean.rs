//! Nothing in the C library enters the kernel but slots: every instruction of libc.a, of libc.so and of a static program is
//! swept. The one exception is libc.so's compact table, which supplies the rest.

use super::{Tools, certain, read};
use crate::program::Shape;
use crate::sysroot::{Flavour, Sysroot};
use libsys_image::note::Flavour as Kind;
use libsys_inspect::{Outside, Report};
use libsys_trials::word::Word;
use libtest_mimic::Trial;
use object::read::{Object, ObjectSection};
use std::path::Path;
use std::sync::Arc;

/// The section of the compact table in libc.so.
pub use libsys_image::RTLD_SECTION_NAME as COMPACT;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for sysroot in Sysroot::PORTED {
        for file in ["libc.a", "libc.so"] {
            let tools = Arc::clone(tools);
            let name = format!("clean::{}::{file}", sysroot.name());
            trials.push(certain(name, move || {
                let path = tools.places.lib(sysroot, file);
                if file == "libc.a" { archive(&path) } else { object(&path, sysroot.flavour) }
            }));
        }
    }
    for flavour in [Flavour::Reserved, Flavour::Text] {
        for &shape in Shape::ALL {
            let tools = Arc::clone(tools);
            let name = format!("clean::{}::program::{}", flavour.word(), shape.word());
            trials.push(certain(name, move || program(&tools, flavour, shape)));
        }
    }
    let tools = Arc::clone(tools);
    trials.push(certain("clean::stock-is-not".into(), move || {
        // The sweep sees what is there to be seen.
        let stock = tools.places.lib(Sysroot { flavour: Flavour::Stock, suite: None }, "libc.so");
        match object(&stock, Flavour::Text) {
            Ok(()) => Err("no instruction of stock musl was found".into()),
            Err(_) => Ok(()),
        }
    }));
    trials
}

fn archive(path: &Path) -> Result<(), String> {
    let bytes = read(path)?;
    let members = libsys_inspect::members(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut found = Vec::new();
    for (member, report) in &members {
        let report = report.as_ref().map_err(|e| format!("{member}: {e}"))?;
        if outside(report)?.enter_count != 0 {
            found.push(member.as_str());
        }
    }
    match (members.len(), found.is_empty()) {
        (0..1000, _) => Err(format!("only {} members", members.len())),
        (_, true) => Ok(()),
        _ => Err(format!("these enter the kernel: {}", found.join(", "))),
    }
}

fn outside(report: &Report) -> Result<&Outside, String> {
    report.outside.as_ref().ok_or_else(|| "not code of this machine".into())
}

fn inspect(path: &Path) -> Result<(Vec<u8>, Report), String> {
    let bytes = read(path)?;
    let report = libsys_inspect::inspect(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok((bytes, report))
}

fn object(path: &Path, flavour: Flavour) -> Result<(), String> {
    let (bytes, report) = inspect(path)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| e.to_string())?;
    let compact = file.section_by_name(COMPACT).map_or(0..0, |s| s.address()..s.address() + s.size());
    if compact.is_empty() == (flavour == Flavour::Reserved) {
        return Err(format!("a compact table of {} bytes", compact.end - compact.start));
    }
    let found: Vec<String> = outside(&report)?
        .enters
        .iter()
        .filter(|enter| !compact.contains(&enter.address))
        .map(|enter| format!("{:#x} {}", enter.address, enter.function.as_deref().unwrap_or("?")))
        .collect();
    if !found.is_empty() {
        return Err(format!("enters the kernel at {}", found.join(", ")));
    }
    section(&report, flavour)
}

/// The section is of the flavour, and takes no space in the file where it is reserved.
fn section(report: &Report, flavour: Flavour) -> Result<(), String> {
    let section = report.section.as_ref().ok_or("there is no section")?;
    let (kind, in_file) = match flavour {
        Flavour::Reserved => (Kind::Reserved, false),
        _ => (Kind::Text, true),
    };
    if section.note.flavour != kind || !section.faults.is_empty() {
        return Err(format!("{:?}, faults: {:?}", section.note.flavour, section.faults));
    }
    if (section.file_size != 0) != in_file {
        return Err(format!("the section has {} bytes in the file", section.file_size));
    }
    Ok(())
}

fn program(tools: &Tools, flavour: Flavour, shape: Shape) -> Result<(), String> {
    let (_, report) = inspect(&tools.support("hello", flavour, shape)?)?;
    if outside(&report)?.enter_count != 0 {
        return Err("it enters the kernel outside of its section".into());
    }
    if shape.is_static() {
        return section(&report, flavour);
    }
    // The section is the libc's.
    if report.section.is_some() { Err("it has a section of its own".into()) } else { Ok(()) }
}
