//! `ar` archives with a symbol index, as GNU ld, lld and mold read them; no times, no owners.

use crate::elf::Member;
use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream};
use std::io::Cursor;

/// The archive's bytes.
#[must_use]
pub fn emit(members: &[Member]) -> Vec<u8> {
    let members: Vec<NewArchiveMember<'_>> = members
        .iter()
        .map(|m| NewArchiveMember::new(m.bytes.as_slice(), &DEFAULT_OBJECT_READER, m.name.clone()))
        .collect();
    let mut out = Cursor::new(Vec::new());
    write_archive_to_stream(&mut out, &members, ArchiveKind::Gnu, false, None)
        .expect("writing to memory does not fail, and the members are our own objects");
    out.into_inner()
}
