//! Whether a file may be used: `faccessat2`.

use crate::errno::EINVAL;
use crate::nr::{FACCESSAT, GETEGID, GETEUID, GETGID, GETUID};
use crate::table::Table;
use crate::{Arguments, Result};

const AT_EACCESS: usize = 0x200;
const FLAGS: usize = AT_EACCESS | 0x100 | 0x1000;

/// `faccessat2` (5.8) by `faccessat`: exact without flags, and with AT_EACCESS for processes whose effective
/// ids are their real ones. AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH, and AT_EACCESS for others, are refused.
pub fn faccessat2(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, mode, flags, ..] = *arguments;
    let flags = flags & 0xffff_ffff;
    if mode & 0xffff_ffff & !7 != 0 || flags & !FLAGS != 0 {
        return Err(EINVAL);
    }
    // SAFETY: these return ids.
    let id = |nr| unsafe { table.call(nr, []) };
    let is_same = || Ok(id(GETUID)? == id(GETEUID)? && id(GETGID)? == id(GETEGID)?);
    if flags == 0 || (flags == AT_EACCESS && is_same()?) {
        // SAFETY: the kernel checks the path.
        return unsafe { table.call(FACCESSAT, [dirfd, path, mode]) };
    }
    Err(EINVAL)
}
