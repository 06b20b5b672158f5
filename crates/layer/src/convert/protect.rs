//! Locked and protected memory, and advice about it: `mlock2`, `pkey_alloc`, `pkey_free`, `pkey_mprotect`,
//! `process_madvise`.

use crate::errno::{EFAULT, EINVAL, ENOMEM, ENOSPC, ENOSYS};
use crate::memory::{self, PAGE};
use crate::nr::{MADVISE, MLOCK, MPROTECT};
use crate::table::Table;
use crate::{Arguments, Errno, Result};

/// `mlock2` (4.4) by `mlock`: exact without flags; MLOCK_ONFAULT, which `mlock` cannot do, is refused.
pub fn mlock2(table: Table, arguments: &Arguments) -> Result {
    let [address, size, flags, ..] = *arguments;
    if flags as u32 != 0 {
        return Err(EINVAL);
    }
    // SAFETY: nothing of the layer's becomes unusable.
    unsafe { table.call(MLOCK, [address, size]) }
}

/// `pkey_alloc` (4.9): a machine without keys.
pub fn pkey_alloc(_: Table, arguments: &Arguments) -> Result {
    /// PKEY_DISABLE_ACCESS and PKEY_DISABLE_WRITE.
    const RIGHTS: usize = 3;
    let [flags, rights, ..] = *arguments;
    Err(if flags != 0 || rights & !RIGHTS != 0 { EINVAL } else { ENOSPC })
}

/// `pkey_free` (4.9): no key was ever given out.
pub fn pkey_free(_: Table, _: &Arguments) -> Result {
    Err(EINVAL)
}

/// `pkey_mprotect` (4.9) by `mprotect`: exact for key -1, which means none; there are no others.
pub fn pkey_mprotect(table: Table, arguments: &Arguments) -> Result {
    const GROWS: usize = 0x0300_0000;
    const NONE: i32 = -1;
    let [address, size, protection, key, ..] = *arguments;
    if key as i32 == NONE {
        // SAFETY: what the caller asks for.
        return unsafe { table.call(MPROTECT, [address, size, protection]) };
    }
    // What the kernel looks at before the key.
    if protection & GROWS == GROWS || address % PAGE != 0 {
        return Err(EINVAL);
    }
    if size == 0 {
        return Ok(0);
    }
    let rounded = size.wrapping_add(PAGE - 1) & !(PAGE - 1);
    Err(if address.wrapping_add(rounded) <= address { ENOMEM } else { EINVAL })
}

/// `process_madvise` (5.10) by `madvise`: exact for the caller itself as PIDFD_SELF names it. Other
/// descriptors: ENOSYS.
pub fn process_madvise(table: Table, arguments: &Arguments) -> Result {
    const PIDFD_SELF_THREAD: i32 = -10000;
    const PIDFD_SELF_THREAD_GROUP: i32 = -10001;
    let [pidfd, ranges, count, advice, flags, _] = *arguments;
    if flags as u32 != 0 {
        return Err(EINVAL);
    }
    let total = total(table, ranges, count)?;
    if !matches!(pidfd as i32, PIDFD_SELF_THREAD | PIDFD_SELF_THREAD_GROUP) {
        return Err(ENOSYS);
    }
    let mut done = 0;
    for i in 0..count {
        if done == total {
            break;
        }
        let Range { address, size } = range(table, ranges, i)?;
        let size = size.min(total - done);
        // SAFETY: what the caller asks for.
        if let Err(errno) = unsafe { table.call(MADVISE, [address, size, advice]) } {
            return if done > 0 { Ok(done) } else { Err(errno) };
        }
        done += size;
    }
    Ok(done)
}

/// A `struct iovec`.
struct Range {
    address: usize,
    size: usize,
}

fn range(table: Table, ranges: usize, index: usize) -> core::result::Result<Range, Errno> {
    let [address, size] = memory::read::<[u64; 2]>(table, ranges.wrapping_add(16 * index))?;
    Ok(Range { address: address as usize, size: size as usize })
}

/// The bytes of all ranges, as the kernel counts and checks them.
fn total(table: Table, ranges: usize, count: usize) -> Result {
    const MAX_COUNT: usize = 1024;
    /// The most bytes that one call is about, MAX_RW_COUNT.
    const MAX_TOTAL: usize = 0x7fff_f000;
    if count > MAX_COUNT {
        return Err(EINVAL);
    }
    let mut total = 0;
    for i in 0..count {
        let Range { address, size } = range(table, ranges, i)?;
        if (size as isize) < 0 {
            return Err(EINVAL);
        }
        // No address of a program's has the topmost bit.
        if address.checked_add(size).is_none_or(|end| (end as isize) < 0) {
            return Err(EFAULT);
        }
        total += size.min(MAX_TOTAL - total);
    }
    Ok(total)
}
