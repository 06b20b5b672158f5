//! Whether a file may be used: `faccessat2`.

use crate::errno::{EINVAL, ENOSYS};
use crate::nr::{CAPGET, FACCESSAT, GETGID, GETUID, SETFSGID, SETFSUID};
use crate::place::{self, AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW, Place};
use crate::stat::Stat;
use crate::table::Table;
use crate::{Arguments, Errno, Result};

const AT_EACCESS: u32 = 0x200;
const MODES: usize = 7;

/// `faccessat2` (5.8) by `faccessat`, and by /proc where no link is followed or the path is empty.
///
/// `faccessat` asks on behalf of the real ids. Where that gives another answer than the effective ones would,
/// this one can be had only without flags, or for AT_EACCESS only whether the file is there; the rest is ENOSYS,
/// after which a libc has its own way.
pub fn faccessat2(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, mode, flags, ..] = *arguments;
    let (mode, flags) = (mode & 0xffff_ffff, flags as u32);
    if mode & !MODES != 0 || flags & !(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(EINVAL);
    }
    let is_empty = flags & AT_EMPTY_PATH != 0 && place::is_empty(table, path)?;
    let nofollow = flags & AT_SYMLINK_NOFOLLOW != 0 && !is_empty;
    // What opens the file for us looks up the path on behalf of the effective ids.
    if (flags & AT_EACCESS != 0 || nofollow) && !real_ids_are_effective(table)? {
        if flags & AT_EACCESS != 0 && mode == 0 {
            return Stat::of(table, dirfd, path, flags & !AT_EACCESS | AT_NO_AUTOMOUNT).map(|_| 0);
        }
        return Err(ENOSYS);
    }
    if is_empty || nofollow {
        let place = if is_empty {
            Place::of_descriptor(table, dirfd)?
        } else {
            Place::open(table, dirfd, path, true)?
        };
        // SAFETY: the path is the layer's.
        return unsafe { table.call(FACCESSAT, [AT_FDCWD as usize, place.path(), mode]) };
    }
    // SAFETY: the kernel checks the path.
    unsafe { table.call(FACCESSAT, [dirfd, path, mode]) }
}

/// Whether `faccessat` has nothing to put in place of the ids and capabilities that files are opened with.
///
/// That is the case if the ids are the same, and the capabilities those that come with the real one: all for
/// root, none for others. (What SECBIT_NO_SETUID_FIXUP changes about it is not asked for.)
fn real_ids_are_effective(table: Table) -> core::result::Result<bool, Errno> {
    // SAFETY: these return ids; -1 is none, so nothing is set.
    let id = |nr| unsafe { table.call(nr, [usize::MAX]) };
    let uid = id(GETUID)?;
    if uid != id(SETFSUID)? || id(GETGID)? != id(SETFSGID)? {
        return Ok(false);
    }
    const VERSION_3: u64 = 0x2008_0522;
    // The version, and 0 for this thread; then effective, permitted, inheritable, and again for higher ones.
    let mut header = [VERSION_3];
    let mut sets = [[0u32; 3]; 2];
    let addresses = [header.as_mut_ptr() as usize, sets.as_mut_ptr() as usize];
    // SAFETY: both are as long as that version says.
    unsafe { table.call(CAPGET, addresses) }?;
    Ok(sets.iter().all(|set| set[0] == if uid == 0 { set[1] } else { 0 }))
}
