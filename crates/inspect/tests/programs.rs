//! Programs linked from our own archives are read back; damaged ones are refused, or described, and never
//! make the reader panic.

use libsys_emit::{archive, elf};
use libsys_image::note::Flavour;
use libsys_inspect::{ErrnoWay, Error, FileKind, Known, Report, inspect, members};
use libsys_model::{
    Abi, Call, Cancel, Implementation, Machine, Release, Returns, Scalar, Shape, SyscallNr, TypeRef,
};
use std::path::Path;
use std::process::Command;

const SOURCE: &str = "
long __sys_write(int, const void *, unsigned long);
long __sys_getpid(void);
long (*volatile pointer)(void) = __sys_getpid;
void __sys_exit_group(int);
void _start(void) {
    __sys_write(1, \"hi\\n\", 3);
    pointer();
    __sys_exit_group(0);
    ENTER;
}
";

fn call(nr: u32, name: &str) -> Call {
    let int = Shape::Scalar(Scalar { size: 4, signed: true });
    Call {
        nr: SyscallNr(nr),
        name: name.into(),
        summary: String::new(),
        doc: String::new(),
        ret: TypeRef { shape: int, c: "int".into(), text: "int".into() },
        params: Vec::new(),
        since: None,
        until: None,
        group: None,
        cancel: Cancel::No,
        errors: Vec::new(),
        returns: Returns::Once,
        interpose: true,
        vdso: None,
        slots: 1,
        see: None,
        implementation: Implementation::Direct,
    }
}

fn abi() -> Abi {
    Abi {
        name: "linux/x86_64".into(),
        machine: Machine::X86_64,
        release: Release::new(7, 2, 0),
        is_base: false,
        types: Vec::new(),
        groups: Vec::new(),
        calls: vec![call(0, "read"), call(1, "write"), call(39, "getpid"), call(231, "exit_group")],
        rules: Vec::new(),
        services: vec![call(1009, "libsys_syscall")],
    }
}

/// Links the program; none, with a word about it, where there is no C compiler.
fn link(flavour: Flavour, arguments: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let members = if flavour == Flavour::Text { elf::text(&abi()) } else { elf::reserved(&abi()) };
    std::fs::write(path("libsys.a"), archive::emit(&members)).unwrap();
    std::fs::write(path("a.c"), SOURCE).unwrap();
    let mut command = Command::new("cc");
    command.args(["-O1", "-ffreestanding", "-fcf-protection=none", "-nostdlib"]).args(arguments);
    if !arguments.iter().any(|a| a.starts_with("-DENTER=")) {
        command.arg("-DENTER=");
    }
    command.args(["-o", &path("a"), &path("a.c")]);
    if !arguments.contains(&"-c") {
        command.arg(path("libsys.a"));
    }
    match command.output() {
        Err(error) => {
            eprintln!("not tested: cannot run cc: {error}");
            None
        }
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(std::fs::read(Path::new(&path("a"))).unwrap())
        }
    }
}

fn report(flavour: Flavour, arguments: &[&str]) -> Option<Report> {
    link(flavour, arguments).map(|bytes| inspect(&bytes).unwrap())
}

#[test]
fn a_reserved_section_takes_no_bytes_of_the_file_and_lists_its_calls() {
    for arguments in [&["-static", "-no-pie"][..], &["-static", "-no-pie", "-s"], &["-pie", "-fPIE"]] {
        let Some(report) = report(Flavour::Reserved, arguments) else { return };
        let section = report.section.as_ref().unwrap();
        assert_eq!(section.faults, [], "{arguments:?}");
        assert_eq!((section.note.flavour, section.file_size), (Flavour::Reserved, 0));
        assert_eq!(section.note.name(), "linux/x86_64");
        assert_eq!(section.note.fingerprint, abi().fingerprint());
        assert!(section.address.is_some_and(|a| a % 4096 == 0));
        assert_eq!(report.memory(), (65536, 4096));
        let reach = report.reach.as_ref().unwrap();
        assert_eq!((reach.known, reach.any), (Known::Listed, false));
        assert_eq!(reach.calls, [1, 39, 231]);
        assert_eq!(report.outside.as_ref().unwrap().enter_count, 0);
        let ErrnoWay::Function { name, .. } = &section.errno.as_ref().unwrap().way else { panic!() };
        let stripped = arguments.contains(&"-s");
        assert_eq!(name.as_deref(), (!stripped).then_some("__libsys_errno_location"));
    }
}

#[test]
fn the_calls_of_a_text_section_are_searched_for() {
    for arguments in [&["-static", "-no-pie"][..], &["-static", "-no-pie", "-s"], &["-pie", "-fPIE"]] {
        let Some(report) = report(Flavour::Text, arguments) else { return };
        let section = report.section.as_ref().unwrap();
        assert_eq!(section.faults, [], "{arguments:?}");
        assert_eq!((section.note.flavour, section.file_size), (Flavour::Text, 69632));
        let reach = report.reach.as_ref().unwrap();
        // getpid is only called through a variable.
        assert_eq!((reach.known, &reach.calls[..]), (Known::Searched, &[1, 39, 231][..]), "{arguments:?}");
        assert_eq!(report.outside.as_ref().unwrap().enter_count, 0);
    }
}

#[test]
fn an_interpreter_and_a_kind_are_told() {
    let Some(program) = report(Flavour::Reserved, &["-pie", "-fPIE", "-Wl,-I,/lib/ld-libsys"]) else {
        return;
    };
    assert_eq!((program.kind, program.interpreter.as_deref()), (FileKind::Shared, Some("/lib/ld-libsys")));
    let program = report(Flavour::Reserved, &["-static", "-no-pie"]).unwrap();
    assert_eq!((program.kind, program.interpreter), (FileKind::Executable, None));
}

#[test]
fn an_instruction_that_enters_the_kernel_is_found() {
    let enter = "-DENTER=__asm__ volatile(\"syscall; int $0x80; int $0x81; sysenter\")";
    for strip in [false, true] {
        let arguments = ["-static", "-no-pie", enter, if strip { "-s" } else { "-O1" }];
        let Some(bytes) = link(Flavour::Text, &arguments) else { return };
        let outside = inspect(&bytes).unwrap().outside.unwrap();
        let seen: Vec<_> = outside.enters.iter().map(|e| (e.instruction, e.function.as_deref())).collect();
        let function = (!strip).then_some("_start");
        assert_eq!(seen, [("syscall", function), ("int 0x80", function), ("sysenter", function)]);
    }
}

#[test]
fn code_is_found_without_section_headers() {
    let enter = "-DENTER=__asm__ volatile(\"syscall\")";
    for flavour in [Flavour::Text, Flavour::Reserved] {
        let Some(mut bytes) = link(flavour, &["-static", "-no-pie", enter, "-s"]) else { return };
        let with = inspect(&bytes).unwrap();
        bytes[40..48].fill(0);
        bytes[60..64].fill(0);
        let without = inspect(&bytes).unwrap();
        assert_eq!(without.section, with.section);
        assert_eq!(without.reach, with.reach);
        assert_eq!(without.outside, with.outside);
    }
}

#[test]
fn an_object_says_what_it_refers_to() {
    let Some(report) = report(Flavour::Reserved, &["-c"]) else { return };
    assert_eq!((report.kind, report.section.is_none()), (FileKind::Relocatable, true));
    assert_eq!(report.undefined, ["__sys_exit_group", "__sys_getpid", "__sys_write"]);
}

#[test]
fn members_of_archives_are_read() {
    let bytes = archive::emit(&elf::reserved(&abi()));
    assert_eq!(inspect(&bytes), Err(Error::Archive));
    let members = members(&bytes).unwrap();
    let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["table.o", "errno.o", "read.o", "write.o", "getpid.o", "exit_group.o", "libsys_syscall.o"]
    );
    let table = members[0].1.as_ref().unwrap().section.as_ref().unwrap();
    assert_eq!((table.note.flavour, table.address, table.file_size), (Flavour::Reserved, None, 0));

    assert_eq!(members[5].1.as_ref().unwrap().listed, [231]);

    let abi = abi();
    // That for any number is no call which is made.
    let calls =
        elf::compact_calls(&abi, &["read", "write", "getpid", "exit_group", "libsys_syscall"]).unwrap();
    let compact = inspect(&elf::compact(&abi, &calls).unwrap()[0].bytes).unwrap();
    assert_eq!(compact.section.as_ref().unwrap().file_size, (4 + 1) * 64);
    assert_eq!(compact.reach.unwrap().calls, [0, 1, 39, 231]);
}

#[test]
fn a_claim_that_does_not_hold_is_a_fault() {
    let Some(bytes) = link(Flavour::Reserved, &["-static", "-no-pie"]) else { return };
    let owner = b"libsys\0\0";
    let desc = bytes.windows(8).position(|w| w == owner).unwrap() + 8;
    let faults = |at: usize, field: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[desc + at..][..field.len()].copy_from_slice(field);
        let section = inspect(&bytes).unwrap().section.unwrap();
        section.faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let section = i64::from_le_bytes(bytes[desc + 56..][..8].try_into().unwrap());
    assert_eq!(faults(4, &[40, 0]), ["machine: not that of the file"]);
    assert_eq!(faults(8, &[1, 0, 0, 0]), ["section size: not that of this format's table"]);
    assert_eq!(faults(56, &(section - 8).to_le_bytes()), ["section: not wholly inside one loaded segment"]);
    assert_eq!(faults(56, &i64::MIN.to_le_bytes()), ["section: not wholly inside one loaded segment"]);
    assert_eq!(faults(2, &[2]), ["section: text, but it is not wholly in the file"]);
    assert_eq!(faults(64, &1i64.to_le_bytes()), ["errno: not inside a loaded segment"]);
    assert_eq!(faults(72, &i64::MAX.to_le_bytes()), ["uses: not inside the file's bytes"]);
    // The descriptor's own fields, which the file's symbols lead to.
    let errno = inspect(&bytes).unwrap().section.unwrap().errno.unwrap();
    let segment = ProgramHeaders(&bytes).offset_of(errno.address);
    for (at, field, fault) in [
        (0, 3u64, "errno: its kind is none of 0, 1, 2"),
        (16, 0x1000_0000, "errno: its function does not lie in code"),
        (8, 8, "errno: its kind is 0, but its descriptor names no function, or has an offset"),
        (16, 0, "errno: its kind is 0, but its descriptor names no function, or has an offset"),
        (0, 2, "errno: its kind is not 0, but its descriptor names a function"),
    ] {
        let mut bytes = bytes.clone();
        bytes[segment + at..][..8].copy_from_slice(&field.to_le_bytes());
        let section = inspect(&bytes).unwrap().section.unwrap();
        assert_eq!(section.faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [fault]);
    }
    let mut bad = bytes.clone();
    bad[desc + 2] = 9;
    assert_eq!(inspect(&bad).unwrap_err().to_string(), "note field flavour: 9: none of 1, 2, 3");
}

/// The program headers of a 64-bit file that is known to be good.
struct ProgramHeaders<'a>(&'a [u8]);

impl ProgramHeaders<'_> {
    /// Where an address lies in the file.
    fn offset_of(&self, address: u64) -> usize {
        let word = |at: usize| u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap());
        let count = usize::from(u16::from_le_bytes([self.0[56], self.0[57]]));
        let found = (0..count).map(|i| word(32) as usize + 56 * i).find_map(|at| {
            let (offset, start, size) = (word(at + 8), word(at + 16), word(at + 32));
            let is_load = self.0[at] == 1 && (start..start + size).contains(&address);
            is_load.then_some((offset + address - start) as usize)
        });
        found.expect("a segment holds the address")
    }
}

#[test]
fn other_files_are_refused_in_a_sentence() {
    let sentence = |bytes: &[u8]| inspect(bytes).unwrap_err().to_string();
    assert_eq!(sentence(b""), "not an ELF file");
    assert_eq!(sentence(b"#!/bin/sh\nexit 0\n"), "not an ELF file");
    assert!(sentence(&[b"\x7fELF\x02\x01\x01", &[0; 13][..]].concat()).starts_with("damaged header: "));
}

#[test]
fn damaged_files_never_make_it_panic() {
    let mut files: Vec<Vec<u8>> = elf::reserved(&abi()).into_iter().map(|member| member.bytes).collect();
    files.truncate(3);
    for (flavour, arguments) in [
        (Flavour::Reserved, &["-static", "-no-pie"][..]),
        (Flavour::Reserved, &["-pie", "-fPIE", "-Wl,-z,pack-relative-relocs"]),
        (Flavour::Text, &["-pie", "-fPIE"]),
    ] {
        files.extend(link(flavour, arguments));
    }
    for bytes in &files {
        for length in (0..bytes.len().min(1024)).chain((1024..bytes.len()).step_by(997)) {
            let _ = inspect(&bytes[..length]);
        }
        // Headers lie at the start and at the end; the middle is code.
        let heads = (0..bytes.len().min(1200)).chain(bytes.len().saturating_sub(1200)..bytes.len());
        let notes = bytes.windows(7).position(|w| w == b"libsys\0").map_or(0..0, |at| at..at + 110);
        let mut damaged = bytes.clone();
        for at in heads.chain(notes.step_by(1)) {
            for value in [0, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
                damaged[at] = value;
                let _ = inspect(&damaged);
            }
            damaged[at] = bytes[at];
        }
    }
    let archive = archive::emit(&elf::text(&abi()));
    for length in 0..400 {
        let _ = members(&archive[..length]);
    }
}
