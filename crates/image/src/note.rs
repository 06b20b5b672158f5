//! The ELF note that describes a program's `.libsys` section.
//!
//! Owner `libsys`, type 1, in a `PT_NOTE` segment so that section headers may be stripped. All fields
//! are little-endian. Four of them are *self-relative*: the address of the field plus its value is the
//! address meant, which a linker computes without leaving a dynamic relocation behind.
//!
//! ```text
//!    0 u16 format          1                     40 u64 fingerprint of the ABI
//!    2 u8  flavour         1 reserved 2 text     48 u64 bytes in the section
//!                          3 compact             56 i64 → section
//!    3 u8  flags           1 wants initial TLS   64 i64 → errno descriptor
//!                          2 lists its calls     72 i64 → first listed call
//!    4 u16 e_machine                             80 i64 → one past the last
//!    6 u16 bytes in a slot                       88 u32 bytes wanted at the thread pointer
//!    8 u32 slots                                 92 u32 0
//!   12 u32 release                               96
//!   16 [24] ABI name, NUL-padded
//! ```

use crate::bytes::{array, put, u16_at, u32_at, u64_at};
use crate::release::PackedRelease;
use core::fmt;

/// The note's owner, with its NUL.
pub const OWNER: &[u8; 7] = b"libsys\0";
/// The note's type.
pub const TYPE: u32 = 1;
/// The format this crate writes and reads.
pub const FORMAT: u16 = 1;
/// Bytes in the descriptor.
pub const DESC_SIZE: usize = 96;
/// Bytes in the longest ABI name, without the NUL that must follow.
pub const NAME_MAX: usize = 23;
/// Offset of the self-relative address of the section.
pub const SECTION_FIELD: usize = 56;
/// Offset of the self-relative address of the errno descriptor.
pub const ERRNO_FIELD: usize = 64;
/// Offset of the self-relative address of the first listed call.
pub const USES_START_FIELD: usize = 72;
/// Offset of the self-relative address one past the last listed call.
pub const USES_END_FIELD: usize = 80;

/// Flag: the supplier sets up the initial TLS before the first instruction of a static program.
pub const FLAG_INITIAL_TLS: u8 = 1;
/// Flag: the two uses fields delimit the numbers of all calls that the program links.
pub const FLAG_USES: u8 = 2;

/// What the section holds in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Flavour {
    /// No bytes: it must be supplied.
    Reserved = 1,
    /// A whole table of code that works unsupplied and can be supplied over.
    Text = 2,
    /// Slots of a few calls, packed into one page; never supplied.
    Compact = 3,
}

impl Flavour {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Flavour::Reserved => "reserved",
            Flavour::Text => "text",
            Flavour::Compact => "compact",
        }
    }
}

/// A checked note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What the section holds in the file.
    pub flavour: Flavour,
    /// [`FLAG_INITIAL_TLS`], [`FLAG_USES`].
    pub flags: u8,
    /// ELF `e_machine`.
    pub machine: u16,
    /// Slots in the section.
    pub slots: u32,
    /// The release that the program was linked for.
    pub release: PackedRelease,
    name: [u8; NAME_MAX + 1],
    /// Fingerprint of that release of the ABI.
    pub fingerprint: u64,
    /// Bytes in the section, its data page included.
    pub section_size: u64,
    /// Self-relative, from [`SECTION_FIELD`].
    pub section: i64,
    /// Self-relative, from [`ERRNO_FIELD`]; 0: the program has none.
    pub errno: i64,
    /// Self-relative, from [`USES_START_FIELD`].
    pub uses_start: i64,
    /// Self-relative, from [`USES_END_FIELD`].
    pub uses_end: i64,
    /// Bytes that the program wants zeroed at and above the thread pointer; at most 64 KiB.
    pub tcb_size: u32,
}

/// Why bytes are not a note that we can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteError {
    /// Fewer bytes than the format has.
    Truncated(usize),
    /// A format that this supplier does not know.
    Format(u16),
    /// No such flavour.
    Flavour(u8),
    /// Flags that this format does not have.
    Flags(u8),
    /// A name that is empty, not terminated, or not printable ASCII.
    Name,
    /// Another size of slots.
    SlotSize(u16),
    /// More bytes at the thread pointer than a page table would bear.
    TcbSize(u32),
    /// A reserved word that is not 0.
    Padding(u32),
}

impl NoteError {
    /// The faulty field, its value, and what is wrong with it; run-time code prints these without `fmt`.
    #[must_use]
    pub const fn parts(self) -> (&'static str, u64, &'static str) {
        match self {
            NoteError::Truncated(n) => ("size", n as u64, "the note is cut short"),
            NoteError::Format(n) => ("format", n as u64, "newer than this supplier knows"),
            NoteError::Flavour(n) => ("flavour", n as u64, "none of 1, 2, 3"),
            NoteError::Flags(n) => ("flags", n as u64, "has bits that this format does not have"),
            NoteError::Name => ("ABI name", 0, "not a terminated name"),
            NoteError::SlotSize(n) => ("slot size", n as u64, "not 64"),
            NoteError::TcbSize(n) => ("thread-pointer bytes", n as u64, "above 65536"),
            NoteError::Padding(n) => ("reserved word", n as u64, "not 0"),
        }
    }
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, value, what) = self.parts();
        write!(f, "note field {field}: {value}: {what}")
    }
}

impl core::error::Error for NoteError {}

impl Note {
    /// Bytes at the thread pointer that programs ask for when nobody says otherwise.
    pub const TCB_SIZE: u32 = 64;

    /// A note with all addresses 0, for a linker to fill in; none when the name is too long, empty, or not
    /// printable ASCII.
    #[must_use]
    pub fn new(name: &str, flavour: Flavour) -> Option<Note> {
        let mut bytes = [0u8; NAME_MAX + 1];
        if !is_name(name.as_bytes()) || name.len() > NAME_MAX || !put(&mut bytes, 0, name.as_bytes()) {
            return None;
        }
        Some(Note {
            flavour,
            flags: 0,
            machine: 0,
            slots: crate::SLOTS,
            release: PackedRelease(0),
            name: bytes,
            fingerprint: 0,
            section_size: u64::from(crate::SECTION_SIZE),
            section: 0,
            errno: 0,
            uses_start: 0,
            uses_end: 0,
            tcb_size: Note::TCB_SIZE,
        })
    }

    /// The ABI's name, such as `linux/x86_64`.
    #[must_use]
    pub fn name(&self) -> &str {
        core::str::from_utf8(self.name_bytes()).unwrap_or("")
    }

    /// The bytes of the ABI's name, all of them printable ASCII.
    #[must_use]
    pub fn name_bytes(&self) -> &[u8] {
        let end = self.name.iter().position(|b| *b == 0).unwrap_or(0);
        self.name.get(..end).unwrap_or(&[])
    }

    /// The descriptor's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; DESC_SIZE] {
        let mut out = [0u8; DESC_SIZE];
        let ok = put(&mut out, 0, &FORMAT.to_le_bytes())
            & put(&mut out, 2, &[self.flavour as u8, self.flags])
            & put(&mut out, 4, &self.machine.to_le_bytes())
            & put(&mut out, 6, &(crate::SLOT_SIZE as u16).to_le_bytes())
            & put(&mut out, 8, &self.slots.to_le_bytes())
            & put(&mut out, 12, &self.release.0.to_le_bytes())
            & put(&mut out, 16, &self.name)
            & put(&mut out, 40, &self.fingerprint.to_le_bytes())
            & put(&mut out, 48, &self.section_size.to_le_bytes())
            & put(&mut out, SECTION_FIELD, &self.section.to_le_bytes())
            & put(&mut out, ERRNO_FIELD, &self.errno.to_le_bytes())
            & put(&mut out, USES_START_FIELD, &self.uses_start.to_le_bytes())
            & put(&mut out, USES_END_FIELD, &self.uses_end.to_le_bytes())
            & put(&mut out, 88, &self.tcb_size.to_le_bytes());
        debug_assert!(ok);
        out
    }

    /// Reads a descriptor.
    ///
    /// # Errors
    ///
    /// The first field that cannot be followed. Addresses are not checked here: only a reader that
    /// knows the program's segments can.
    pub fn parse(desc: &[u8]) -> Result<Note, NoteError> {
        let short = NoteError::Truncated(desc.len());
        let format = u16_at(desc, 0).ok_or(short)?;
        if format != FORMAT {
            return Err(NoteError::Format(format));
        }
        if desc.len() < DESC_SIZE {
            return Err(short);
        }
        let [flavour, flags] = array(desc, 2).ok_or(short)?;
        let flavour = match flavour {
            1 => Flavour::Reserved,
            2 => Flavour::Text,
            3 => Flavour::Compact,
            other => return Err(NoteError::Flavour(other)),
        };
        if flags & !(FLAG_INITIAL_TLS | FLAG_USES) != 0 {
            return Err(NoteError::Flags(flags));
        }
        let slot_size = u16_at(desc, 6).ok_or(short)?;
        if u32::from(slot_size) != crate::SLOT_SIZE {
            return Err(NoteError::SlotSize(slot_size));
        }
        let name: [u8; NAME_MAX + 1] = array(desc, 16).ok_or(short)?;
        let end = name.iter().position(|b| *b == 0).ok_or(NoteError::Name)?;
        let (word, padding) = name.split_at_checked(end).ok_or(NoteError::Name)?;
        if !is_name(word) || padding.iter().any(|b| *b != 0) {
            return Err(NoteError::Name);
        }
        let tcb_size = u32_at(desc, 88).ok_or(short)?;
        if tcb_size > 1 << 16 {
            return Err(NoteError::TcbSize(tcb_size));
        }
        let padding = u32_at(desc, 92).ok_or(short)?;
        if padding != 0 {
            return Err(NoteError::Padding(padding));
        }
        let signed = |at| u64_at(desc, at).map(u64::cast_signed).ok_or(short);
        Ok(Note {
            flavour,
            flags,
            machine: u16_at(desc, 4).ok_or(short)?,
            slots: u32_at(desc, 8).ok_or(short)?,
            release: PackedRelease(u32_at(desc, 12).ok_or(short)?),
            name,
            fingerprint: u64_at(desc, 40).ok_or(short)?,
            section_size: u64_at(desc, 48).ok_or(short)?,
            section: signed(SECTION_FIELD)?,
            errno: signed(ERRNO_FIELD)?,
            uses_start: signed(USES_START_FIELD)?,
            uses_end: signed(USES_END_FIELD)?,
            tcb_size,
        })
    }
}

/// Whether bytes are the name of an ABI, but for its length: printable ASCII without spaces, and not empty.
pub(crate) fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)
}

/// Finds our note among the notes of a `PT_NOTE` segment or a note section, whose alignment is `align`.
///
/// Returns the descriptor and its offset in `segment`; none when no entry is ours. Entries that run
/// past the end stop the search.
#[must_use]
pub fn find(segment: &[u8], align: usize) -> Option<(&[u8], usize)> {
    // mold puts all notes into one segment that says 8, with notes aligned to 4 in it. Those aligned to 8
    // have sizes that are multiples of 8, so that a walk by 4 meets them all; but do not rely on it.
    walk(segment, 4).or_else(|| if align == 8 { walk(segment, 8) } else { None })
}

/// Walks the entries, each padded to `align`. Ours is always padded to 4 itself, as its section is.
fn walk(segment: &[u8], align: usize) -> Option<(&[u8], usize)> {
    let mut at = 0usize;
    loop {
        let name_size = u32_at(segment, at)? as usize;
        let desc_size = u32_at(segment, at.checked_add(4)?)? as usize;
        let kind = u32_at(segment, at.checked_add(8)?)?;
        let name_at = at.checked_add(12)?;
        let name_end = name_at.checked_add(name_size)?;
        if kind == TYPE && segment.get(name_at..name_end)? == OWNER {
            let desc_at = name_end.checked_next_multiple_of(4)?;
            return Some((segment.get(desc_at..desc_at.checked_add(desc_size)?)?, desc_at));
        }
        let end = name_end.checked_next_multiple_of(align)?.checked_add(desc_size)?;
        at = end.checked_next_multiple_of(align)?;
    }
}

/// The whole note: header, owner, descriptor; a multiple of 4 bytes long.
#[must_use]
pub fn encode_with_header(note: &Note) -> [u8; HEADER_SIZE + DESC_SIZE] {
    let mut out = [0u8; HEADER_SIZE + DESC_SIZE];
    let ok = put(&mut out, 0, &(OWNER.len() as u32).to_le_bytes())
        & put(&mut out, 4, &(DESC_SIZE as u32).to_le_bytes())
        & put(&mut out, 8, &TYPE.to_le_bytes())
        & put(&mut out, 12, OWNER)
        & put(&mut out, HEADER_SIZE, &note.encode());
    debug_assert!(ok);
    out
}

/// Bytes before the descriptor in [`encode_with_header`]: three words and the padded owner.
pub const HEADER_SIZE: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Note {
        let mut note = Note::new("linux/x86_64", Flavour::Reserved).unwrap();
        note.flags = FLAG_INITIAL_TLS;
        note.machine = 62;
        note.release = PackedRelease::new(7, 2, 0);
        note.fingerprint = 0x0123_4567_89ab_cdef;
        note.section = -4096;
        note
    }

    #[test]
    fn written_notes_read_back() {
        let note = sample();
        let bytes = encode_with_header(&note);
        let (desc, at) = find(&bytes, 4).unwrap();
        assert_eq!(at, HEADER_SIZE);
        assert_eq!(Note::parse(desc), Ok(note));
        assert_eq!(note.name(), "linux/x86_64");
    }

    #[test]
    fn names_that_could_not_be_read_back_are_not_written() {
        for name in ["", "linux x86_64", "linux\0x86_64", "linux/\u{e9}", "a/name/longer/than/that/"] {
            assert_eq!(Note::new(name, Flavour::Text), None, "{name:?}");
        }
        assert!(Note::new("a/name/as/long/as/that/", Flavour::Text).is_some());
    }

    #[test]
    fn foreign_notes_are_skipped() {
        let mut bytes = [0u8; 16 + HEADER_SIZE + DESC_SIZE];
        assert!(put(&mut bytes, 0, &4u32.to_le_bytes()));
        assert!(put(&mut bytes, 8, &1u32.to_le_bytes()));
        assert!(put(&mut bytes, 12, b"GNU\0"));
        assert!(put(&mut bytes, 16, &encode_with_header(&sample())));
        assert_eq!(find(&bytes, 4).map(|f| f.1), Some(16 + HEADER_SIZE));
    }

    #[test]
    fn notes_of_both_alignments_may_share_a_segment() {
        let foreign = |bytes: &mut [u8], at: usize, size: u32| {
            assert!(put(bytes, at, &4u32.to_le_bytes()));
            assert!(put(bytes, at + 4, &size.to_le_bytes()));
            assert!(put(bytes, at + 12, b"GNU\0"));
        };
        // A property note of 32 bytes, a build id of 36, ours: as mold 1.10 links them, in a segment that
        // says 8.
        let mut bytes = [0u8; 68 + HEADER_SIZE + DESC_SIZE];
        foreign(&mut bytes, 0, 16);
        foreign(&mut bytes, 32, 20);
        assert!(put(&mut bytes, 68, &encode_with_header(&sample())));
        assert_eq!(find(&bytes, 8).map(|f| f.1), Some(68 + HEADER_SIZE));
        // One whose size is no multiple of 8, padded to it; ours behind that.
        let mut bytes = [0u8; 40 + HEADER_SIZE + DESC_SIZE];
        foreign(&mut bytes, 0, 20);
        assert!(put(&mut bytes, 40, &encode_with_header(&sample())));
        assert_eq!(find(&bytes, 8).map(|f| f.1), Some(40 + HEADER_SIZE));
        assert_eq!(find(&bytes, 4), None);
    }

    #[test]
    fn each_damaged_field_is_named() {
        let with = |at: usize, field: &[u8]| {
            let mut bytes = sample().encode();
            assert!(put(&mut bytes, at, field));
            Note::parse(&bytes).unwrap_err()
        };
        assert_eq!(with(0, &[2, 0]), NoteError::Format(2));
        assert_eq!(with(2, &[9]), NoteError::Flavour(9));
        assert_eq!(with(3, &[0x80]), NoteError::Flags(0x80));
        assert_eq!(with(6, &[32, 0]), NoteError::SlotSize(32));
        assert_eq!(with(16, &[0]), NoteError::Name);
        assert_eq!(with(16, &[b'x'; 24]), NoteError::Name);
        assert_eq!(with(88, &[0, 0, 2, 0]), NoteError::TcbSize(0x20000));
        assert_eq!(with(92, &[1]), NoteError::Padding(1));
        assert_eq!(Note::parse(&sample().encode()[..95]), Err(NoteError::Truncated(95)));
        assert_eq!(Note::parse(&[]), Err(NoteError::Truncated(0)));
    }

    #[test]
    fn sizes_that_run_past_the_end_end_the_search() {
        let mut bytes = encode_with_header(&sample());
        assert!(put(&mut bytes, 4, &u32::MAX.to_le_bytes()));
        assert_eq!(find(&bytes, 4), None);
        assert!(put(&mut bytes, 0, &u32::MAX.to_le_bytes()));
        assert_eq!(find(&bytes, 8), None);
        assert_eq!(find(&[], 4), None);
    }
}
