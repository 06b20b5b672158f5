//! The section as its note claims it, held against the file: every claim that does not hold is a [`Fault`].
//!
//! The checks are those of a supplier (`crates/supply/src/section.rs`), which stops at the first.

use crate::Error;
use crate::elf::{Elf, FileKind, Segment};
use libsys_image::data::ErrnoDescriptor;
use libsys_image::note::{
    self, ERRNO_FIELD, FLAG_USES, Flavour, Note, SECTION_FIELD, USES_END_FIELD, USES_START_FIELD,
};
use libsys_image::{SECTION_ALIGN, SECTION_NAME, SECTION_SIZE, SLOTS, USES_NAME, data};
use object::elf;
use std::fmt;

/// A `.libsys` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What the note says.
    pub note: Note,
    /// Its address as linked; none in an object, where it has none yet.
    pub address: Option<u64>,
    /// Bytes of it that the file holds.
    pub file_size: u64,
    /// Bytes of the note, with its header.
    pub note_size: u64,
    /// How errno is found; none: the note names no descriptor, or a faulty one.
    pub errno: Option<Errno>,
    /// The calls that the file lists, ascending; none: it lists nothing.
    pub listed: Option<Vec<u32>>,
    /// Claims that do not hold. A supplier refuses a program that has any.
    pub faults: Vec<Fault>,
}

/// The errno descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errno {
    /// Its address as linked.
    pub address: u64,
    /// What it says.
    pub way: ErrnoWay,
}

/// Where errno is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrnoWay {
    /// Where a function says.
    Function {
        /// The function's address as linked.
        address: u64,
        /// Its name, if the file has symbols.
        name: Option<String>,
    },
    /// The `int` at thread pointer + this.
    Int(i64),
    /// Where the pointer at thread pointer + this points.
    Pointer(i64),
    /// A descriptor of this kind, which says nothing.
    Unknown(u64),
}

/// A claim of the note that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field of the note.
    pub field: &'static str,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

/// Finds the section of a file; none when it has no note of ours.
pub(crate) fn find(elf: &Elf<'_>) -> Result<Option<Section>, Error> {
    for segment in elf.segments.iter().filter(|s| s.kind == elf::PT_NOTE.0) {
        let Some(bytes) = elf.file_range(segment.offset, segment.file_size) else { continue };
        if let Some((desc, at)) = note::find(bytes, segment.align as usize) {
            let note = Note::parse(desc).map_err(Error::Note)?;
            return Ok(Some(Check::new(elf, note, segment.address.wrapping_add(at as u64)).linked()));
        }
    }
    for section in elf.sections.iter().filter(|s| s.kind == elf::SHT_NOTE.0) {
        let Some(bytes) = elf.file_range(section.offset, section.size) else { continue };
        if let Some((desc, at)) = note::find(bytes, section.align as usize) {
            let note = Note::parse(desc).map_err(Error::Note)?;
            let check = Check::new(elf, note, section.address.wrapping_add(at as u64));
            return Ok(Some(match elf.kind {
                FileKind::Relocatable => check.object(),
                _ => check.unfindable(),
            }));
        }
    }
    Ok(None)
}

struct Check<'a> {
    elf: &'a Elf<'a>,
    note: Note,
    /// The descriptor's address.
    desc: u64,
    faults: Vec<Fault>,
}

impl<'a> Check<'a> {
    fn new(elf: &'a Elf<'a>, note: Note, desc: u64) -> Check<'a> {
        Check { elf, note, desc, faults: Vec::new() }
    }

    fn fault(&mut self, field: &'static str, what: &'static str) {
        self.faults.push(Fault { field, what });
    }

    /// The address that a self-relative field means.
    fn target(&self, field: usize, value: i64) -> u64 {
        self.desc.wrapping_add(field as u64).wrapping_add(value.cast_unsigned())
    }

    /// The loaded segment that a range of addresses lies wholly inside.
    fn segment_of(&self, start: u64, size: u64) -> Option<&'a Segment> {
        let end = start.checked_add(size)?;
        let spans = |s: &&Segment| {
            s.is_load() && s.address <= start && end <= s.address.saturating_add(s.memory_size)
        };
        self.elf.segments.iter().find(spans)
    }

    fn linked(mut self) -> Section {
        let start = self.target(SECTION_FIELD, self.note.section);
        self.identity();
        self.place(start);
        let errno = self.errno();
        let listed = self.listed();
        let file_size = bytes_in_file(self.elf, start, self.note.section_size);
        self.done(Some(start), file_size, errno, listed)
    }

    /// A linked file whose note lies in no segment, so that no supplier sees it.
    fn unfindable(mut self) -> Section {
        self.fault("note", "in no PT_NOTE, where suppliers look for it");
        self.linked()
    }

    /// An object: its addresses are not known, but what it brings is.
    fn object(self) -> Section {
        let sections = || self.elf.sections.iter();
        let file_size =
            sections().filter(|s| s.name == SECTION_NAME.as_bytes() && s.has_bytes()).map(|s| s.size).sum();
        let listed = listed_by_object(self.elf);
        self.done(None, file_size, None, listed)
    }

    fn done(
        self,
        address: Option<u64>,
        file_size: u64,
        errno: Option<Errno>,
        listed: Option<Vec<u32>>,
    ) -> Section {
        let note_size = (note::HEADER_SIZE + note::DESC_SIZE) as u64;
        Section { note: self.note, address, file_size, note_size, errno, listed, faults: self.faults }
    }

    /// What the note says of itself.
    fn identity(&mut self) {
        if self.note.machine != self.elf.machine {
            self.fault("machine", "not that of the file");
        }
        let size = self.note.section_size;
        match self.note.flavour {
            Flavour::Compact => {
                let slots = u64::from(self.note.slots);
                if size != slots * u64::from(libsys_image::SLOT_SIZE) || size > u64::from(SECTION_ALIGN) {
                    self.fault("section size", "not that of its slots, or more than a page");
                }
            }
            Flavour::Reserved | Flavour::Text => {
                if self.note.slots != SLOTS || size != u64::from(SECTION_SIZE) {
                    self.fault("section size", "not that of this format's table");
                }
            }
        }
    }

    /// Where the section lies.
    fn place(&mut self, start: u64) {
        let size = self.note.section_size;
        let Some(end) = start.checked_add(size) else {
            return self.fault("section", "outside the address space");
        };
        let Some(load) = self.segment_of(start, size) else {
            return self.fault("section", "not wholly inside one loaded segment");
        };
        if !load.is_executable() || load.is_writable() {
            self.fault("section", "its segment is not read-only code");
        }
        let file = pages(load.address, load.file_size);
        match self.note.flavour {
            Flavour::Reserved if load.file_size != 0 && overlap(file, (start, end)) > 0 => {
                self.fault("section", "reserved, but it overlaps bytes of the file");
            }
            Flavour::Text if overlap(file, (start, end)) != size => {
                self.fault("section", "text, but it is not wholly in the file");
            }
            _ => {}
        }
        if self.note.flavour == Flavour::Compact {
            return;
        }
        if !start.is_multiple_of(u64::from(SECTION_ALIGN)) {
            self.fault("section", "not page-aligned");
        }
        let shared = |s: &Segment| {
            let is_mapped = s.memory_size != 0 || !s.address.is_multiple_of(u64::from(SECTION_ALIGN));
            s.is_load()
                && is_mapped
                && s != load
                && overlap(pages(s.address, s.memory_size.max(1)), (start, end)) > 0
        };
        if self.elf.segments.iter().any(shared) {
            self.fault("section", "overlaps another segment");
        }
    }

    fn errno(&mut self) -> Option<Errno> {
        if self.note.errno == 0 {
            return None;
        }
        let address = self.target(ERRNO_FIELD, self.note.errno);
        let size = u64::from(data::ERRNO_DESC_SIZE);
        if !address.is_multiple_of(8) || self.segment_of(address, size).is_none() {
            self.fault("errno", "not inside a loaded segment");
            return None;
        }
        let Some(bytes) = self.elf.at(address, size) else {
            self.fault("errno", "its descriptor is not in the file's bytes");
            return None;
        };
        let way = match ErrnoDescriptor::parse(bytes) {
            Ok(ErrnoDescriptor::Function(relative)) => {
                let field = address.wrapping_add(u64::from(data::ERRNO_DESC_FUNCTION));
                let function = field.wrapping_add_signed(relative);
                if !self.segment_of(function, 1).is_some_and(Segment::is_executable) {
                    self.fault("errno", "its function does not lie in code");
                }
                let name = self.elf.symbol_at(function).map(str::to_owned);
                ErrnoWay::Function { address: function, name }
            }
            Ok(ErrnoDescriptor::Int(offset)) => ErrnoWay::Int(offset),
            Ok(ErrnoDescriptor::Pointer(offset)) => ErrnoWay::Pointer(offset),
            Err(what) => {
                self.fault("errno", what);
                ErrnoWay::Unknown(libsys_image::bytes::u64_at(bytes, 0).unwrap_or_default())
            }
        };
        Some(Errno { address, way })
    }

    fn listed(&mut self) -> Option<Vec<u32>> {
        if self.note.flags & FLAG_USES == 0 {
            return None;
        }
        let start = self.target(USES_START_FIELD, self.note.uses_start);
        let end = self.target(USES_END_FIELD, self.note.uses_end);
        let bytes = end.checked_sub(start).and_then(|size| self.elf.at(start, size));
        if bytes.is_none() {
            self.fault("uses", "not inside the file's bytes");
        }
        bytes.map(numbers)
    }
}

/// The calls that an object lists, which a linker gathers; none in linked files.
pub(crate) fn listed_by_object(elf: &Elf<'_>) -> Option<Vec<u32>> {
    let mut sections = elf.sections.iter().filter(|_| elf.kind == FileKind::Relocatable);
    let uses = sections.find(|s| s.name == USES_NAME.as_bytes())?;
    elf.file_range(uses.offset, uses.size).map(numbers)
}

/// The numbers in a list of calls, each once, ascending.
fn numbers(bytes: &[u8]) -> Vec<u32> {
    let pairs = bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().copied());
    let mut numbers: Vec<u32> = pairs.map(|pair| u32::from(u16::from_le_bytes(pair))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Bytes of a range of addresses that the file holds.
fn bytes_in_file(elf: &Elf<'_>, start: u64, size: u64) -> u64 {
    let wanted = (start, start.saturating_add(size));
    let loads = elf.segments.iter().filter(|s| s.is_load());
    let sizes = loads.map(|s| overlap((s.address, s.address.saturating_add(s.file_size)), wanted));
    sizes.fold(0, u64::saturating_add).min(size)
}

/// The whole pages that bytes of memory lie in.
fn pages(start: u64, size: u64) -> (u64, u64) {
    let page = u64::from(SECTION_ALIGN);
    let end = start.saturating_add(size);
    (start - start % page, end.checked_next_multiple_of(page).unwrap_or(u64::MAX))
}

fn overlap(a: (u64, u64), b: (u64, u64)) -> u64 {
    a.1.min(b.1).saturating_sub(a.0.max(b.0))
}
