//! Map images: the code of all slots for one pair of releases, as bytes that are mapped as they are.
//!
//! ```text
//!    0 [8] "libsysMP"                            48 u32 bytes in the code, whole pages
//!    8 u16 format          1                     52 u32 bytes in the layer behind it
//!   10 u16 e_machine                             56 u64 checksum of everything but this word
//!   12 u32 bytes in the image                    64 u32 offset of the fingerprints
//!   16 [24] ABI name, NUL-padded                 68 u32 how many
//!   40 u32 newest program release                72 u32 offset of the releases of the calls
//!   44 u32 offset of the code, whole pages       76 u32 how many: one for each slot
//!   80 u32 oldest kernel release it is for       84 u32 offset of the spare slots
//!                                                88 u32 how many
//!   92 u32 offset of the calls that went         96 u32 how many
//!  100 u32 offset of the names                  104 u32 bytes in them
//!                                               108 u32 offset of the conversion programs in the
//!                                                       layer; 0: none
//!                                               112
//! ```
//!
//! A fingerprint is `u32 release, u32 0, u64 fingerprint`, ascending: the program releases that the
//! image serves. The release of a call is a `u32`: the kernel release since which the slot can be
//! carried out; 0 is always, `u32::MAX` is a hole. A spare slot is `u32 nr, u32 0, [64] code`: what the supplier puts in
//! place of the slot of that call when it is asked to. A call that went is `u32 nr, u32 release`: kernels since that
//! release do not have it, and only other maps carry it out. A name is `u16 nr, the name, 0`, for messages. All these
//! and the header fill the pages before the code; they are read by the supplier and not mapped into the program.

use crate::SLOT_SIZE;
use crate::bytes::{FNV_OFFSET, FNV_PRIME, array, put, u16_at, u32_at, u64_at};
use crate::note;
use crate::program;
use crate::release::PackedRelease;
use core::fmt;

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"libsysMP";
/// The format this crate writes and reads.
pub const FORMAT: u16 = 1;
/// Bytes in the header.
pub const HEADER_SIZE: usize = 112;
/// Offset of the checksum.
pub const CHECKSUM_FIELD: usize = 56;
/// The release of a hole.
pub const HOLE: u32 = u32::MAX;
const PAGE: u32 = 4096;
const FINGERPRINT_SIZE: u32 = 16;
const SPARE_SIZE: u32 = 8 + SLOT_SIZE;
const GONE_SIZE: u32 = 8;

/// The code of a slot.
pub type SlotCode = [u8; SLOT_SIZE as usize];

/// What goes into an image.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// ELF `e_machine`.
    pub machine: u16,
    /// ABI name, at most 23 bytes.
    pub name: &'a str,
    /// Newest program release it serves.
    pub release: PackedRelease,
    /// Oldest kernel release that it is for; 0: the native map, for all.
    pub kernel: PackedRelease,
    /// Program releases and their fingerprints, ascending.
    pub fingerprints: &'a [(PackedRelease, u64)],
    /// For each slot, the kernel release since which it can be carried out.
    pub since: &'a [u32],
    /// Code of the table; whole pages.
    pub code: &'a [u8],
    /// Code of the layer, mapped behind the data page; may be empty. Whole pages.
    pub layer: &'a [u8],
    /// Numbers, and the code that their slots have on request.
    pub spare: &'a [(u32, SlotCode)],
    /// Numbers of calls that kernels dropped and that other maps carry out, and the release since when.
    pub gone: &'a [(u32, PackedRelease)],
    /// Names of calls by ascending number, without NULs; those that messages are about.
    pub names: &'a [(u16, &'a str)],
    /// Where the [conversion programs](program) begin in the layer; 0: there are none.
    pub programs: u32,
}

/// Why bytes are not an image that we can map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// Not an image at all.
    Magic,
    /// Fewer bytes than its header says, or than a header has.
    Truncated,
    /// A format that this supplier does not know.
    Format(u16),
    /// A name that is not terminated.
    Name,
    /// A part that does not lie where it could be mapped or read from.
    Layout(&'static str),
    /// A conversion program that would lead outside of what it converts.
    Program,
    /// The bytes were changed after they were written.
    Checksum,
}

impl MapError {
    /// The faulty field, and what is wrong with it; run-time code prints these without `fmt`.
    #[must_use]
    pub const fn parts(self) -> (&'static str, &'static str) {
        match self {
            MapError::Magic => ("magic", "not a map image"),
            MapError::Truncated => ("size", "the image is cut short"),
            MapError::Format(_) => ("format", "newer than this supplier knows"),
            MapError::Name => ("ABI name", "not a terminated name"),
            MapError::Layout(field) => (field, "out of place"),
            MapError::Program => ("conversion programs", "one of them is not sound"),
            MapError::Checksum => ("checksum", "the image was altered"),
        }
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, what) = self.parts();
        write!(f, "map field {field}: {what}")
    }
}

impl core::error::Error for MapError {}

/// A checked image.
#[derive(Clone, Copy, Debug)]
pub struct MapImage<'a> {
    bytes: &'a [u8],
    name_len: usize,
    /// ELF `e_machine`.
    pub machine: u16,
    /// Newest program release it serves.
    pub release: PackedRelease,
    /// Oldest kernel release that it is for.
    pub kernel: PackedRelease,
    /// Offset and bytes of the code, both whole pages.
    pub code: (u32, u32),
    /// Bytes in the layer that follows the code.
    pub layer_size: u32,
    /// Where the conversion programs begin in the layer; 0: there are none.
    pub programs: u32,
    fingerprints: (u32, u32),
    since: (u32, u32),
    spare: (u32, u32),
    gone: (u32, u32),
    names: (u32, u32),
}

impl<'a> MapImage<'a> {
    /// Reads an image and checks its layout; `verify` also checks its checksum, which touches every
    /// byte and is for images that come from outside.
    ///
    /// # Errors
    ///
    /// The first field that cannot be followed.
    pub fn parse(bytes: &'a [u8], verify: bool) -> Result<MapImage<'a>, MapError> {
        if array::<8>(bytes, 0) != Some(MAGIC) {
            return Err(MapError::Magic);
        }
        let word = |at| u32_at(bytes, at).ok_or(MapError::Truncated);
        let format = u16_at(bytes, 8).ok_or(MapError::Truncated)?;
        if format != FORMAT {
            return Err(MapError::Format(format));
        }
        let size = word(12)?;
        if bytes.len() < HEADER_SIZE || bytes.len() < size as usize {
            return Err(MapError::Truncated);
        }
        let bytes = bytes.get(..size as usize).ok_or(MapError::Truncated)?;
        let name: [u8; 24] = array(bytes, 16).ok_or(MapError::Truncated)?;
        let name_len = name.iter().position(|b| *b == 0).ok_or(MapError::Name)?;
        if !name.get(..name_len).is_some_and(note::is_name) {
            return Err(MapError::Name);
        }
        let code = (word(44)?, word(48)?);
        let layer_size = word(52)?;
        if code.0 % PAGE != 0 || code.0 < PAGE {
            return Err(MapError::Layout("code offset"));
        }
        if code.1 != crate::TABLE_SIZE {
            return Err(MapError::Layout("code size"));
        }
        if layer_size % PAGE != 0
            || code.0.checked_add(code.1).and_then(|n| n.checked_add(layer_size)) != Some(size)
        {
            return Err(MapError::Layout("layer size"));
        }
        let table = |at, item: u32, name| {
            let (offset, count) = (word(at)?, word(at + 4)?);
            let end = count.checked_mul(item).and_then(|n| n.checked_add(offset));
            match end {
                Some(end) if offset as usize >= HEADER_SIZE && end <= code.0 => Ok((offset, count)),
                _ => Err(MapError::Layout(name)),
            }
        };
        let fingerprints = table(64, FINGERPRINT_SIZE, "fingerprints")?;
        let since = table(72, 4, "releases of the calls")?;
        if since.1 != crate::SLOTS {
            return Err(MapError::Layout("releases of the calls"));
        }
        let spare = table(84, SPARE_SIZE, "spare slots")?;
        let gone = table(92, GONE_SIZE, "calls that went")?;
        let names = table(100, 1, "names")?;
        let image = MapImage {
            bytes,
            name_len,
            machine: u16_at(bytes, 10).ok_or(MapError::Truncated)?,
            release: PackedRelease(word(40)?),
            kernel: PackedRelease(word(80)?),
            code,
            layer_size,
            programs: word(108)?,
            fingerprints,
            since,
            spare,
            gone,
            names,
        };
        if verify && u64_at(bytes, CHECKSUM_FIELD) != Some(checksum(bytes)) {
            return Err(MapError::Checksum);
        }
        if image.programs != 0 && !image.program_bytes().is_some_and(program::check) {
            return Err(MapError::Program);
        }
        Ok(image)
    }

    /// The ABI's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        core::str::from_utf8(self.name_bytes()).unwrap_or("")
    }

    /// The bytes of the ABI's name, all of them printable ASCII.
    #[must_use]
    pub fn name_bytes(&self) -> &'a [u8] {
        self.bytes.get(16..).and_then(|b| b.get(..self.name_len)).unwrap_or(&[])
    }

    /// The fingerprint of the ABI as a program release knows it: that of the newest listed release
    /// which is not newer. None: the image does not serve that release.
    #[must_use]
    pub fn fingerprint(&self, release: PackedRelease) -> Option<u64> {
        if release > self.release {
            return None;
        }
        let (offset, count) = self.fingerprints;
        let entry = |i: u32| (offset + i * FINGERPRINT_SIZE) as usize;
        // Most programs are of a late release.
        let known = |i: &u32| u32_at(self.bytes, entry(*i)).is_some_and(|listed| listed <= release.0);
        (0..count).rev().find(known).and_then(|i| u64_at(self.bytes, entry(i) + 8))
    }

    /// The newest release of the ABI, of those at which calls came or went, that is not newer than a kernel's:
    /// maps are named after those.
    #[must_use]
    pub fn release_of(&self, kernel: PackedRelease) -> Option<PackedRelease> {
        let (offset, count) = self.fingerprints;
        let releases =
            (0..count).filter_map(|i| u32_at(self.bytes, (offset + i * FINGERPRINT_SIZE) as usize));
        releases.take_while(|release| *release <= kernel.0).last().map(PackedRelease)
    }

    /// The kernel release since which the slot of call `nr` can be carried out; [`HOLE`] beyond the table.
    #[must_use]
    pub fn since(&self, nr: u32) -> u32 {
        if nr >= self.since.1 {
            return HOLE;
        }
        u32_at(self.bytes, (self.since.0 + 4 * nr) as usize).unwrap_or(HOLE)
    }

    /// The code that the slot of a call has on request; none when the image has none for it.
    #[must_use]
    pub fn spare(&self, nr: u32) -> Option<&'a SlotCode> {
        let (offset, count) = self.spare;
        let entries = (0..count).map(|i| (offset + i * SPARE_SIZE) as usize);
        let at = entries.into_iter().find(|at| u32_at(self.bytes, *at) == Some(nr))?;
        self.bytes.get(at + 8..)?.first_chunk()
    }

    /// The calls that kernels dropped and that other maps carry out, each with the release since when.
    pub fn gone(&self) -> impl Iterator<Item = (u32, PackedRelease)> + 'a {
        let (bytes, (offset, count)) = (self.bytes, self.gone);
        (0..count).filter_map(move |i| {
            let at = (offset + i * GONE_SIZE) as usize;
            Some((u32_at(bytes, at)?, PackedRelease(u32_at(bytes, at + 4)?)))
        })
    }

    /// The name of a call, printable ASCII; none when the image does not say.
    #[must_use]
    pub fn call_name(&self, nr: u32) -> Option<&'a [u8]> {
        let (offset, size) = self.names;
        let mut rest = self.bytes.get(offset as usize..)?.get(..size as usize)?;
        loop {
            let (number, tail) = rest.split_first_chunk::<2>()?;
            let end = tail.iter().position(|byte| *byte == 0)?;
            let (name, tail) = tail.split_at_checked(end)?;
            if u32::from(u16::from_le_bytes(*number)) == nr {
                return note::is_name(name).then_some(name);
            }
            rest = tail.get(1..)?;
        }
    }

    /// The layer from its first conversion program on; none when there is no program.
    #[must_use]
    pub fn program_bytes(&self) -> Option<&'a [u8]> {
        let layer = self.bytes.get((self.code.0 + self.code.1) as usize..)?;
        if self.programs == 0 { None } else { layer.get(self.programs as usize..) }
    }

    /// The code of a slot.
    #[must_use]
    pub fn slot(&self, nr: u32) -> Option<&'a SlotCode> {
        self.code_bytes().get(nr.checked_mul(SLOT_SIZE)? as usize..)?.first_chunk()
    }

    /// The code of the table.
    #[must_use]
    pub fn code_bytes(&self) -> &'a [u8] {
        self.bytes.get(self.code.0 as usize..).and_then(|b| b.get(..self.code.1 as usize)).unwrap_or(&[])
    }
}

/// Bytes that [`write()`] needs; none when the parts do not make an image.
#[must_use]
pub fn size(parts: &Parts<'_>) -> Option<usize> {
    let names_fit = parts.names.iter().all(|(_, name)| note::is_name(name.as_bytes()));
    let fits = parts.code.len() == crate::TABLE_SIZE as usize
        && parts.layer.len().is_multiple_of(PAGE as usize)
        && parts.since.len() == crate::SLOTS as usize
        && (parts.programs as usize) <= parts.layer.len()
        && note::is_name(parts.name.as_bytes())
        && parts.name.len() <= note::NAME_MAX
        && names_fit;
    let size = Places::of(parts).end.next_multiple_of(PAGE as usize) + parts.code.len() + parts.layer.len();
    (fits && u32::try_from(size).is_ok()).then_some(size)
}

/// Where the tables before the code begin, one behind the other.
struct Places {
    fingerprints: usize,
    since: usize,
    spare: usize,
    gone: usize,
    names: usize,
    end: usize,
}

impl Places {
    fn of(parts: &Parts<'_>) -> Places {
        let fingerprints = HEADER_SIZE;
        let since = fingerprints + parts.fingerprints.len() * FINGERPRINT_SIZE as usize;
        let spare = since + parts.since.len() * 4;
        let gone = spare + parts.spare.len() * SPARE_SIZE as usize;
        let names = gone + parts.gone.len() * GONE_SIZE as usize;
        let end = names + parts.names.iter().map(|(_, name)| name.len() + 3).sum::<usize>();
        Places { fingerprints, since, spare, gone, names, end }
    }
}

/// Writes an image into `out`, which has exactly [`size`] zeroed bytes; false when it has not.
#[must_use]
pub fn write(parts: &Parts<'_>, out: &mut [u8]) -> bool {
    if size(parts) != Some(out.len()) {
        return false;
    }
    let code_at = out.len() - parts.layer.len() - parts.code.len();
    let places = Places::of(parts);
    let size = out.len() as u32;
    let word = |value: usize| (value as u32).to_le_bytes();
    let mut ok = put(out, 0, &MAGIC)
        & put(out, 8, &FORMAT.to_le_bytes())
        & put(out, 10, &parts.machine.to_le_bytes())
        & put(out, 12, &size.to_le_bytes())
        & put(out, 16, parts.name.as_bytes())
        & put(out, 40, &parts.release.0.to_le_bytes())
        & put(out, 44, &word(code_at))
        & put(out, 48, &word(parts.code.len()))
        & put(out, 52, &word(parts.layer.len()))
        & put(out, 64, &word(places.fingerprints))
        & put(out, 68, &word(parts.fingerprints.len()))
        & put(out, 72, &word(places.since))
        & put(out, 76, &word(parts.since.len()))
        & put(out, 80, &parts.kernel.0.to_le_bytes())
        & put(out, 84, &word(places.spare))
        & put(out, 88, &word(parts.spare.len()))
        & put(out, 92, &word(places.gone))
        & put(out, 96, &word(parts.gone.len()))
        & put(out, 100, &word(places.names))
        & put(out, 104, &word(places.end - places.names))
        & put(out, 108, &parts.programs.to_le_bytes());
    for (i, (release, fingerprint)) in parts.fingerprints.iter().enumerate() {
        let at = places.fingerprints + i * FINGERPRINT_SIZE as usize;
        ok &= put(out, at, &release.0.to_le_bytes()) & put(out, at + 8, &fingerprint.to_le_bytes());
    }
    for (i, since) in parts.since.iter().enumerate() {
        ok &= put(out, places.since + 4 * i, &since.to_le_bytes());
    }
    for (i, (nr, code)) in parts.spare.iter().enumerate() {
        let at = places.spare + i * SPARE_SIZE as usize;
        ok &= put(out, at, &nr.to_le_bytes()) & put(out, at + 8, code);
    }
    for (i, (nr, release)) in parts.gone.iter().enumerate() {
        let at = places.gone + i * GONE_SIZE as usize;
        ok &= put(out, at, &nr.to_le_bytes()) & put(out, at + 4, &release.0.to_le_bytes());
    }
    let mut at = places.names;
    for (nr, name) in parts.names {
        ok &= put(out, at, &nr.to_le_bytes()) & put(out, at + 2, name.as_bytes());
        at += name.len() + 3;
    }
    ok &= put(out, code_at, parts.code) & put(out, code_at + parts.code.len(), parts.layer);
    let sum = checksum(out);
    ok & put(out, CHECKSUM_FIELD, &sum.to_le_bytes())
}

/// The checksum of an image, whose own word counts as 0.
///
/// Words of 64 bits go into four lanes in turn, since one would wait for its multiplications. A lane begins as
/// [`FNV_OFFSET`]; for each word it is changed by exclusive or, multiplied by [`FNV_PRIME`], and rotated left by 31;
/// in the end the lanes go into one more lane. Each step can be undone, so that one altered word is always noticed.
/// Bytes behind the last four words do not count: images are whole pages.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    let mut head: [u8; CHECKSUM_FIELD + 8] = array(bytes, 0).unwrap_or([0; CHECKSUM_FIELD + 8]);
    if let Some(own) = head.last_chunk_mut::<8>() {
        *own = [0; 8];
    }
    let lanes = add_words(add_words([FNV_OFFSET; 4], &head), bytes.get(head.len()..).unwrap_or(&[]));
    lanes.into_iter().fold(FNV_OFFSET, add_word)
}

fn add_words(lanes: [u64; 4], bytes: &[u8]) -> [u64; 4] {
    let [mut a, mut b, mut c, mut d] = lanes;
    for words in bytes.as_chunks::<32>().0 {
        if let ([p, q, r, s], _) = words.as_chunks::<8>() {
            a = add_word(a, u64::from_le_bytes(*p));
            b = add_word(b, u64::from_le_bytes(*q));
            c = add_word(c, u64::from_le_bytes(*r));
            d = add_word(d, u64::from_le_bytes(*s));
        }
    }
    [a, b, c, d]
}

fn add_word(lane: u64, word: u64) -> u64 {
    (lane ^ word).wrapping_mul(FNV_PRIME).rotate_left(31)
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    fn sample() -> Vec<u8> {
        let code = vec![0xccu8; crate::TABLE_SIZE as usize];
        let mut since = vec![HOLE; crate::SLOTS as usize];
        since[0] = 0;
        since[451] = PackedRelease::new(6, 5, 0).0;
        let parts = Parts {
            machine: 62,
            name: "linux/x86_64",
            release: PackedRelease::new(7, 2, 0),
            kernel: PackedRelease(0),
            fingerprints: &[(PackedRelease::new(7, 1, 0), 1), (PackedRelease::new(7, 2, 0), 2)],
            since: &since,
            code: &code,
            layer: &[],
            spare: &[(63, [0xaa; 64])],
            gone: &[(156, PackedRelease::new(5, 5, 0))],
            names: &[(156, "_sysctl"), (451, "cachestat")],
            programs: 0,
        };
        let mut out = vec![0u8; size(&parts).unwrap()];
        assert!(write(&parts, &mut out));
        out
    }

    #[test]
    fn written_images_read_back() {
        let bytes = sample();
        let image = MapImage::parse(&bytes, true).unwrap();
        assert_eq!((image.name(), image.machine), ("linux/x86_64", 62));
        assert_eq!(image.fingerprint(PackedRelease::new(7, 2, 0)), Some(2));
        assert_eq!(image.fingerprint(PackedRelease::new(7, 1, 9)), Some(1));
        assert_eq!(image.fingerprint(PackedRelease::new(6, 2, 0)), None);
        assert_eq!(image.fingerprint(PackedRelease::new(7, 3, 0)), None);
        assert_eq!(image.since(451), PackedRelease::new(6, 5, 0).0);
        assert_eq!((image.since(1), image.since(u32::MAX)), (HOLE, HOLE));
        assert_eq!(image.code_bytes().len(), crate::TABLE_SIZE as usize);
        assert_eq!(image.slot(1023), Some(&[0xcc; 64]));
        assert_eq!((image.slot(1024), image.slot(u32::MAX)), (None, None));
        assert_eq!((image.spare(63), image.spare(0)), (Some(&[0xaa; 64]), None));
        assert!(image.gone().eq([(156, PackedRelease::new(5, 5, 0))]));
        assert_eq!(image.call_name(451), Some(&b"cachestat"[..]));
        assert_eq!((image.call_name(0), image.call_name(u32::MAX)), (None, None));
    }

    #[test]
    fn parts_that_could_not_be_read_back_are_not_written() {
        let code = vec![0; crate::TABLE_SIZE as usize];
        let since = vec![0; crate::SLOTS as usize];
        let parts = |name| Parts {
            machine: 62,
            name,
            release: PackedRelease(0),
            kernel: PackedRelease(0),
            fingerprints: &[],
            since: &since,
            code: &code,
            layer: &[],
            spare: &[],
            gone: &[],
            names: &[],
            programs: 0,
        };
        for name in ["", "linux x86_64", "linux\0x86_64", "linux/\u{e9}", "a/name/longer/than/that/"] {
            assert_eq!(size(&parts(name)), None, "{name:?}");
        }
        assert!(size(&parts("a/name/as/long/as/that/")).is_some());
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let good = sample();
        for at in (0..HEADER_SIZE).chain([5000, good.len() - 1]) {
            let mut bytes = good.clone();
            bytes[at] ^= 0x41;
            assert!(MapImage::parse(&bytes, true).is_err(), "byte {at}");
        }
    }

    #[test]
    fn bits_that_are_altered_twice_are_noticed() {
        let good = sample();
        let sum = checksum(&good);
        for distance in [8, 16, 32, 64] {
            let mut bytes = good.clone();
            bytes[5007] ^= 0x80;
            bytes[5007 + distance] ^= 0x80;
            assert_ne!(checksum(&bytes), sum, "{distance} bytes apart");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let good = sample();
        for len in (0..HEADER_SIZE).chain([4096, good.len() - 1]) {
            assert!(MapImage::parse(&good[..len], false).is_err(), "{len} bytes");
        }
    }
}
