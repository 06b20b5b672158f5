//! The caller's texts: bytes up to a NUL.

use crate::Errno;
use crate::memory::{self, PAGE};
use crate::table::Table;

/// The bytes of a text before its NUL, or none when its first `limit` bytes hold no NUL.
///
/// # Errors
///
/// EFAULT when it cannot be read as far as that.
pub fn length(table: Table, address: usize, limit: usize) -> Result<Option<usize>, Errno> {
    let mut length = 0;
    while length < limit {
        let start = address.wrapping_add(length);
        let part = (limit - length).min(PAGE - start % PAGE);
        memory::readable(table, start, part)?;
        // SAFETY: these bytes were just found readable; they lie on one page.
        let bytes = unsafe { core::slice::from_raw_parts(start as *const u8, part) };
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Ok(Some(length + at));
        }
        length += part;
    }
    Ok(None)
}
