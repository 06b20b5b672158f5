//! The caller's memory: reached only where the kernel says that it can be.
//!
//! The kernel answers EFAULT to a pointer that leads nowhere; a conversion that dereferences one would crash the
//! program. So each page is asked for first: `rt_sigprocmask` copies eight bytes in before it looks at what to do
//! with them, and eight bytes out without changing anything. Another thread may unmap the memory in between, as
//! it may do to a kernel that has read half of it.

use crate::Errno;
use crate::nr::RT_SIGPROCMASK;
use crate::table::Table;

/// `EFAULT`
pub const EFAULT: Errno = Errno(14);
/// `EINVAL`
pub const EINVAL: Errno = Errno(22);

const PAGE: usize = 4096;
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
    each_page(address, size_of::<T>(), |place| {
        // SAFETY: the kernel reads eight bytes, if it can, and changes nothing.
        let asked = unsafe { table.call(RT_SIGPROCMASK, [NO_WAY, place, 0, SIGSET_SIZE]) };
        if asked == Err(EFAULT) { Err(EFAULT) } else { Ok(()) }
    })?;
    // SAFETY: every page of it was just found readable, and any bytes are a value of a plain type.
    Ok(unsafe { (address as *const T).read_unaligned() })
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

/// Whether memory can be written; some of its bytes are overwritten by finding out.
///
/// # Errors
///
/// EFAULT when some of it cannot.
pub fn writable(table: Table, address: usize, size: usize) -> Result<(), Errno> {
    each_page(address, size, |place| {
        // SAFETY: the kernel writes the mask to eight bytes that the caller gave for results, if it can.
        unsafe { table.call(RT_SIGPROCMASK, [0, 0, place, SIGSET_SIZE]) }.map(drop)
    })
}

/// Calls `ask` with the address of eight bytes, inside the range where it is that long, on each of its pages.
fn each_page(
    address: usize,
    size: usize,
    mut ask: impl FnMut(usize) -> Result<(), Errno>,
) -> Result<(), Errno> {
    if size == 0 {
        return Ok(());
    }
    let last = address.checked_add(size - 1).ok_or(EFAULT)?;
    let mut place = address;
    loop {
        // Eight bytes that end inside the page and inside the range, so that no other memory is touched.
        let end_of_page = place | (PAGE - 1);
        let end = end_of_page.min(last);
        ask(end.saturating_sub(SIGSET_SIZE - 1).max(address.min(end)))?;
        if end == last {
            return Ok(());
        }
        place = end_of_page.checked_add(1).ok_or(EFAULT)?;
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
// SAFETY: any bytes are one.
unsafe impl Plain for u32 {}
// SAFETY: any bytes are some.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}
