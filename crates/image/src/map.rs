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
//!                                                80 u32 oldest kernel release that it is for
//!                                                84 [12] 0
//!                                                96
//! ```
//!
//! A fingerprint is `u32 release, u32 0, u64 fingerprint`, ascending: the program releases that the
//! image serves. The release of a call is a `u32`: the kernel release since which the slot can be
//! carried out; 0 is always, `u32::MAX` is a hole. Header, fingerprints and releases fill the pages
//! before the code; they are read by the supplier and not mapped into the program.

use crate::bytes::{FNV_OFFSET, array, fnv1a, put, u16_at, u32_at, u64_at};
use crate::note;
use crate::release::PackedRelease;
use core::fmt;

/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"libsysMP";
/// The format this crate writes and reads.
pub const FORMAT: u16 = 1;
/// Bytes in the header.
pub const HEADER_SIZE: usize = 96;
/// Offset of the checksum.
pub const CHECKSUM_FIELD: usize = 56;
/// The release of a hole.
pub const HOLE: u32 = u32::MAX;
const PAGE: u32 = 4096;
const FINGERPRINT_SIZE: u32 = 16;

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
    /// Code of the layer, mapped behind the data page; may be empty.
    pub layer: &'a [u8],
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
    fingerprints: (u32, u32),
    since: (u32, u32),
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
        let image = MapImage {
            bytes,
            name_len,
            machine: u16_at(bytes, 10).ok_or(MapError::Truncated)?,
            release: PackedRelease(word(40)?),
            kernel: PackedRelease(word(80)?),
            code,
            layer_size,
            fingerprints,
            since,
        };
        if verify && u64_at(bytes, CHECKSUM_FIELD) != Some(checksum(bytes)) {
            return Err(MapError::Checksum);
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
        let known = (0..count).take_while(|i| u32_at(self.bytes, entry(*i)).is_some_and(|r| r <= release.0));
        known.last().and_then(|i| u64_at(self.bytes, entry(i) + 8))
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

    /// The code of the table.
    #[must_use]
    pub fn code_bytes(&self) -> &'a [u8] {
        self.bytes.get(self.code.0 as usize..).and_then(|b| b.get(..self.code.1 as usize)).unwrap_or(&[])
    }
}

/// Bytes that [`write()`] needs; none when the parts do not make an image.
#[must_use]
pub fn size(parts: &Parts<'_>) -> Option<usize> {
    let head = HEADER_SIZE + parts.fingerprints.len() * FINGERPRINT_SIZE as usize + parts.since.len() * 4;
    let fits = parts.code.len() == crate::TABLE_SIZE as usize
        && parts.layer.len().is_multiple_of(PAGE as usize)
        && parts.since.len() == crate::SLOTS as usize
        && note::is_name(parts.name.as_bytes())
        && parts.name.len() <= note::NAME_MAX;
    let size = head.next_multiple_of(PAGE as usize) + parts.code.len() + parts.layer.len();
    (fits && u32::try_from(size).is_ok()).then_some(size)
}

/// Writes an image into `out`, which has exactly [`size`] zeroed bytes; false when it has not.
#[must_use]
pub fn write(parts: &Parts<'_>, out: &mut [u8]) -> bool {
    if size(parts) != Some(out.len()) {
        return false;
    }
    let code_at = out.len() - parts.layer.len() - parts.code.len();
    let fingerprints_at = HEADER_SIZE;
    let since_at = fingerprints_at + parts.fingerprints.len() * FINGERPRINT_SIZE as usize;
    let size = out.len() as u32;
    let mut ok = put(out, 0, &MAGIC)
        & put(out, 8, &FORMAT.to_le_bytes())
        & put(out, 10, &parts.machine.to_le_bytes())
        & put(out, 12, &size.to_le_bytes())
        & put(out, 16, parts.name.as_bytes())
        & put(out, 40, &parts.release.0.to_le_bytes())
        & put(out, 44, &(code_at as u32).to_le_bytes())
        & put(out, 48, &(parts.code.len() as u32).to_le_bytes())
        & put(out, 52, &(parts.layer.len() as u32).to_le_bytes())
        & put(out, 64, &(fingerprints_at as u32).to_le_bytes())
        & put(out, 68, &(parts.fingerprints.len() as u32).to_le_bytes())
        & put(out, 72, &(since_at as u32).to_le_bytes())
        & put(out, 76, &(parts.since.len() as u32).to_le_bytes())
        & put(out, 80, &parts.kernel.0.to_le_bytes());
    for (i, (release, fingerprint)) in parts.fingerprints.iter().enumerate() {
        let at = fingerprints_at + i * FINGERPRINT_SIZE as usize;
        ok &= put(out, at, &release.0.to_le_bytes()) & put(out, at + 8, &fingerprint.to_le_bytes());
    }
    for (i, since) in parts.since.iter().enumerate() {
        ok &= put(out, since_at + 4 * i, &since.to_le_bytes());
    }
    ok &= put(out, code_at, parts.code) & put(out, code_at + parts.code.len(), parts.layer);
    let sum = checksum(out);
    ok & put(out, CHECKSUM_FIELD, &sum.to_le_bytes())
}

fn checksum(bytes: &[u8]) -> u64 {
    let (head, rest) = bytes.split_at_checked(CHECKSUM_FIELD).unwrap_or((bytes, &[]));
    fnv1a(rest.get(8..).unwrap_or(&[]), fnv1a(head, FNV_OFFSET))
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
    fn every_truncation_is_noticed() {
        let good = sample();
        for len in (0..HEADER_SIZE).chain([4096, good.len() - 1]) {
            assert!(MapImage::parse(&good[..len], false).is_err(), "{len} bytes");
        }
    }
}
