//! The headers of an ELF file of any class and byte order, in one form.
//!
//! Everything behind this file works on these plain numbers; nothing in them has been believed yet. Bytes
//! are fetched with [`Elf::at`], which knows where the file ends.

use crate::Error;
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym, SymbolTable};
use object::{Endianness, FileKind as ObjectKind};

/// Program headers that are read; kernels take no more than 64 KiB of them.
const MAX_SEGMENTS: usize = 4096;

/// What kind of ELF file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// An object, not linked yet.
    Relocatable,
    /// A program at fixed addresses.
    Executable,
    /// A shared object, or a program that can lie anywhere.
    Shared,
    /// A core dump, or something else.
    Other(u16),
}

impl FileKind {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            FileKind::Relocatable => "relocatable",
            FileKind::Executable => "executable",
            FileKind::Shared => "shared object",
            FileKind::Other(_) => "other",
        }
    }
}

/// A program header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub kind: u32,
    pub flags: u32,
    pub offset: u64,
    pub address: u64,
    pub file_size: u64,
    pub memory_size: u64,
    pub align: u64,
}

impl Segment {
    pub(crate) fn is_load(&self) -> bool {
        self.kind == elf::PT_LOAD.0
    }

    pub(crate) fn is_executable(&self) -> bool {
        self.flags & elf::PF_X.0 != 0
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.flags & elf::PF_W.0 != 0
    }
}

/// A section header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'a> {
    pub name: &'a [u8],
    pub kind: u32,
    pub flags: u64,
    pub address: u64,
    pub offset: u64,
    pub size: u64,
    pub align: u64,
}

impl Section<'_> {
    pub(crate) fn has_bytes(&self) -> bool {
        self.kind != elf::SHT_NOBITS.0
    }

    pub(crate) fn is_code(&self) -> bool {
        let wanted = elf::SHF_ALLOC.0 | elf::SHF_EXECINSTR.0;
        self.flags & wanted == wanted
    }
}

/// A symbol with a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<'a> {
    pub name: &'a str,
    pub address: u64,
    pub size: u64,
    pub is_undefined: bool,
    pub is_code: bool,
}

/// An ELF file's headers.
#[derive(Debug)]
pub(crate) struct Elf<'a> {
    pub bytes: &'a [u8],
    pub kind: FileKind,
    pub machine: u16,
    pub is_64: bool,
    pub segments: Vec<Segment>,
    /// Empty when they were stripped.
    pub sections: Vec<Section<'a>>,
    /// By address; those of `.dynsym` when there are no others.
    pub symbols: Vec<Symbol<'a>>,
}

impl<'a> Elf<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Elf<'a>, Error> {
        match ObjectKind::parse(bytes) {
            Ok(ObjectKind::Elf32) => read::<elf::FileHeader32<Endianness>>(bytes),
            Ok(ObjectKind::Elf64) => read::<elf::FileHeader64<Endianness>>(bytes),
            Ok(ObjectKind::Archive) => Err(Error::Archive),
            _ => Err(Error::NotElf),
        }
    }

    /// The bytes that a range of addresses holds in the file; none when they are not all there.
    pub(crate) fn at(&self, address: u64, size: u64) -> Option<&'a [u8]> {
        let end = address.checked_add(size)?;
        let inside = |s: &&Segment| {
            s.is_load()
                && s.address <= address
                && s.address.checked_add(s.file_size).is_some_and(|last| end <= last)
        };
        let segment = self.segments.iter().find(inside)?;
        self.file_range(segment.offset.checked_add(address - segment.address)?, size)
    }

    /// A range of the file.
    pub(crate) fn file_range(&self, offset: u64, size: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)
    }

    /// The function that an address lies in.
    pub(crate) fn symbol_at(&self, address: u64) -> Option<&'a str> {
        let behind = self.symbols.partition_point(|s| s.address <= address);
        // A few aliases may begin at one place; the first that reaches the address will do.
        let near = self.symbols.get(..behind)?.iter().rev().take(16);
        near.filter(|s| !s.is_undefined && s.is_code)
            .find(|s| address - s.address < s.size.max(1))
            .map(|s| s.name)
    }
}

fn read<'a, H: FileHeader<Endian = Endianness>>(bytes: &'a [u8]) -> Result<Elf<'a>, Error> {
    let in_part =
        |part: &'static str| move |error: object::read::Error| Error::Elf { part, reason: error.to_string() };
    let header = H::parse(bytes).map_err(in_part("header"))?;
    let endian = header.endian().map_err(in_part("header"))?;
    let headers = header.program_headers(endian, bytes).map_err(in_part("program headers"))?;
    if headers.len() > MAX_SEGMENTS {
        let reason = format!("there are {}; at most {MAX_SEGMENTS} are read", headers.len());
        return Err(Error::Elf { part: "program headers", reason });
    }
    let segments = headers.iter().map(|p| Segment {
        kind: p.p_type(endian).0,
        flags: p.p_flags(endian).0,
        offset: p.p_offset(endian).into(),
        address: p.p_vaddr(endian).into(),
        file_size: p.p_filesz(endian).into(),
        memory_size: p.p_memsz(endian).into(),
        align: p.p_align(endian).into(),
    });
    let table = header.sections(endian, bytes).map_err(in_part("section headers"))?;
    let sections = table.iter().map(|s| Section {
        name: table.section_name(endian, s).unwrap_or(b""),
        kind: s.sh_type(endian).0,
        flags: s.sh_flags(endian).0,
        address: s.sh_addr(endian).into(),
        offset: s.sh_offset(endian).into(),
        size: s.sh_size(endian).into(),
        align: s.sh_addralign(endian).into(),
    });
    let kind = match header.e_type(endian) {
        elf::ET_REL => FileKind::Relocatable,
        elf::ET_EXEC => FileKind::Executable,
        elf::ET_DYN => FileKind::Shared,
        other => FileKind::Other(other.0),
    };
    Ok(Elf {
        bytes,
        kind,
        machine: header.e_machine(endian).0,
        is_64: header.is_class_64(),
        segments: segments.collect(),
        sections: sections.collect(),
        symbols: symbols::<H>(endian, bytes, &table).map_err(in_part("symbol table"))?,
    })
}

fn symbols<'a, H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    bytes: &'a [u8],
    table: &SectionTable<'a, H>,
) -> Result<Vec<Symbol<'a>>, object::read::Error> {
    let mut found: SymbolTable<'a, H> = table.symbols(endian, bytes, elf::SHT_SYMTAB)?;
    if found.is_empty() {
        found = table.symbols(endian, bytes, elf::SHT_DYNSYM)?;
    }
    let mut symbols: Vec<Symbol<'a>> = found
        .iter()
        .filter_map(|symbol| {
            let name = symbol.name(endian, found.strings()).ok()?;
            let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
            Some(Symbol {
                name,
                address: symbol.st_value(endian).into(),
                size: symbol.st_size(endian).into(),
                is_undefined: symbol.is_undefined(endian),
                is_code: matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_NOTYPE | elf::STT_GNU_IFUNC),
            })
        })
        .collect();
    symbols.sort_by_key(|s| s.address);
    Ok(symbols)
}
