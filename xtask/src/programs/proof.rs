//! What is proven of a program before its suite is run: where its calls are made from.
//!
//! - Its file has no instruction that enters the kernel; a static one has a section of the flavour, a dynamic one its libc.
//! - Every call that `strace` sees is made at the one place of an entry where entries make them.
//! - A reserved program that is told of a map which is not there refuses to start.
//!
//! Stock programs are looked at in the same way, and must show the contrary: else the checks would check nothing.

use super::Program;
use super::place::Place;
use crate::run;
use crate::sdk::Sdk;
use crate::sysroot::Flavour;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Bytes in an entry, of which a slot has two.
const ENTRY_SIZE: u64 = 32;
/// Where in an entry the kernel goes back to: behind the instruction at offset 14.
const BEHIND: u64 = 16;
/// How a supplier ends a program that it refuses.
const REFUSED: i32 = 127;

/// Proves a program that was built.
///
/// # Errors
///
/// What is not so.
pub fn prove(program: &Program, place: &Place, sdk: &Sdk) -> Result<(), String> {
    let mut has_section = false;
    let mut entering = 0;
    for file in program.made {
        let path = place.root.join(file);
        let report = inspect(sdk, &path)?;
        let wrong = |what: &str| Err(format!("{}: {what}", path.display()));
        let count = report["outside"]["count"].as_u64();
        let Some(count) = count else { return wrong("its code cannot be read") };
        entering += count;
        if place.flavour() != Flavour::Stock && count > 0 {
            return wrong(&format!(
                "{count} instructions enter the kernel: {}",
                report["outside"]["instructions"]
            ));
        }
        let is_alone = report["interpreter"].as_str().is_none_or(|name| name.ends_with("/ld-libsys"));
        if is_alone && report["kind"] != "shared object" {
            has_section = true;
            check_section(&report, place.flavour()).or_else(|what| wrong(&what))?;
        }
    }
    if !has_section {
        let libc = place.sysroot.root.join("lib/libc.so");
        let report = inspect(sdk, &libc)?;
        check_section(&report, place.flavour()).map_err(|what| format!("{}: {what}", libc.display()))?;
    } else if place.flavour() == Flavour::Stock && entering == 0 {
        return Err(format!("{}: a static program on stock musl seems to enter nothing", program.name));
    }
    trace(program, place)?;
    refuse(program, place)
}

fn inspect(sdk: &Sdk, path: &Path) -> Result<Value, String> {
    let mut command = Command::new(sdk.command());
    command.args(["inspect", "--json"]).arg(path);
    let output = run::quiet(command)?;
    serde_json::from_slice(&output.stdout).map_err(|e| format!("libsys inspect {}: {e}", path.display()))
}

/// Holds the section of a report to what a flavour has.
fn check_section(report: &Value, flavour: Flavour) -> Result<(), String> {
    let section = &report["section"];
    let (word, bytes) = (section["flavour"].as_str(), section["file_bytes"].as_u64());
    let is_right = match flavour {
        Flavour::Stock => section.is_null(),
        Flavour::Reserved => word == Some("reserved") && bytes == Some(0),
        Flavour::Text => word == Some("text") && bytes == section["size"].as_u64(),
    };
    if is_right { Ok(()) } else { Err(format!("not {}, but {section}", flavour.word())) }
}

/// The program's trial, which ends quickly and well.
fn trial(program: &Program, place: &Place) -> Vec<String> {
    let mut words = program.trial.iter();
    let file = words.next().map(|file| place.root.join(file).display().to_string());
    file.into_iter().chain(words.map(|word| (*word).to_owned())).collect()
}

fn trace(program: &Program, place: &Place) -> Result<(), String> {
    let log = place.root.join("trace.log");
    let mut strace = place.command("strace");
    strace.args(["-f", "-i", "-o"]).arg(&log).args(trial(program, place));
    run::quiet(strace)?;
    let text = run::at(&log, |path| std::fs::read_to_string(path))?;
    let (inside, all) = calls(&text, &place.root.display().to_string());
    let is_right = match place.flavour() {
        Flavour::Stock => inside < all,
        _ => inside == all && all > 0,
    };
    if is_right {
        return Ok(());
    }
    Err(format!("{}: {inside} of {all} calls are made where entries make them", log.display()))
}

/// How many calls of a trace are made where entries make them, and how many there are. The kernel's own return from
/// `execve` is not among them, nor is what processes do that went on to run programs from elsewhere than below `root`.
fn calls(trace: &str, root: &str) -> (usize, usize) {
    let (mut inside, mut all) = (0, 0);
    let mut foreign = BTreeSet::new();
    for line in trace.lines() {
        let Some((process, rest)) = line.split_once('[') else { continue };
        let process = process.trim();
        if let Some((_, file)) = rest.split_once("execve(\"") {
            if file.starts_with(root) {
                foreign.remove(process);
            } else {
                foreign.insert(process);
            }
            continue;
        }
        let address = rest.split_once(']').and_then(|(digits, _)| u64::from_str_radix(digits, 16).ok());
        if let Some(address) = address.filter(|_| !foreign.contains(process)) {
            inside += usize::from(address % ENTRY_SIZE == BEHIND);
            all += 1;
        }
    }
    (inside, all)
}

fn refuse(program: &Program, place: &Place) -> Result<(), String> {
    let words = trial(program, place);
    let Some((file, rest)) = words.split_first() else { return Ok(()) };
    let missing = place.root.join("no.map");
    let mut command = place.command(file);
    command.args(rest).env("LIBSYS_MAP", &missing);
    let output = command.output().map_err(|e| format!("{file}: {e}"))?;
    let is_right = match place.flavour() {
        Flavour::Reserved => output.status.code() == Some(REFUSED),
        _ => output.status.success(),
    };
    if is_right { Ok(()) } else { Err(format!("{file} told of a map that is not there: {}", output.status)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_where_they_are_made() {
        let trace = "7 [00007feb1817dad7] execve(\"/r/a\", [\"a\"], 0x7ffd) = 0\n\
                     7 [0000000000405510] write(1, \"[0]\", 3) = 3\n\
                     7 [0000000000405511] write(1, \"hi\", 2) = 2\n\
                     8 [0000000000405530] execve(\"/bin/b\", [\"b\"], 0x7ffd) = 0\n\
                     8 [0000000000405511] write(1, \"hi\", 2) = 2\n\
                     8 [0000000000405511] execve(\"/r/a\", [\"a\"], 0x7ffd) = 0\n\
                     8 [0000000000405510] write(1, \"hi\", 2) = 2\n\
                     7 [????????????????] +++ exited with 0 +++\n";
        assert_eq!(calls(trace, "/r"), (2, 3));
    }

    #[test]
    fn a_section_is_held_to_its_flavour() {
        let reserved =
            serde_json::json!({ "section": { "flavour": "reserved", "file_bytes": 0, "size": 9 } });
        assert!(check_section(&reserved, Flavour::Reserved).is_ok());
        assert!(check_section(&reserved, Flavour::Text).is_err());
        assert!(check_section(&reserved, Flavour::Stock).is_err());
        assert!(check_section(&serde_json::json!({ "section": null }), Flavour::Stock).is_ok());
    }
}
