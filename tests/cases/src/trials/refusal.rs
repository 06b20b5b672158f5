//! Bad input: programs whose note, headers or file were altered are refused in one line that names program and
//! field, with exit status 127, before anything is mapped.

use super::{Tools, certain, trial};
use crate::build::Toolchain;
use crate::directive::Directives;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::data;
use libsys_image::note;
use libsys_trials::elf::{Described, Elf};
use libsys_trials::machine;
use libsys_trials::machine::Need;
use libsys_trials::run::End;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::{Completion, Trial};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// One alteration.
struct Damage {
    name: &'static str,
    flavour: Flavour,
    /// Part of the line that must name the fault.
    named: &'static str,
    alter: fn(&mut Elf, &Described),
}

const PF_W: u8 = 2;
const PT_PHDR: u32 = 6;
/// Offset of `p_flags` and of `p_vaddr` in a program header, and its size.
const P_FLAGS: usize = 4;
const P_VADDR: usize = 16;
const PHDR_SIZE: usize = 56;

/// Writes a field of the note.
fn field(elf: &mut Elf, at: &Described, offset: usize, bytes: &[u8]) {
    elf.bytes[at.desc + offset..][..bytes.len()].copy_from_slice(bytes);
}

/// Moves what a self-relative field of the note means.
fn shift(elf: &mut Elf, at: &Described, offset: usize, by: i64) {
    let place = at.desc + offset;
    let old = i64::from_le_bytes(elf.bytes[place..][..8].try_into().unwrap_or_default());
    field(elf, at, offset, &old.wrapping_add(by).to_le_bytes());
}

/// File offset of the errno descriptor.
fn errno_descriptor(elf: &Elf, at: &Described) -> usize {
    let holder = elf.segments[at.header];
    let field = (at.desc + note::ERRNO_FIELD) as u64 - holder.offset + holder.vaddr;
    let address = field.wrapping_add_signed(at.note.errno);
    let segment =
        elf.segments.iter().find(|s| s.kind == 1 && (s.vaddr..s.vaddr + s.filesz).contains(&address));
    segment.map_or(0, |s| (address - s.vaddr + s.offset) as usize)
}

/// The place of a program header's field.
fn header(elf: &Elf, index: usize, offset: usize) -> usize {
    elf.headers + index * PHDR_SIZE + offset
}

const DAMAGES: &[Damage] = {
    use Flavour::{Reserved, Text};
    const fn damage(
        name: &'static str,
        flavour: Flavour,
        named: &'static str,
        alter: fn(&mut Elf, &Described),
    ) -> Damage {
        Damage { name, flavour, named, alter }
    }
    &[
        damage("format", Reserved, "note field format", |e, d| field(e, d, 0, &[2])),
        damage("flavour", Reserved, "note field flavour", |e, d| field(e, d, 2, &[9])),
        damage("compact", Reserved, "note field flavour", |e, d| field(e, d, 2, &[3])),
        damage("flags", Reserved, "note field flags", |e, d| field(e, d, 3, &[0x83])),
        damage("machine", Reserved, "note field machine", |e, d| field(e, d, 4, &[3])),
        damage("slot-size", Reserved, "note field slot size", |e, d| field(e, d, 6, &[32])),
        damage("slots", Reserved, "note field section size", |e, d| field(e, d, 9, &[2])),
        damage("release", Reserved, "newer release", |e, d| field(e, d, 14, &[99])),
        damage("other-abi", Reserved, "no map for this ABI", |e, d| field(e, d, 16, b"hurd/")),
        damage("open-name", Reserved, "note field ABI name", |e, d| field(e, d, 16, &[b'x'; 24])),
        damage("name", Reserved, "note field ABI name", |e, d| field(e, d, 16, b"\x1b[2J")),
        damage("fingerprint", Reserved, "note field fingerprint", |e, d| field(e, d, 40, &[0; 8])),
        damage("section-size", Reserved, "note field section size", |e, d| field(e, d, 50, &[2])),
        damage("misaligned", Reserved, "note field section: not page-aligned", |e, d| {
            shift(e, d, note::SECTION_FIELD, 8);
        }),
        damage("outside", Reserved, "note field section", |e, d| shift(e, d, note::SECTION_FIELD, 1 << 40)),
        damage("far-outside", Reserved, "note field section", |e, d| {
            shift(e, d, note::SECTION_FIELD, i64::MIN);
        }),
        damage("below", Reserved, "note field section", |e, d| shift(e, d, note::SECTION_FIELD, -4096)),
        damage("beyond", Reserved, "note field section", |e, d| shift(e, d, note::SECTION_FIELD, 4096)),
        damage("text-beyond", Text, "note field section", |e, d| shift(e, d, note::SECTION_FIELD, 4096)),
        damage("text-below", Text, "note field section", |e, d| shift(e, d, note::SECTION_FIELD, -4096)),
        damage("not-reserved", Text, "note field section: reserved", |e, d| field(e, d, 2, &[1])),
        damage("not-text", Reserved, "note field section: text", |e, d| field(e, d, 2, &[2])),
        damage("errno-outside", Reserved, "note field errno", |e, d| {
            shift(e, d, note::ERRNO_FIELD, 1 << 40);
        }),
        damage("errno-misaligned", Reserved, "note field errno", |e, d| shift(e, d, note::ERRNO_FIELD, 4)),
        damage("errno-kind", Reserved, "note field errno: its kind", |e, d| {
            let at = errno_descriptor(e, d);
            e.bytes[at] = 7;
        }),
        damage("errno-function", Reserved, "note field errno: its function", |e, d| {
            let at = errno_descriptor(e, d) + data::ERRNO_DESC_FUNCTION as usize;
            e.bytes[at + 4] ^= 1;
        }),
        damage("errno-no-function", Reserved, "note field errno: its kind is 0", |e, d| {
            let at = errno_descriptor(e, d) + data::ERRNO_DESC_FUNCTION as usize;
            e.bytes[at..at + 8].fill(0);
        }),
        damage("errno-offset-and-function", Reserved, "note field errno: its kind is 0", |e, d| {
            let at = errno_descriptor(e, d) + data::ERRNO_DESC_OFFSET as usize;
            e.bytes[at] = 52;
        }),
        damage("errno-int-and-function", Reserved, "note field errno: its kind is not 0", |e, d| {
            let at = errno_descriptor(e, d);
            e.bytes[at] = 1;
        }),
        damage("errno-pointer-and-function", Reserved, "note field errno: its kind is not 0", |e, d| {
            let at = errno_descriptor(e, d);
            e.bytes[at] = 2;
        }),
        damage("uses", Reserved, "note field uses", |e, d| shift(e, d, note::USES_START_FIELD, 1 << 20)),
        damage("tcb-size", Reserved, "note field thread-pointer bytes", |e, d| field(e, d, 88, &[0, 0, 2])),
        damage("padding", Reserved, "note field reserved word", |e, d| field(e, d, 92, &[1])),
        damage("cut-short", Reserved, "note field size", |e, d| {
            let size = d.desc - note::HEADER_SIZE + 4;
            e.bytes[size] = 64;
        }),
        damage("writable", Reserved, "note field section: its segment is not read-only code", |e, d| {
            let holds = |s: &libsys_trials::elf::Segment| {
                s.kind == 1 && (s.vaddr..s.vaddr + s.memsz).contains(&d.section)
            };
            let index = e.segments.iter().position(holds).unwrap_or_default();
            let at = header(e, index, P_FLAGS);
            e.bytes[at] |= PF_W;
        }),
        // Older kernels map a page of the file for a segment without bytes, unless it begins at a page.
        damage("empty-segment", Reserved, "note field section: overlaps another segment", |e, d| {
            let is_empty = |s: &libsys_trials::elf::Segment| s.kind == 1 && s.memsz == 0;
            let index = e.segments.iter().position(is_empty).unwrap_or_default();
            let at = header(e, index, P_VADDR);
            e.bytes[at..at + 8].copy_from_slice(&(d.section + 8).to_le_bytes());
        }),
        damage("headers-elsewhere", Reserved, "program headers: PT_PHDR", |e, _| {
            let index = e.segments.iter().position(|s| s.kind == PT_PHDR).unwrap_or_default();
            let at = header(e, index, P_VADDR);
            e.bytes[at] ^= 8;
        }),
    ]
};

const fn link(flavour: Flavour) -> Link {
    let interpreter = matches!(flavour, Flavour::Reserved);
    Link { flavour, shape: Shape::Static, linker: Linker::Bfd, interpreter }
}

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for damage in DAMAGES {
        let by_hand = Arc::clone(tools);
        trials.push(certain(format!("refusal::{}::hand", damage.name), move || {
            let file = altered(&by_hand, damage, "hand")?;
            let mut command = Command::new(by_hand.places.loader());
            command.arg(&file).env_clear();
            refused(&by_hand, &mut command, &file, damage.named)
        }));
        if damage.flavour == Flavour::Reserved {
            let plain = Arc::clone(tools);
            trials.push(certain(format!("refusal::{}::plain", damage.name), move || {
                let file = altered(&plain, damage, "plain")?;
                refused(&plain, Command::new(&file).env_clear(), &file, damage.named)
            }));
        }
    }
    for (name, content, named) in FILES {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("refusal::file-{name}::hand"), move || {
            let file = tools.places.out.join(format!("file-{name}"));
            run::write_program(&file, content)?;
            let mut command = Command::new(tools.places.loader());
            refused(&tools, command.arg(&file).env_clear(), &file, named)
        }));
    }
    for (name, path, named) in PATHS {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("refusal::path-{name}::hand"), move || {
            let mut command = Command::new(tools.places.loader());
            refused(&tools, command.arg(path).env_clear(), Path::new(path), named)
        }));
    }
    let usage = Arc::clone(tools);
    trials.push(certain("refusal::no-program::hand".into(), move || {
        let mut command = Command::new(usage.places.loader());
        let outcome = run::run(command.env_clear(), &usage.places.out)?;
        let stderr =
            "usage: ld-libsys PROGRAM [ARGUMENT...]: runs PROGRAM with system calls supplied\n".to_owned();
        let expected = Outcome { end: Some(End::Status(127)), stdout: String::new(), stderr };
        run::compare(&command, &expected, &outcome)
    }));
    let unmapped = Arc::clone(tools);
    trials.push(trial("refusal::nothing-is-mapped".into(), move || nothing_is_mapped(&unmapped)));
    let newer = Arc::clone(tools);
    trials.push(trial("refusal::too-new-a-call".into(), move || too_new(&newer)));
    trials
}

/// Files that are no programs, and what is said of them.
const FILES: [(&str, &[u8], &str); 4] = [
    ("empty", b"", "not an ELF file"),
    ("script", b"#!/bin/sh\necho no\n", "a script: run its interpreter with ld-libsys instead"),
    (
        "text",
        b"This is a sentence that is longer than the header of an ELF file has bytes, and says nothing.",
        "not an ELF file",
    ),
    ("short", b"\x7fELF\x02\x01\x01", "not an ELF file"),
];

/// Paths that name no file that can be read, and what is said of them.
const PATHS: [(&str, &str, &str); 3] = [
    ("missing", "/does/not/exist", "open failed with errno 2"),
    ("folder", "/proc", "read failed with errno 21"),
    ("device", "/dev/zero", "not an ELF file"),
];

/// A copy of `hello` with one alteration.
fn altered(tools: &Tools, damage: &Damage, way: &str) -> Result<PathBuf, String> {
    let program = tools.named("hello")?;
    let file = tools.program(&program.source, &program.directives, link(damage.flavour))?;
    let mut elf = Elf::read(&file)?;
    let at = elf.described().ok_or("hello has no note")?;
    (damage.alter)(&mut elf, &at);
    let copy = tools.places.out.join(format!("refusal-{}-{way}", damage.name));
    run::write_program(&copy, &elf.bytes)?;
    Ok(copy)
}

/// Runs a command that must be refused in one line, which begins with the program and holds `named`.
///
/// # Errors
///
/// What it did instead.
pub fn refused(tools: &Toolchain, command: &mut Command, file: &Path, named: &str) -> Result<(), String> {
    let begin = format!("ld-libsys: {}", file.display());
    let is_right = |line: &str| line.starts_with(&begin) && line.contains(named);
    run::is_refused(command, is_right, named, &tools.places.out)
}

/// No call that changes memory precedes a refusal.
fn nothing_is_mapped(tools: &Tools) -> Result<Completion, String> {
    if let Some(reason) = machine::lacks(&Need::Program("strace".into())) {
        return Ok(Completion::ignored_with(reason));
    }
    for damage in DAMAGES.iter().filter(|d| d.flavour == Flavour::Reserved) {
        let file = altered(tools, damage, "traced")?;
        let trace = tools.places.out.join("refusal.trace");
        let mut command = Command::new("strace");
        command.args(["-qq", "-e", "trace=%memory", "-o"]).arg(&trace).arg(&file);
        let outcome = run::run(&mut command, &tools.places.out)?;
        let calls = std::fs::read_to_string(&trace).map_err(|e| format!("{}: {e}", trace.display()))?;
        if outcome.end != Some(End::Status(127)) && outcome.stderr.contains("ptrace") {
            return Ok(Completion::ignored_with("needs ptrace to be permitted"));
        }
        if outcome.end != Some(End::Status(127)) || !calls.is_empty() {
            return Err(format!("{}: {outcome:?}\n{calls}", damage.name));
        }
    }
    Ok(Completion::Completed)
}

/// A program that links a call which this kernel does not have is refused by the call's number.
fn too_new(tools: &Tools) -> Result<Completion, String> {
    const NEWEST: (u32, libsys_image::PackedRelease) = (471, libsys_image::PackedRelease::new(7, 0, 0));
    if machine::kernel().is_none_or(|k| k >= NEWEST.1) {
        return Ok(Completion::ignored_with("this kernel has the newest call"));
    }
    let source = tools.places.sources.join("support/too_new.c");
    let file = tools.program(&source, &Directives::default(), link(Flavour::Reserved))?;
    // Where no map lies beside the supplier.
    let alone = tools.places.out.join("alone");
    let loader = alone.join("ld-libsys");
    let copied = std::fs::create_dir_all(&alone).and_then(|()| std::fs::copy(tools.places.loader(), &loader));
    copied.map_err(|e| format!("{}: {e}", loader.display()))?;
    refused(
        tools,
        Command::new(&loader).arg(&file).env_clear(),
        &file,
        &format!("links call {}, which kernels have since", NEWEST.0),
    )?;
    // With the map, it finds out when it calls.
    let outcome = run::run(Command::new(&file).env_clear(), &tools.places.out)?;
    let expected = Outcome { end: Some(End::Status(1)), ..Outcome::says("") };
    run::compare(&Command::new(&file), &expected, &outcome)?;
    // A text program lists nothing, and finds out when it calls.
    let file = tools.program(&source, &Directives::default(), link(Flavour::Text))?;
    let mut command = Command::new(tools.places.loader());
    command.arg(&file).env_clear();
    let outcome = run::run(&mut command, &tools.places.out)?;
    let expected = Outcome { end: Some(End::Status(1)), ..Outcome::says("") };
    run::compare(&command, &expected, &outcome)?;
    Ok(Completion::Completed)
}
