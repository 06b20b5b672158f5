//! The vDSO: functions by name, and the kernel's release from its note.
//!
//! References: vdso(7); `Documentation/ABI/stable/vdso`; `arch/x86/entry/vdso/note.S`
//! (`LINUX_VERSION_CODE` in a note of owner `Linux`, type 0).

use crate::program::{MAX_PHDRS, PHDR_SIZE, Phdr, segment};
use libsys_image::bytes::{u16_at, u32_at, u64_at};
use libsys_image::{PackedRelease, VdsoCall};

const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const PT_DYNAMIC: u32 = 2;
const SYM_SIZE: usize = 24;
/// More symbols than any vDSO has.
const MAX_SYMBOLS: usize = 256;

/// The image that the kernel mapped.
#[derive(Clone, Copy, Debug)]
pub struct Vdso<'a> {
    bytes: &'a [u8],
}

impl Vdso<'_> {
    /// The vDSO at AT_SYSINFO_EHDR; none when its header is not one we can follow.
    ///
    /// # Safety
    ///
    /// `address` is the kernel's AT_SYSINFO_EHDR of this process and its mapping stays for `'a`.
    #[must_use]
    pub unsafe fn at(address: usize) -> Option<Self> {
        if address == 0 || !address.is_multiple_of(4096) {
            return None;
        }
        // SAFETY: the kernel mapped at least one page there.
        let head = unsafe { core::slice::from_raw_parts(address as *const u8, 4096) };
        let load = headers(head)?.find(|p| p.kind == segment::LOAD)?;
        // The one loadable segment starts the image; its file size tells how much is mapped.
        if load.offset != 0 || load.filesz > 1 << 20 {
            return None;
        }
        // SAFETY: the segment's bytes are mapped from this address on.
        let bytes = unsafe { core::slice::from_raw_parts(address as *const u8, load.filesz as usize) };
        Some(Vdso { bytes })
    }

    /// The kernel's release.
    #[must_use]
    pub fn release(&self) -> Option<PackedRelease> {
        let note = headers(self.bytes)?.find(|p| p.kind == segment::NOTE)?;
        let notes = self.bytes.get(note.offset as usize..)?.get(..note.filesz as usize)?;
        let mut at = 0usize;
        loop {
            let name_size = u32_at(notes, at)? as usize;
            let desc_size = u32_at(notes, at.checked_add(4)?)? as usize;
            let kind = u32_at(notes, at.checked_add(8)?)?;
            let name = notes.get(at.checked_add(12)?..)?.get(..name_size)?;
            let desc = at.checked_add(12)?.checked_add(name_size)?.checked_next_multiple_of(4)?;
            if kind == 0 && name == b"Linux\0" {
                return u32_at(notes, desc).map(PackedRelease);
            }
            at = desc.checked_add(desc_size)?.checked_next_multiple_of(4)?;
        }
    }

    /// Addresses of the functions that it has, in the order of [`VdsoCall::ALL`]; 0 for one it lacks.
    #[must_use]
    pub fn functions(&self) -> [u64; VdsoCall::ALL.len()] {
        let mut found = [0; VdsoCall::ALL.len()];
        // A vDSO that cannot be read is one without functions.
        let _ = self.collect(&mut found);
        found
    }

    fn collect(&self, found: &mut [u64; VdsoCall::ALL.len()]) -> Option<()> {
        let dynamic = headers(self.bytes)?.find(|p| p.kind == PT_DYNAMIC)?;
        let base = headers(self.bytes)?.find(|p| p.kind == segment::LOAD)?.vaddr;
        let entries = self.bytes.get(dynamic.offset as usize..)?.get(..dynamic.filesz as usize)?;
        let (mut hash, mut strings, mut symbols, mut strings_size) = (0, 0, 0, 0);
        for entry in entries.chunks_exact(16) {
            // Older kernels leave these relative to the image, others to its link address: all 0-based.
            let value = u64_at(entry, 8)?.wrapping_sub(base) as usize;
            match u64_at(entry, 0)? {
                0 => break,
                DT_HASH => hash = value,
                DT_STRTAB => strings = value,
                DT_SYMTAB => symbols = value,
                DT_STRSZ => strings_size = value,
                _ => {}
            }
        }
        let strings = self.bytes.get(strings..)?.get(..strings_size)?;
        // Without DT_HASH (kernels may carry DT_GNU_HASH only) the symbols end where the strings begin.
        let count = match hash {
            0 => MAX_SYMBOLS,
            at => (u32_at(self.bytes, at.checked_add(4)?)? as usize).min(MAX_SYMBOLS),
        };
        let table = self.bytes.get(symbols..)?;
        for symbol in table.chunks_exact(SYM_SIZE).take(count) {
            let name = strings.get(u32_at(symbol, 0)? as usize..).unwrap_or(&[]);
            let defined_function =
                symbol.get(4).is_some_and(|info| info & 15 == 2) && u16_at(symbol, 6)? != 0;
            if !defined_function {
                continue;
            }
            for (call, place) in VdsoCall::ALL.iter().zip(found.iter_mut()) {
                let wanted = call.symbol().as_bytes();
                if name.get(..wanted.len()) == Some(wanted) && name.get(wanted.len()) == Some(&0) {
                    let offset = u64_at(symbol, 8)?.wrapping_sub(base);
                    if offset < self.bytes.len() as u64 {
                        *place = (self.bytes.as_ptr() as u64).wrapping_add(offset);
                    }
                }
            }
        }
        Some(())
    }
}

fn headers(bytes: &[u8]) -> Option<impl Iterator<Item = Phdr> + '_> {
    if bytes.get(..6)? != b"\x7fELF\x02\x01" || u16_at(bytes, 54)? as usize != PHDR_SIZE {
        return None;
    }
    let count = (u16_at(bytes, 56)? as usize).min(MAX_PHDRS);
    let table = bytes.get(u64_at(bytes, 32)? as usize..)?;
    Some(table.chunks_exact(PHDR_SIZE).take(count).filter_map(Phdr::parse))
}

#[cfg(test)]
mod tests {
    use super::Vdso;

    #[test]
    fn this_process_has_one() {
        let auxv = std::fs::read("/proc/self/auxv").unwrap();
        let word = |b: &[u8]| usize::from_le_bytes(b.try_into().unwrap());
        let address = auxv.chunks_exact(16).find(|e| word(&e[..8]) == 33).map_or(0, |e| word(&e[8..]));
        // SAFETY: the kernel said so.
        let Some(vdso) = (unsafe { Vdso::at(address) }) else {
            panic!("no vDSO at {address:#x}");
        };
        let release = std::fs::read("/proc/sys/kernel/osrelease").unwrap();
        let uname = libsys_image::PackedRelease::from_uname(&release).unwrap();
        assert_eq!(vdso.release(), Some(uname));
        assert!(vdso.functions().iter().filter(|f| **f != 0).count() >= 4, "{:x?}", vdso.functions());
    }

    #[test]
    fn damaged_images_have_no_functions() {
        let mut bytes = vec![0u8; 4096];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[54] = 56;
        bytes[56] = 200;
        bytes[32..40].fill(0xff);
        let vdso = Vdso { bytes: &bytes };
        assert_eq!(vdso.release(), None);
        assert_eq!(vdso.functions(), [0; 5]);
    }

    extern crate std;
    use std::vec;
}
