//! What the trials need to know of a built file: segments, executable sections, the note and its section.

use libsys_image::note::{self, Note, SECTION_FIELD};
use object::Endianness;
use object::elf::{self, FileHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};
use std::ops::Range;
use std::path::Path;

/// A built file.
#[derive(Clone, Debug)]
pub struct Elf {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its program headers, in their order.
    pub segments: Vec<Segment>,
    /// File offset of the program headers.
    pub headers: usize,
}

/// A program header.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    /// `p_type`
    pub kind: u32,
    /// `p_flags`
    pub flags: u32,
    /// `p_offset`
    pub offset: u64,
    /// `p_vaddr`
    pub vaddr: u64,
    /// `p_filesz`
    pub filesz: u64,
    /// `p_memsz`
    pub memsz: u64,
}

/// Where the note lies.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// What it says.
    pub note: Note,
    /// File offset of the descriptor.
    pub desc: usize,
    /// Index of its program header.
    pub header: usize,
    /// Address of the section.
    pub section: u64,
}

/// Code of a file.
#[derive(Clone, Debug)]
pub struct Code<'a> {
    /// Address of the first byte.
    pub address: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl Elf {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// A sentence when it is no 64-bit ELF file, or cut short.
    pub fn read(path: &Path) -> Result<Elf, String> {
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let wrong = |e| format!("{}: {e}", path.display());
        let header = FileHeader64::<Endianness>::parse(bytes.as_slice()).map_err(wrong)?;
        let endian = header.endian().map_err(wrong)?;
        let headers = usize::try_from(header.e_phoff.get(endian)).unwrap_or(usize::MAX);
        let segments = header.program_headers(endian, bytes.as_slice()).map_err(wrong)?;
        let segments = segments
            .iter()
            .map(|p| Segment {
                kind: p.p_type(endian).0,
                flags: p.p_flags(endian).0,
                offset: p.p_offset(endian),
                vaddr: p.p_vaddr(endian),
                filesz: p.p_filesz(endian),
                memsz: p.p_memsz(endian),
            })
            .collect();
        Ok(Elf { bytes, segments, headers })
    }

    /// The code of all executable sections that have bytes.
    ///
    /// # Errors
    ///
    /// A sentence when the section headers cannot be read.
    pub fn code(&self) -> Result<Vec<Code<'_>>, String> {
        let wrong = |e: object::read::Error| e.to_string();
        let bytes = self.bytes.as_slice();
        let header = FileHeader64::<Endianness>::parse(bytes).map_err(wrong)?;
        let endian = header.endian().map_err(wrong)?;
        let mut code = Vec::new();
        for section in header.sections(endian, bytes).map_err(wrong)?.iter() {
            let is_code = section.sh_flags(endian).0 & elf::SHF_EXECINSTR.0 != 0;
            if is_code && section.sh_type(endian) != elf::SHT_NOBITS {
                let address = section.sh_addr(endian);
                code.push(Code { address, bytes: section.data(endian, bytes).map_err(wrong)? });
            }
        }
        Ok(code)
    }

    /// The note; none when the file has none of ours.
    #[must_use]
    pub fn described(&self) -> Option<Described> {
        self.segments.iter().enumerate().find_map(|(header, segment)| {
            if segment.kind != elf::PT_NOTE.0 {
                return None;
            }
            let start = usize::try_from(segment.offset).ok()?;
            let size = usize::try_from(segment.filesz).ok()?;
            let notes = self.bytes.get(start..)?.get(..size)?;
            let (desc, at) = note::find(notes, 4)?;
            let note = Note::parse(desc).ok()?;
            let field = segment.vaddr + (at + SECTION_FIELD) as u64;
            let section = field.wrapping_add_signed(note.section);
            Some(Described { note, desc: start + at, header, section })
        })
    }

    /// The addresses of the section; empty when the file has none.
    #[must_use]
    pub fn section(&self) -> Range<u64> {
        self.described().map_or(0..0, |d| d.section..d.section + d.note.section_size)
    }
}
