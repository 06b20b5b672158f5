//! A report in words.

use super::{Fingerprint, Subject, title};
use crate::output::{self, BAD, BOLD, GOOD, WARN, styled};
use libsys_image::note::{FLAG_INITIAL_TLS, Flavour};
use libsys_inspect::{Errno, ErrnoWay, Error, Known, Outside, Report, Section};
use std::path::Path;

/// Instructions that are listed one by one.
const LISTED: usize = 12;

/// One file.
pub fn report(path: &Path, report: &Report, subject: &Subject) -> String {
    let kind = format!("{} {}", super::machine(report.machine), report.kind_name());
    let mut text = format!("{}: {kind}", styled(BOLD, &title(path)));
    if let Some(interpreter) = &report.interpreter {
        text.push_str(&format!(", started by {interpreter}"));
    }
    text.push('\n');
    match &report.section {
        None => line(&mut text, "section", "none"),
        Some(section) => describe(&mut text, report, section, subject),
    }
    if !report.undefined.is_empty() {
        line(&mut text, "refers to", &report.undefined.join(", "));
    }
    if let Some(outside) = &report.outside {
        enters(&mut text, outside, report.section.is_some());
    }
    text
}

/// The members of an archive, a line each.
pub fn members(path: &Path, members: &[(String, Result<Report, Error>)], subject: &Subject) -> String {
    let count = output::count(members.len(), "member", "members");
    let mut text = format!("{}: archive of {count}\n", styled(BOLD, &title(path)));
    let width = members.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, member) in members {
        let what = match member {
            Ok(report) => summary(report, subject),
            Err(error) => styled(BAD, &error.to_string()),
        };
        text.push_str(format!("  {name:<width$}  {what}").trim_end());
        text.push('\n');
    }
    text
}

fn summary(report: &Report, subject: &Subject) -> String {
    let mut parts = Vec::new();
    if let Some(section) = &report.section {
        let note = &section.note;
        parts.push(format!("{} section of {} {}", note.flavour.name(), note.name(), note.release));
    }
    if let Some(reach) = &report.reach {
        parts.push(subject.names(&reach.calls).join(", "));
    }
    if report.section.is_none() && !report.listed.is_empty() {
        parts.push(format!("call {}", subject.names(&report.listed).join(", ")));
    }
    if report.section.is_none() && !report.undefined.is_empty() {
        parts.push(format!("refers to {}", report.undefined.join(", ")));
    }
    parts.join(": ")
}

fn line(text: &mut String, what: &str, value: &str) {
    text.push_str(&format!("  {what:<12} {value}\n"));
}

fn describe(text: &mut String, report: &Report, section: &Section, subject: &Subject) {
    let note = &section.note;
    line(text, "section", &format!("{}, {} {}", note.flavour.name(), note.name(), note.release));
    let fingerprint = subject.fingerprint(note);
    let style = match fingerprint {
        Fingerprint::Right => GOOD,
        Fingerprint::Wrong => BAD,
        Fingerprint::Unknown => WARN,
    };
    let value = format!("{:016x}, {}", note.fingerprint, styled(style, fingerprint.sentence()));
    line(text, "fingerprint", &value);
    let place = match section.address {
        Some(address) => format!("{address:#x}, {} bytes, {} slots", note.section_size, note.slots),
        None => format!("not linked yet, {} bytes, {} slots", note.section_size, note.slots),
    };
    line(text, "lies at", &place);
    let (shared, private) = report.memory();
    let file = format!("{} bytes and a note of {}", section.file_size, section.note_size);
    line(text, "in the file", &file);
    let memory = match note.flavour {
        Flavour::Compact => format!("{shared} bytes"),
        _ => format!("{} KiB shared by all programs, {} KiB of its own", shared >> 10, private >> 10),
    };
    line(text, "in memory", &memory);
    line(text, "errno", &section.errno.as_ref().map_or_else(|| "none".to_owned(), errno));
    let tls = if note.flags & FLAG_INITIAL_TLS != 0 { "set up by the supplier" } else { "not asked for" };
    line(text, "initial TLS", tls);
    reach(text, report, subject);
    for fault in &section.faults {
        line(text, &styled(BAD, &format!("{:<12}", "fault")), &fault.to_string());
    }
}

fn errno(errno: &Errno) -> String {
    match &errno.way {
        ErrnoWay::Function { address, name } => {
            let name = name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
            format!("where the function at {address:#x} says{name}")
        }
        ErrnoWay::Int(offset) => format!("the int at thread pointer {offset:+}"),
        ErrnoWay::Pointer(offset) => format!("behind the pointer at thread pointer {offset:+}"),
        ErrnoWay::Unknown(kind) => format!("descriptor of kind {kind}, which says nothing"),
    }
}

fn reach(text: &mut String, report: &Report, subject: &Subject) {
    let Some(reach) = &report.reach else {
        return line(text, "can call", "unknown: nothing is listed, and its code was not read");
    };
    let how = match reach.known {
        Known::Listed => "listed by the linker",
        Known::Searched => "found in code and data",
    };
    if reach.any {
        line(text, "can call", "any call, by number: it uses libsys_syscall");
    }
    let count = output::count(reach.calls.len(), "call", "calls");
    let what = if reach.any { "and by name" } else { "can call" };
    line(text, what, &format!("{count}, {how}"));
    for names in subject.names(&reach.calls).chunks(6) {
        line(text, "", &names.join(", "));
    }
    if !reach.services.is_empty() {
        line(text, "services", &subject.names(&reach.services).join(", "));
    }
}

fn enters(text: &mut String, outside: &Outside, has_section: bool) {
    let place = if has_section { "outside the section" } else { "in its code" };
    if outside.enter_count == 0 {
        return line(text, "enters", &format!("the kernel nowhere {place}"));
    }
    if outside.own_count == outside.enter_count {
        let count = output::count(outside.own_count as usize, "place", "places");
        return line(
            text,
            "enters",
            &format!("the kernel at {count} of a run-time linker's own table, and nowhere else"),
        );
    }
    let count =
        if outside.enter_count == 1 { "place".into() } else { format!("{} places", outside.enter_count) };
    let count = if outside.enter_count == 1 { format!("1 {count}") } else { count };
    line(text, "enters", &format!("the kernel at {} {place}", styled(WARN, &count)));
    for enter in outside.enters.iter().take(LISTED) {
        let function = enter.function.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
        line(text, "", &format!("{:#x} {}{function}", enter.address, enter.instruction));
    }
    if outside.enter_count > LISTED as u64 {
        line(text, "", &format!("and {} more", outside.enter_count - LISTED as u64));
    }
}
