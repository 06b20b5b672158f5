//! ELF file → what it says of its system calls: its section, what that costs, the calls it can make, and
//! the instructions beside it that enter the kernel.
//!
//! Everything in a file is hostile until it was checked; there is no file that makes this crate panic. What
//! a number or a name of the ABI means is not known here: `libsys inspect` puts the words to it.
#![forbid(unsafe_code)]

mod elf;
mod reach;
mod section;
mod sweep;

pub use elf::FileKind;
pub use reach::{Known, Reach};
pub use section::{Errno, ErrnoWay, Fault, Section};
pub use sweep::{Enter, Outside};

use libsys_image::note::{Flavour, NoteError};
use libsys_image::{DATA_SIZE, TABLE_SIZE};
use object::read::archive::ArchiveFile;
use std::collections::BTreeSet;
use std::fmt;

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What kind of ELF file it is.
    pub kind: FileKind,
    /// Its machine, ELF `e_machine`.
    pub machine: u16,
    /// The program that starts it, PT_INTERP.
    pub interpreter: Option<String>,
    /// Its section; none when it has none.
    pub section: Option<Section>,
    /// The calls it can make through the section; none without a section, and when there is no telling.
    pub reach: Option<Reach>,
    /// The calls that an object lists, to be gathered when it is linked, ascending.
    pub listed: Vec<u32>,
    /// Symbols of slots that it uses and does not define, in alphabetical order.
    pub undefined: Vec<String>,
    /// What its code does beside the section; none: not code of a machine that we read.
    pub outside: Option<Outside>,
}

impl Report {
    /// The words for what kind of file it is. A program that can lie anywhere is told from a shared object by its
    /// interpreter.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match (self.kind, &self.interpreter) {
            (FileKind::Shared, Some(_)) => "position-independent executable",
            (kind, _) => kind.name(),
        }
    }

    /// Bytes of memory that the section takes in a running program: shared by all programs, and its own.
    #[must_use]
    pub fn memory(&self) -> (u64, u64) {
        match &self.section {
            None => (0, 0),
            Some(section) if section.note.flavour == Flavour::Compact => (section.note.section_size, 0),
            Some(_) => (TABLE_SIZE.into(), DATA_SIZE.into()),
        }
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Not an ELF file.
    NotElf,
    /// An archive of ELF files; [`members`] reads those.
    Archive,
    /// Headers that do not lie in the file, or contradict each other.
    Elf {
        /// Which part of the file.
        part: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The note cannot be followed.
    Note(NoteError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotElf => f.write_str("not an ELF file"),
            Error::Archive => f.write_str("an archive of ELF files"),
            Error::Elf { part, reason } => write!(f, "damaged {part}: {reason}"),
            Error::Note(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// Reads an ELF file: an object, a program or a shared object.
///
/// # Errors
///
/// The first part of the file that cannot be read. Claims of the note that do not hold are no error but
/// [`Section::faults`].
pub fn inspect(bytes: &[u8]) -> Result<Report, Error> {
    let elf = elf::Elf::parse(bytes)?;
    let section = section::find(&elf)?;
    let skip = section.as_ref().and_then(|s| {
        let start = s.address?;
        Some((start, start.checked_add(s.note.section_size)?))
    });
    let outside = sweep::sweep(&elf, skip);
    let reach = section.as_ref().and_then(|section| reach::reach(&elf, section, outside.as_ref()));
    Ok(Report {
        kind: elf.kind,
        machine: elf.machine,
        interpreter: interpreter(&elf),
        section,
        reach,
        listed: section::listed_by_object(&elf).unwrap_or_default(),
        undefined: undefined(&elf),
        outside,
    })
}

/// Reads only the section of an ELF file; none when it has none.
///
/// # Errors
///
/// As [`inspect`].
pub fn section(bytes: &[u8]) -> Result<Option<Section>, Error> {
    section::find(&elf::Elf::parse(bytes)?)
}

/// Reads the members of an archive: the name of each and what it says.
///
/// # Errors
///
/// That it is no archive, or where it is damaged.
#[allow(clippy::type_complexity, reason = "a list of names and results says it best")]
pub fn members(bytes: &[u8]) -> Result<Vec<(String, Result<Report, Error>)>, Error> {
    let damaged = |error: object::read::Error| Error::Elf { part: "archive", reason: error.to_string() };
    let archive = ArchiveFile::parse(bytes).map_err(damaged)?;
    let mut members = Vec::new();
    for member in archive.members() {
        let member = member.map_err(damaged)?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        members.push((name, inspect(member.data(bytes).map_err(damaged)?)));
    }
    Ok(members)
}

fn interpreter(elf: &elf::Elf<'_>) -> Option<String> {
    let segment = elf.segments.iter().find(|s| s.kind == object::elf::PT_INTERP.0)?;
    let bytes = elf.file_range(segment.offset, segment.file_size)?;
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
}

fn undefined(elf: &elf::Elf<'_>) -> Vec<String> {
    let is_slot = |name: &&str| name.starts_with("__sys_") || name.starts_with("__syscall_");
    let names = elf.symbols.iter().filter(|s| s.is_undefined).map(|s| s.name).filter(is_slot);
    names.collect::<BTreeSet<_>>().into_iter().map(str::to_owned).collect()
}
