//! A program's section as its note claims it, checked against the segments.

use crate::Refusal;
use crate::program::{PF_W, PF_X, Phdr, Program, Range, segment};
use libsys_image::data::{ERRNO_DESC_FUNCTION, ERRNO_DESC_SIZE, ErrnoDescriptor, MAGIC};
use libsys_image::note::{
    self, ERRNO_FIELD, FLAG_USES, Flavour, Note, SECTION_FIELD, USES_END_FIELD, USES_START_FIELD,
};
use libsys_image::{DATA_OFFSET, SECTION_ALIGN, SECTION_SIZE, SLOTS};

/// What the errno descriptor at an address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrnoPlace {
    /// The address of errno is what the function at the second address returns.
    Function(usize, usize),
    /// errno is the `int` at thread pointer + offset.
    Offset(usize, i64),
    /// A pointer to errno is at an offset from the thread pointer.
    Pointer(usize),
}

impl ErrnoPlace {
    /// The address of the descriptor.
    #[must_use]
    pub fn descriptor(&self) -> usize {
        match self {
            ErrnoPlace::Function(at, _) | ErrnoPlace::Offset(at, _) | ErrnoPlace::Pointer(at) => *at,
        }
    }
}

/// A section that may be mapped over.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// The program that it is in.
    pub program: Program<'a>,
    /// What the note says.
    pub note: Note,
    /// Where the section lies.
    pub range: Range,
    /// Where errno is; none: the program has none.
    pub errno: Option<ErrnoPlace>,
    /// Numbers of the calls that the program links, two bytes each; none: not listed.
    pub uses: Option<&'a [u8]>,
}

impl<'a> Section<'a> {
    /// Finds and checks a program's section; none when the program has no note of ours.
    ///
    /// # Errors
    ///
    /// The first claim that does not hold. Nothing has been changed then.
    pub fn find(program: &Program<'a>, machine: u16) -> Result<Option<Section<'a>>, Refusal> {
        for phdr in program.headers().filter(|p| p.kind == segment::NOTE) {
            let Some(range) = program.range(&phdr, phdr.filesz) else {
                return Err(Refusal::Program("a PT_NOTE lies outside the address space"));
            };
            let Some(bytes) = program.bytes(&range) else {
                // Some toolchains leave a PT_NOTE over nothing that is loaded; not ours to judge.
                continue;
            };
            if let Some((desc, at)) = note::find(bytes, phdr.align as usize) {
                let note = Note::parse(desc).map_err(Refusal::Note)?;
                return Section::check(program, note, range.start.wrapping_add(at), machine).map(Some);
            }
        }
        Ok(None)
    }

    fn check(program: &Program<'a>, note: Note, desc: usize, machine: u16) -> Result<Section<'a>, Refusal> {
        let target = |field: usize, value: i64| desc.wrapping_add(field).wrapping_add(value as usize);
        if note.machine != machine {
            return Err(Refusal::Field("machine: not this one"));
        }
        if note.flavour == Flavour::Compact {
            return Err(Refusal::Field("flavour: a compact section is never supplied"));
        }
        if note.slots != SLOTS || note.section_size != u64::from(SECTION_SIZE) {
            return Err(Refusal::Field("section size: not that of this format's table"));
        }
        let start = target(SECTION_FIELD, note.section);
        if start % SECTION_ALIGN as usize != 0 {
            return Err(Refusal::Field("section: not page-aligned"));
        }
        let range = Range::new(start, SECTION_SIZE as usize)
            .ok_or(Refusal::Field("section: outside the address space"))?;
        let (load, memory) = program
            .segment_of(&range)
            .ok_or(Refusal::Field("section: not wholly inside one loaded segment"))?;
        if load.flags & PF_X == 0 || load.flags & PF_W != 0 {
            return Err(Refusal::Field("section: its segment is not read-only code"));
        }
        let file = program.range(&load, load.filesz).and_then(|r| r.pages());
        let file = file.ok_or(Refusal::Program("a PT_LOAD lies outside the address space"))?;
        let in_file = load.filesz != 0 && file.overlaps(&range);
        match note.flavour {
            Flavour::Reserved if in_file => {
                return Err(Refusal::Field("section: reserved, but it overlaps bytes of the file"));
            }
            Flavour::Text if !file.contains(&range) => {
                return Err(Refusal::Field("section: text, but it is not wholly in the file"));
            }
            // A claim that is off by pages would have the program's own code replaced.
            Flavour::Text if !begins_data_page(program, start) => {
                return Err(Refusal::Field("section: text, but there is no data page in its place"));
            }
            _ => {}
        }
        // The same pages must not be another segment's too.
        // Kernels before 6.7 map a page of the file for a segment without bytes that does not begin at a page.
        let is_mapped = |p: &Phdr| p.memsz != 0 || !p.vaddr.is_multiple_of(u64::from(SECTION_ALIGN));
        for other in program.headers().filter(|p| p.kind == segment::LOAD && *p != load && is_mapped(p)) {
            let pages = program.range(&other, other.memsz.max(1)).and_then(|r| r.pages());
            let pages = pages.ok_or(Refusal::Program("a PT_LOAD lies outside the address space"))?;
            if pages.overlaps(&range) {
                return Err(Refusal::Field("section: overlaps another segment"));
            }
        }
        debug_assert!(memory.contains(&range));
        let errno = match note.errno {
            0 => None,
            value => {
                let address = target(ERRNO_FIELD, value);
                let size = ERRNO_DESC_SIZE as usize;
                let inside = Range::new(address, size).is_some_and(|r| program.segment_of(&r).is_some());
                if !inside || address % 8 != 0 {
                    return Err(Refusal::Errno("not inside a loaded segment"));
                }
                Some(check_errno(program, address)?)
            }
        };
        let uses = if note.flags & FLAG_USES != 0 {
            let start = target(USES_START_FIELD, note.uses_start);
            let end = target(USES_END_FIELD, note.uses_end);
            let range = end.checked_sub(start).and_then(|size| Range::new(start, size));
            let bytes = range.and_then(|r| program.bytes(&r));
            Some(bytes.ok_or(Refusal::Field("uses: not inside the file's bytes"))?)
        } else {
            None
        };
        Ok(Section { program: *program, note, range, errno, uses })
    }

    /// The numbers of the calls that the program links; none when it does not list them, or can reach
    /// any call by number.
    pub fn numbers(&self) -> Option<impl Iterator<Item = u32> + 'a> {
        let numbers = |uses: &'a [u8]| {
            uses.chunks_exact(2).filter_map(|c| c.first_chunk().copied().map(u16::from_le_bytes))
        };
        let uses = self.uses?;
        let any = u32::from(u16::MAX).min(libsys_image::Service::Syscall.nr());
        if numbers(uses).any(|nr| u32::from(nr) == any) {
            return None;
        }
        Some(numbers(uses).map(u32::from))
    }
}

/// Whether the data page of a `text` section that begins at `start` is marked as one.
fn begins_data_page(program: &Program<'_>, start: usize) -> bool {
    let marked = Range::new(start.wrapping_add(DATA_OFFSET as usize), MAGIC.len());
    marked.and_then(|range| program.bytes(&range)).is_some_and(|bytes| bytes == MAGIC)
}

/// Reads the errno descriptor at an address inside a segment.
fn check_errno(program: &Program<'_>, address: usize) -> Result<ErrnoPlace, Refusal> {
    let range = Range::new(address, ERRNO_DESC_SIZE as usize).ok_or(Refusal::Errno("out of place"))?;
    let Some(bytes) = program.bytes(&range) else {
        return Err(Refusal::Errno("its descriptor is not in the file's bytes"));
    };
    match ErrnoDescriptor::parse(bytes).map_err(Refusal::Errno)? {
        ErrnoDescriptor::Int(offset) => Ok(ErrnoPlace::Offset(address, offset)),
        ErrnoDescriptor::Pointer(_) => Ok(ErrnoPlace::Pointer(address)),
        ErrnoDescriptor::Function(relative) => {
            let field = address.wrapping_add(ERRNO_DESC_FUNCTION as usize);
            let function = field.wrapping_add(relative as usize);
            let segment = Range::new(function, 1).and_then(|range| program.segment_of(&range));
            match segment {
                Some((load, _)) if load.flags & PF_X != 0 => Ok(ErrnoPlace::Function(address, function)),
                _ => Err(Refusal::Errno("its function does not lie in code")),
            }
        }
    }
}
