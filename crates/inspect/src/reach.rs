//! Which calls a program can make through its section.

use crate::elf::{Elf, FileKind};
use crate::section::Section;
use crate::sweep::{self, Outside};
use libsys_image::{SERVICE_BASE, Service, TAIL_BASE};
use object::elf;
use std::collections::BTreeSet;

/// How it is known which calls a program can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The file lists the calls that were linked.
    Listed,
    /// The code and the data were searched for the addresses of slots; others may be computed.
    Searched,
}

/// The calls that a program can make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// How it is known.
    pub known: Known,
    /// Their numbers, ascending.
    pub calls: Vec<u32>,
    /// The numbers of the services it uses, ascending.
    pub services: Vec<u32>,
    /// It uses `libsys_syscall`, which carries out any call by its number.
    pub any: bool,
}

/// The calls that a file's section can be asked for; none when there is no way to tell.
pub(crate) fn reach(elf: &Elf<'_>, section: &Section, code: Option<&Outside>) -> Option<Reach> {
    let (known, numbers) = match (&section.listed, section.address, code) {
        (Some(listed), ..) => (Known::Listed, listed.iter().copied().collect()),
        (None, Some(table), Some(code)) => {
            let mut slots = code.slots.clone();
            match elf.kind {
                FileKind::Shared => relocated(elf, table, &mut slots),
                _ => words(elf, section, table, &mut slots),
            }
            (Known::Searched, slots)
        }
        _ => return None,
    };
    let any = numbers.contains(&Service::Syscall.nr());
    let (calls, services) = numbers.into_iter().partition(|nr| *nr < SERVICE_BASE);
    let services = Vec::into_iter(services).filter(|nr| *nr < TAIL_BASE).collect();
    Some(Reach { known, calls, services, any })
}

/// Adds the slots whose addresses stand as words in the data of a program at fixed addresses.
fn words(elf: &Elf<'_>, section: &Section, table: u64, slots: &mut BTreeSet<u32>) {
    let size = section.note.section_size;
    for segment in elf.segments.iter().filter(|s| s.is_load() && !s.is_executable()) {
        let bytes = elf.file_range(segment.offset, segment.file_size).unwrap_or(&[]);
        let skew = (segment.address.wrapping_neg() % 8) as usize;
        let aligned = bytes.get(skew..).unwrap_or(&[]);
        let words = aligned.chunks_exact(8).filter_map(|chunk| chunk.first_chunk().copied());
        let words = words.map(u64::from_le_bytes).filter(|word| word.wrapping_sub(table) < size);
        slots.extend(words.filter_map(|word| sweep::slot(table, word)));
    }
}

/// Adds the slots whose addresses relocations put into the data of a file that can lie anywhere.
fn relocated(elf: &Elf<'_>, table: u64, slots: &mut BTreeSet<u32>) {
    let Some(dynamic) = elf.segments.iter().find(|s| s.kind == elf::PT_DYNAMIC.0) else { return };
    let bytes = elf.file_range(dynamic.offset, dynamic.file_size).unwrap_or(&[]);
    let entries: Vec<[u64; 2]> = records(bytes).collect();
    let value = |tag: i64| entries.iter().find(|[t, _]| *t == tag.cast_unsigned()).map(|[_, v]| *v);
    let range = |start: i64, size: i64| value(start).zip(value(size)).and_then(|(a, n)| elf.at(a, n));
    for (start, size) in [(elf::DT_RELA, elf::DT_RELASZ), (elf::DT_JMPREL, elf::DT_PLTRELSZ)] {
        let table_bytes = range(start.0, size.0).unwrap_or(&[]);
        for [_, info, addend] in records::<3>(table_bytes) {
            if info as u32 == elf::R_X86_64_RELATIVE.0 {
                slots.extend(sweep::slot(table, addend));
            }
        }
    }
    let packed = range(elf::DT_RELR.0, elf::DT_RELRSZ.0).unwrap_or(&[]);
    let mut place = 0u64;
    for [entry] in records::<1>(packed) {
        if entry & 1 == 0 {
            // An even entry is an address; bitmaps of the 63 words behind it follow.
            slots.extend(word_at(elf, entry).and_then(|word| sweep::slot(table, word)));
            place = entry.wrapping_add(8);
            continue;
        }
        for bit in (1..64u64).filter(|bit| entry >> bit & 1 == 1) {
            let address = place.wrapping_add((bit - 1) * 8);
            slots.extend(word_at(elf, address).and_then(|word| sweep::slot(table, word)));
        }
        place = place.wrapping_add(63 * 8);
    }
}

fn word_at(elf: &Elf<'_>, address: u64) -> Option<u64> {
    elf.at(address, 8)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// Records of `N` words each.
fn records<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u64; N]> + '_ {
    bytes
        .chunks_exact(8 * N)
        .map(|record| std::array::from_fn(|i| libsys_image::bytes::u64_at(record, 8 * i).unwrap_or_default()))
}
