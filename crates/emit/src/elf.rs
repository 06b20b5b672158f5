//! ELF objects: the members of `libsys.a`, `libsys_text.a` and `libsys_rtld.a`, and the loader's image.
//!
//! A *reserved* archive has one member for each call, so that a program's symbol table grows by the
//! symbols it uses. Position must not depend on which members a link draws in, so every member brings
//! the whole section as a COMDAT, of which the linker keeps the first, followed by an empty section of
//! the same name. Wherever that lands, it lies exactly one section size behind the table's start, and
//! the member's symbols are measured back from it.

use crate::arch::{self, Options, SlotKind, x86_64};
use crate::builder::Builder;
use crate::eh_frame::EhFrame;
use crate::libc::{Libc, Name};
use libsys_image::data::{self, DataPage};
use libsys_image::note::{self, Flavour, Note};
use libsys_image::{
    DATA_OFFSET, DATA_SIZE, ENTRY_SIZE, ERRNO_NAME, PackedRelease, RAW_ENTRY, SECTION_ALIGN, SECTION_NAME,
    SECTION_SIZE, SLOT_SIZE, Service, USES_NAME,
};
use libsys_model::{Abi, Call};
use object::elf::{
    R_X86_64_GOTTPOFF, R_X86_64_NONE, R_X86_64_PC32, R_X86_64_PC64, R_X86_64_REX_GOTPCRELX, R_X86_64_TPOFF32,
    SHT_NOBITS, SHT_NOTE, SHT_PROGBITS, SHT_X86_64_UNWIND,
};

/// The hidden symbol at the first byte of a section.
pub const TABLE_SYMBOL: &str = "__libsys_table";
/// The hidden symbol of the note; members refer to it so that it is linked.
pub const NOTE_SYMBOL: &str = "__libsys_note";
/// The errno descriptor, which a libc may define itself; layout in `libsys_image::data`.
pub const ERRNO_SYMBOL: &str = "__libsys_errno_how";
/// The program's own errno, where no libc brings one.
pub const TLS_ERRNO_SYMBOL: &str = "__libsys_errno";
/// The loader's symbols around its built-in image.
pub const IMAGE_SYMBOLS: (&str, &str) = ("__libsys_image", "__libsys_image_end");

/// The raw entry, in compact tables, of the call whose number is in `%rax`.
pub const BY_NUMBER_SYMBOL: &str = "__libsys_raw_by_number";

/// Where `ld-libsys` is found, unless a program says otherwise.
pub const INTERPRETER: &str = "/lib/ld-libsys";

/// One object: the name of its archive member, its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Name in the archive, `read.o`.
    pub name: String,
    /// The ELF object.
    pub bytes: Vec<u8>,
}

/// The members of the `reserved` archive: the note, errno, then one for each call and service.
#[must_use]
pub fn reserved(abi: &Abi) -> Vec<Member> {
    reserved_for(abi, None)
}

/// [`reserved`], for programs on a libc.
#[must_use]
pub fn reserved_for(abi: &Abi, libc: Option<&Libc>) -> Vec<Member> {
    let frame = x86_64::unwind(&arch::slots(abi));
    let mut members = vec![
        Member { name: "table.o".into(), bytes: reserved_table(abi, libc) },
        Member { name: "errno.o".into(), bytes: errno_for(libc) },
    ];
    for call in abi.calls.iter().chain(&abi.services) {
        members.push(Member { name: format!("{}.o", call.name), bytes: reserved_call(call, &frame) });
    }
    members
}

/// One object for each of a libc's own names of slots, to be linked with the `reserved` archive.
#[must_use]
pub fn names(abi: &Abi, libc: &Libc) -> Vec<Member> {
    let frame = x86_64::unwind(&arch::slots(abi));
    let members = libc.names.iter().filter_map(|name| {
        let bytes = reserved_name(name, name.call(abi)?, &frame);
        Some(Member { name: format!("{}.o", name.symbol), bytes })
    });
    members.collect()
}

/// The members of the `text` archive: the whole table in one object, and errno.
#[must_use]
pub fn text(abi: &Abi) -> Vec<Member> {
    text_for(abi, None)
}

/// [`text`], for programs on a libc, whose own names are symbols of the table. They are weak, since a program that
/// defines one of them itself links the table all the same.
#[must_use]
pub fn text_for(abi: &Abi, libc: Option<&Libc>) -> Vec<Member> {
    vec![
        Member { name: "table.o".into(), bytes: text_table(abi, libc) },
        Member { name: "errno.o".into(), bytes: errno_for(libc) },
    ]
}

/// The calls of these names for a [`compact`] table: `libsys_syscall` is the one whose number is in `%rax`.
///
/// # Errors
///
/// The first name that is not one of the ABI's.
pub fn compact_calls<'a>(abi: &'a Abi, names: &[&'a str]) -> Result<Vec<&'a Call>, &'a str> {
    let is_any = |call: &&Call| call.nr.0 == Service::Syscall.nr();
    let find = |name| {
        abi.calls.iter().chain(abi.services.iter().filter(is_any)).find(|call| call.name == name).ok_or(name)
    };
    let mut calls = names.iter().map(|name| find(*name)).collect::<Result<Vec<_>, _>>()?;
    calls.sort_by_key(|call| call.nr);
    calls.dedup_by_key(|call| call.nr);
    Ok(calls)
}

/// The one member of a `compact` archive with the raw entries of [these calls](compact_calls), in ascending order.
///
/// # Errors
///
/// A sentence when there are more calls than a page has slots.
pub fn compact(abi: &Abi, calls: &[&Call]) -> Result<Vec<Member>, String> {
    let most = (SECTION_ALIGN / SLOT_SIZE) as usize;
    if calls.is_empty() || calls.len() > most {
        return Err(format!("a compact table holds 1 to {most} calls, not {}", calls.len()));
    }
    let kind = |call: &Call| (call.nr.0 != Service::Syscall.nr()).then(|| (call.nr.0, arch::kind(call)));
    let kinds: Vec<_> = calls.iter().map(|call| kind(call)).collect();
    let code = x86_64::assemble_compact(&kinds);
    let mut object = Builder::new();
    let size = code.len() as u64;
    let section = object.code(SECTION_NAME, SHT_PROGBITS, code, 64);
    let table = object.define(TABLE_SYMBOL, section, 0, size);
    let mut uses = Vec::new();
    for (i, (call, kind)) in calls.iter().zip(&kinds).enumerate() {
        let at = i as u64 * u64::from(SLOT_SIZE);
        let Some((nr, kind)) = kind else {
            object.function(BY_NUMBER_SYMBOL, section, at + u64::from(RAW_ENTRY), u64::from(ENTRY_SIZE));
            continue;
        };
        let raw = u64::from(x86_64::raw_symbol_offset(*kind));
        object.function(&format!("__sys_raw_{}", call.name), section, at + raw, u64::from(SLOT_SIZE) - raw);
        uses.extend_from_slice(&(*nr as u16).to_le_bytes());
    }
    object.retained_beside_code(USES_NAME, uses, 2);
    let mut note = describe(abi, Flavour::Compact);
    note.flags = note::FLAG_USES;
    note.slots = calls.len() as u32;
    note.section_size = size;
    put_note(&mut object, &note, table, None);
    let start = object.section_start(section);
    put_unwind(&mut object, start, &x86_64::unwind_leaf(size as u32));
    Ok(vec![Member { name: "table.o".into(), bytes: object.finish() }])
}

/// An object that gives a static program its interpreter, as crt files give it its start: linkers make a
/// `PT_INTERP` of the section, which they otherwise write only for programs with a dynamic section.
/// (mold does not; with `--dynamic-linker` it makes one for static programs too.)
///
/// # Errors
///
/// A sentence when the path is empty, has a NUL, or is longer than the kernel takes.
pub fn interpreter(path: &str) -> Result<Vec<u8>, String> {
    // PATH_MAX, with the NUL.
    const LONGEST: usize = 4095;
    if path.is_empty() || path.len() > LONGEST || path.contains('\0') {
        return Err(format!("the path of an interpreter has 1 to {LONGEST} bytes and no NUL"));
    }
    let mut object = Builder::new();
    let mut bytes = path.as_bytes().to_vec();
    bytes.push(0);
    object.retained(".interp", bytes, 1);
    Ok(object.finish())
}

/// The loader's built-in image as an object: read-only data with a local symbol for each entry, so
/// that profilers name what they find in the pages that were mapped from it. Their names end in `.native`,
/// so that a debugger, which reads the loader's symbols too, takes none of them for the program's.
///
/// What the loader reads and what it moves into programs are sections of their own, to be linked one behind
/// the other.
#[must_use]
pub fn image_object(abi: &Abi, image: &[u8]) -> Vec<u8> {
    let slots = arch::slots(abi);
    let mut object = Builder::new();
    let size = u64::from(libsys_image::TABLE_SIZE);
    let (head, table) = image.split_at(image.len() - size as usize);
    let head = object.data(".libsys.image.head", head.to_vec(), u64::from(SECTION_ALIGN));
    let section = object.data(".libsys.image.table", table.to_vec(), u64::from(SECTION_ALIGN));
    object.define(IMAGE_SYMBOLS.0, head, 0, image.len() as u64);
    object.define(IMAGE_SYMBOLS.1, section, size, 0);
    for call in abi.calls.iter().chain(&abi.services) {
        let at = u64::from(call.nr.0) * u64::from(SLOT_SIZE);
        let raw = raw_offset(&slots, call);
        object.local_function(&format!("__sys_{}.native", call.name), section, at, u64::from(ENTRY_SIZE));
        let raw_name = format!("__sys_raw_{}.native", call.name);
        object.local_function(&raw_name, section, at + raw, u64::from(SLOT_SIZE) - raw);
    }
    object.finish()
}

fn reserved_table(abi: &Abi, libc: Option<&Libc>) -> Vec<u8> {
    let mut object = Builder::new();
    let table = object.undefined(TABLE_SYMBOL);
    let errno = object.undefined(ERRNO_SYMBOL);
    let mut note = describe(abi, Flavour::Reserved);
    note.flags = initial_tls(libc) | note::FLAG_USES;
    put_note(&mut object, &note, table, Some(errno));
    object.finish()
}

/// A libc that sets up its own thread-local storage wants none of the supplier's.
fn initial_tls(libc: Option<&Libc>) -> u8 {
    if libc.is_some() { 0 } else { note::FLAG_INITIAL_TLS }
}

fn reserved_call(call: &Call, frame: &EhFrame) -> Vec<u8> {
    reserved_member(call, frame, |object, behind, from_end| {
        let raw = u64::from(x86_64::raw_symbol_offset(arch::kind(call)));
        let entry = u64::from(ENTRY_SIZE);
        object.function(&format!("__sys_{}", call.name), behind, from_end(0), entry);
        let raw_name = format!("__sys_raw_{}", call.name);
        object.function(&raw_name, behind, from_end(raw), u64::from(SLOT_SIZE) - raw);
        object.alias(&format!("__syscall_{}", call.nr.0), behind, from_end(0));
    })
}

fn reserved_name(name: &Name, call: &Call, frame: &EhFrame) -> Vec<u8> {
    reserved_member(call, frame, |object, behind, from_end| {
        let (offset, size) = entry(name, arch::kind(call));
        object.named_function(&name.symbol, behind, from_end(offset), size, name.hidden, name.weak);
    })
}

/// Offset in its slot, and size, of the entry that a name is.
fn entry(name: &Name, kind: SlotKind) -> (u64, u64) {
    let raw = u64::from(x86_64::raw_symbol_offset(kind));
    if name.raw { (raw, u64::from(SLOT_SIZE) - raw) } else { (0, u64::from(ENTRY_SIZE)) }
}

/// An object with the section, and symbols of one slot of it. `put` is given the empty section behind it, and what turns
/// an offset in the slot into a value there.
fn reserved_member(
    call: &Call,
    frame: &EhFrame,
    put: impl FnOnce(&mut Builder<'_>, object::write::SectionId, &dyn Fn(u64) -> u64),
) -> Vec<u8> {
    let mut object = Builder::new();
    let size = u64::from(SECTION_SIZE);
    let whole = object.comdat(SECTION_NAME, TABLE_SYMBOL, size, u64::from(SECTION_ALIGN));
    let behind = object.code(SECTION_NAME, SHT_NOBITS, Vec::new(), 1);
    let at = u64::from(call.nr.0) * u64::from(SLOT_SIZE);
    put(&mut object, behind, &|offset| (at + offset).wrapping_sub(size));
    let note = object.undefined(NOTE_SYMBOL);
    let uses = object.retained_beside_code(USES_NAME, (call.nr.0 as u16).to_le_bytes().to_vec(), 2);
    object.relocate(uses, 0, R_X86_64_NONE, note, 0);
    // By the section's own symbol: of a copy that the linker drops, the unwind entries are dropped too.
    let start = object.section_start(whole);
    put_unwind(&mut object, start, frame);
    object.finish()
}

fn text_table(abi: &Abi, libc: Option<&Libc>) -> Vec<u8> {
    let slots = arch::slots(abi);
    let mut object = Builder::new();
    let mut code = x86_64::assemble(&slots, Options::TEXT);
    let page = DataPage { release: release(abi), ..DataPage::default() };
    code.extend_from_slice(&page.encode());
    code.resize((DATA_OFFSET + DATA_SIZE) as usize, 0);
    let section = object.code(SECTION_NAME, SHT_PROGBITS, code, u64::from(SECTION_ALIGN));
    let table = object.define(TABLE_SYMBOL, section, 0, u64::from(SECTION_SIZE));
    for call in abi.calls.iter().chain(&abi.services) {
        let at = u64::from(call.nr.0) * u64::from(SLOT_SIZE);
        let raw = raw_offset(&slots, call);
        object.function(&format!("__sys_{}", call.name), section, at, u64::from(ENTRY_SIZE));
        let raw_name = format!("__sys_raw_{}", call.name);
        object.function(&raw_name, section, at + raw, u64::from(SLOT_SIZE) - raw);
        object.alias(&format!("__syscall_{}", call.nr.0), section, at);
    }
    for name in libc.iter().flat_map(|libc| &libc.names) {
        let Some(call) = name.call(abi) else { continue };
        let (offset, size) = entry(name, arch::kind(call));
        let at = u64::from(call.nr.0) * u64::from(SLOT_SIZE) + offset;
        object.named_function(&name.symbol, section, at, size, name.hidden, true);
    }
    let errno = object.undefined(ERRNO_SYMBOL);
    // The word is relative to the page, so it is self-relative plus its own offset there.
    let word = u64::from(DATA_OFFSET + data::ERRNO);
    object.relocate(section, word, R_X86_64_PC64, errno, i64::from(data::ERRNO));
    for (field, addend) in x86_64::ERRNO_REFERENCES {
        object.relocate(section, u64::from(field), R_X86_64_PC32, errno, addend);
    }
    let mut note = describe(abi, Flavour::Text);
    note.flags = initial_tls(libc);
    put_note(&mut object, &note, table, Some(errno));
    let start = object.section_start(section);
    put_unwind(&mut object, start, &x86_64::unwind(&slots));
    object.finish()
}

/// The errno descriptor: at a libc's offset from the thread pointer, or found out when the program runs.
fn errno_for(libc: Option<&Libc>) -> Vec<u8> {
    let Some(libc) = libc else { return errno_object() };
    let mut object = Builder::new();
    let mut descriptor = data::ERRNO_INT.to_le_bytes().to_vec();
    descriptor.extend_from_slice(&libc.errno.to_le_bytes());
    descriptor.resize(data::ERRNO_DESC_SIZE as usize, 0);
    let section = object.code(ERRNO_NAME, SHT_PROGBITS, descriptor, 8);
    object.define(ERRNO_SYMBOL, section, 0, u64::from(data::ERRNO_DESC_SIZE));
    object.finish()
}

/// `__libsys_errno_how` for programs whose libc defines none: through a function. Everything in it is
/// relative, so that it serves executables and shared objects alike and needs no relocation at run time.
fn errno_object() -> Vec<u8> {
    let mut object = Builder::new();
    let tls = object.thread_local(TLS_ERRNO_SYMBOL, 4);
    let foreign = object.weak_undefined("__errno_location");
    let (code, foreign_field, tls_field) = x86_64::errno_location();
    let size = code.len() as u64;
    let text = object.code(".text.libsys", SHT_PROGBITS, code, 16);
    let function = object.function("__libsys_errno_location", text, 0, size);
    object.relocate(text, foreign_field, R_X86_64_REX_GOTPCRELX, foreign, -4);
    object.relocate(text, tls_field, R_X86_64_GOTTPOFF, tls, -4);
    let mut descriptor = data::ERRNO_FUNCTION.to_le_bytes().to_vec();
    descriptor.resize(data::ERRNO_DESC_SIZE as usize, 0);
    let section = object.code(ERRNO_NAME, SHT_PROGBITS, descriptor, 8);
    object.define(ERRNO_SYMBOL, section, 0, u64::from(data::ERRNO_DESC_SIZE));
    object.relocate(section, u64::from(data::ERRNO_DESC_FUNCTION), R_X86_64_PC64, function, 0);
    let start = object.section_start(text);
    put_unwind(&mut object, start, &x86_64::unwind_leaf(size as u32));
    object.finish()
}

/// An object that says where errno is in a static program whose libc has the thread-local `int errno`, as
/// glibc's `libc.a` does: at a fixed offset from the thread pointer, so that it is stored without a call.
#[must_use]
pub fn errno_static() -> Vec<u8> {
    let mut object = Builder::new();
    let mut descriptor = data::ERRNO_INT.to_le_bytes().to_vec();
    // The offset is negative, as all are in executables. lld has no 64-bit relocation for it, so a linker
    // fills the lower half alone.
    descriptor.extend_from_slice(&(-1i64).to_le_bytes());
    descriptor.resize(data::ERRNO_DESC_SIZE as usize, 0);
    let section = object.code(ERRNO_NAME, SHT_PROGBITS, descriptor, 8);
    object.define(ERRNO_SYMBOL, section, 0, u64::from(data::ERRNO_DESC_SIZE));
    let errno = object.undefined_thread_local("errno");
    object.relocate(section, u64::from(data::ERRNO_DESC_OFFSET), R_X86_64_TPOFF32, errno, 0);
    object.finish()
}

fn raw_offset(slots: &[SlotKind], call: &Call) -> u64 {
    let kind = slots.get(call.nr.0 as usize).copied().unwrap_or(SlotKind::Hole);
    debug_assert_eq!(x86_64::raw_symbol_offset(SlotKind::Hole), RAW_ENTRY);
    u64::from(x86_64::raw_symbol_offset(kind))
}

pub(crate) fn release(abi: &Abi) -> PackedRelease {
    PackedRelease(abi.release.packed())
}

fn describe(abi: &Abi, flavour: Flavour) -> Note {
    let mut note = Note::new(&abi.name, flavour).expect("the model bounds the length of ABI names");
    note.machine = arch::elf_machine(abi.machine);
    note.release = release(abi);
    note.fingerprint = abi.fingerprint();
    note
}

fn put_note(
    object: &mut Builder<'_>,
    note: &Note,
    table: object::write::SymbolId,
    errno: Option<object::write::SymbolId>,
) {
    let section = object.section(".note.libsys", SHT_NOTE, note::encode_with_header(note).to_vec(), 4);
    object.define(NOTE_SYMBOL, section, 0, 0);
    let field = |at: usize| (note::HEADER_SIZE + at) as u64;
    object.relocate(section, field(note::SECTION_FIELD), R_X86_64_PC64, table, 0);
    if let Some(errno) = errno {
        object.relocate(section, field(note::ERRNO_FIELD), R_X86_64_PC64, errno, 0);
    }
    if note.flags & note::FLAG_USES != 0 {
        let start = object.undefined("__start_libsys_uses");
        let stop = object.undefined("__stop_libsys_uses");
        object.relocate(section, field(note::USES_START_FIELD), R_X86_64_PC64, start, 0);
        object.relocate(section, field(note::USES_END_FIELD), R_X86_64_PC64, stop, 0);
    }
}

fn put_unwind(object: &mut Builder<'_>, table: object::write::SymbolId, frame: &EhFrame) {
    let section = object.section(".eh_frame", SHT_X86_64_UNWIND, frame.bytes.clone(), 8);
    for (at, offset) in &frame.pointers {
        object.relocate(section, u64::from(*at), R_X86_64_PC32, table, i64::from(*offset));
    }
}
