//! Reading and writing of several buffers with flags: `preadv2` and `pwritev2`.

use crate::errno::{EINVAL, EOPNOTSUPP};
use crate::nr::{FCNTL, FDATASYNC, FSYNC, PREADV, PWRITEV, READV, WRITEV};
use crate::table::Table;
use crate::{Arguments, Result, memory};

const RWF_HIPRI: u32 = 1;
const RWF_DSYNC: u32 = 2;
const RWF_SYNC: u32 = 4;
const RWF_APPEND: u32 = 16;
const RWF_NOAPPEND: u32 = 32;
/// A contradiction.
const BOTH: u32 = RWF_APPEND | RWF_NOAPPEND;
/// All that there are.
const FLAGS: u32 = 0x1ff;

const F_GETFL: usize = 3;
const O_APPEND: usize = 0o2000;
/// The most buffers that a call takes.
const IOV_MAX: usize = 1024;

/// `preadv2` (4.6) by `preadv`, or by `readv` for the position -1.
///
/// What says how to write does not matter here, nor whether to wait by asking the device. Other flags promise
/// something, and are answered as by a file that does not support them.
pub fn preadv2(table: Table, arguments: &Arguments) -> Result {
    let [fd, buffers, count, position, _, flags] = *arguments;
    let flags = flags as u32;
    if flags & !(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | BOTH) != 0 || flags & BOTH == BOTH {
        return unsupported(table, PREADV, READV, arguments);
    }
    if position == usize::MAX {
        // SAFETY: the kernel checks the addresses.
        return unsafe { table.call(READV, [fd, buffers, count]) };
    }
    // SAFETY: the kernel checks the addresses.
    unsafe { table.call(PREADV, [fd, buffers, count, position]) }
}

/// `pwritev2` (4.6) by `pwritev`, or by `writev` for the position -1.
///
/// RWF_DSYNC and RWF_SYNC write out the whole file afterwards. RWF_APPEND and RWF_NOAPPEND are carried out where
/// they say what the file does anyway. Other flags are answered as by a file that does not support them.
pub fn pwritev2(table: Table, arguments: &Arguments) -> Result {
    let [fd, buffers, count, position, _, flags] = *arguments;
    let flags = flags as u32;
    let appends = flags & BOTH;
    let mut is_supported = flags & !(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | appends) == 0;
    if appends != 0 {
        // SAFETY: it reads flags.
        let status = unsafe { table.call(FCNTL, [fd, F_GETFL]) };
        let wanted =
            if status.is_ok_and(|status| status & O_APPEND != 0) { RWF_APPEND } else { RWF_NOAPPEND };
        is_supported &= appends == wanted;
    }
    if !is_supported {
        return unsupported(table, PWRITEV, WRITEV, arguments);
    }
    let written = if position == usize::MAX {
        // SAFETY: the kernel checks the addresses.
        unsafe { table.call(WRITEV, [fd, buffers, count]) }
    } else {
        // SAFETY: the kernel checks the addresses.
        unsafe { table.call(PWRITEV, [fd, buffers, count, position]) }
    }?;
    if flags & (RWF_DSYNC | RWF_SYNC) != 0 && written != 0 {
        let sync = if flags & RWF_SYNC != 0 { FSYNC } else { FDATASYNC };
        // SAFETY: it changes no memory.
        match unsafe { table.call(sync, [fd]) } {
            // A pipe or the like, where the flag means nothing.
            Ok(_) | Err(EINVAL) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(written)
}

/// EOPNOTSUPP, unless the kernel has something else to say before it comes to the flags.
fn unsupported(table: Table, positioned: usize, plain: usize, arguments: &Arguments) -> Result {
    let [fd, buffers, count, position, _, flags] = *arguments;
    if position == usize::MAX {
        // SAFETY: no buffer is used.
        unsafe { table.call(plain, [fd, buffers, 0]) }?;
    } else {
        // SAFETY: no buffer is used.
        unsafe { table.call(positioned, [fd, buffers, 0, position]) }?;
    }
    if count > IOV_MAX {
        return Err(EINVAL);
    }
    let mut size = 0usize;
    for at in 0..count {
        let [_, length] = memory::read::<[u64; 2]>(table, buffers.wrapping_add(16 * at))?;
        if (length as i64) < 0 {
            return Err(EINVAL);
        }
        size |= length as usize;
    }
    if size == 0 {
        return Ok(0);
    }
    let flags = flags as u32;
    Err(if flags & !FLAGS == 0 && flags & BOTH == BOTH { EINVAL } else { EOPNOTSUPP })
}
