//! Structures that grow: the caller says how many bytes it gives, as the kernel's `copy_struct_from_user` wants.

use crate::errno::{E2BIG, EFAULT};
use crate::memory::{self, PAGE};
use crate::table::Table;
use crate::{Errno, bytes};

/// Reads a structure of which the first `N` words are known: what the caller does not give is 0, and what it
/// gives beyond that must be.
///
/// # Errors
///
/// E2BIG when it is not, EFAULT when it cannot be read, in the kernel's order: what lies beyond comes first.
pub fn read<const N: usize>(table: Table, address: usize, size: usize) -> Result<[u64; N], Errno> {
    let known = N * size_of::<u64>();
    let mut place = known;
    while place < size {
        let start = address.checked_add(place).ok_or(EFAULT)?;
        let length = (size - place).min(PAGE - start % PAGE);
        memory::readable(table, start, length)?;
        // SAFETY: these bytes were just found readable; they lie on one page.
        let tail = unsafe { core::slice::from_raw_parts(start as *const u8, length) };
        if tail.iter().any(|byte| *byte != 0) {
            return Err(E2BIG);
        }
        place += length;
    }
    let given = size.min(known);
    memory::readable(table, address, given)?;
    let mut words = [0u64; N];
    // SAFETY: `given` bytes were just found readable, and the words have at least that many.
    unsafe { bytes::copy(words.as_mut_ptr() as usize, address, given) };
    Ok(words)
}
