//! The caller's memory: reached only where the kernel says that it can be.
//!
//! The kernel answers EFAULT to a pointer that leads nowhere; a conversion that dereferences one would crash the
//! program. So each page is asked for first: `rt_sigprocmask` copies eight bytes in before it looks at what to do
//! with them, and eight bytes out without changing anything; `mincore` writes one byte. Another thread may unmap
//! the memory in between, as it may do to a kernel that has read half of it.

use crate::Errno;
use crate::errno::{EFAULT, EINVAL};
use crate::nr::{MINCORE, RT_SIGPROCMASK};
use crate::table::Table;

/// Bytes in a page.
pub const PAGE: usize = 4096;
/// The only size of a signal set that the kernel takes.
const SIGSET_SIZE: usize = 8;
/// No way to change a mask: the kernel reads the set, then refuses.
const NO_WAY: usize = usize::MAX;

/// Reads a value from the caller's memory, at any alignment.
///
/// # Errors
///
/// EFAULT when some of its bytes cannot be read.
pub fn read<T: Plain>(table: Table, address: usize) -> Result<T, Errno> {
    readable(table, address, size_of::<T>())?;
    // SAFETY: every page of it was just found readable, and any bytes are a value of a plain type.
    Ok(unsafe { (address as *const T).read_unaligned() })
}

/// Whether memory can be read.
///
/// # Errors
///
/// EFAULT when some of it cannot.
pub fn readable(table: Table, address: usize, size: usize) -> Result<(), Errno> {
    each_page(address, size, |_, last| {
        // Eight bytes of this page, those before or behind the range among them.
        let place = (last.saturating_sub(SIGSET_SIZE - 1)).max(last & !(PAGE - 1));
        // SAFETY: the kernel reads eight bytes, if it can, and changes nothing.
        let asked = unsafe { table.call(RT_SIGPROCMASK, [NO_WAY, place, 0, SIGSET_SIZE]) };
        if asked == Err(EINVAL) { Ok(()) } else { Err(EFAULT) }
    })
}

/// Writes a value to the caller's memory, at any alignment.
///
/// # Errors
///
/// EFAULT when some of its bytes cannot be written; others may have been overwritten then.
pub fn write<T: Plain>(table: Table, address: usize, value: T) -> Result<(), Errno> {
    writable(table, address, size_of::<T>())?;
    // SAFETY: every page of it was just found writable.
    unsafe { (address as *mut T).write_unaligned(value) };
    Ok(())
}

/// Copies bytes to the caller's memory.
///
/// # Errors
///
/// EFAULT when some of it cannot be written; other bytes may have been overwritten then.
pub fn copy_out(table: Table, address: usize, bytes: &[u8]) -> Result<(), Errno> {
    writable(table, address, bytes.len())?;
    // SAFETY: every page of it was just found writable; it is the caller's, so no part of `bytes`.
    unsafe { crate::bytes::copy(address, bytes.as_ptr() as usize, bytes.len()) };
    Ok(())
}

/// Whether memory can be written; some of its bytes are overwritten by finding out.
///
/// # Errors
///
/// EFAULT when some of it cannot.
pub fn writable(table: Table, address: usize, size: usize) -> Result<(), Errno> {
    each_page(address, size, |first, last| {
        let asked = if last - first < SIGSET_SIZE - 1 {
            let mapped = core::ptr::from_ref(&table) as usize & !(PAGE - 1);
            // SAFETY: the kernel writes to one byte that the caller gave for results, if it can.
            unsafe { table.call(MINCORE, [mapped, 1, first]) }
        } else {
            // SAFETY: the kernel writes the mask to eight bytes of that kind, if it can.
            unsafe { table.call(RT_SIGPROCMASK, [0, 0, last - (SIGSET_SIZE - 1), SIGSET_SIZE]) }
        };
        // Any failure counts, so that none leads to a crash: `mincore` may lack memory of its own.
        asked.map(drop).map_err(|_| EFAULT)
    })
}

/// Calls `ask` with the first and the last address of each page's part of a range.
fn each_page(
    address: usize,
    size: usize,
    mut ask: impl FnMut(usize, usize) -> Result<(), Errno>,
) -> Result<(), Errno> {
    if size == 0 {
        return Ok(());
    }
    let end = address.checked_add(size - 1).ok_or(EFAULT)?;
    let mut first = address;
    loop {
        let last = (first | (PAGE - 1)).min(end);
        ask(first, last)?;
        if last == end {
            return Ok(());
        }
        first = last + 1;
    }
}

/// Types of which any bytes are a value.
///
/// # Safety
///
/// `repr(C)`, without padding, references, or invalid values.
pub unsafe trait Plain: Copy {}

// SAFETY: any bytes are one.
unsafe impl Plain for u64 {}
// SAFETY: any byte is one.
unsafe impl Plain for u8 {}
// SAFETY: any bytes are one.
unsafe impl Plain for u32 {}
// SAFETY: any bytes are some.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}
