//! The mode of a file: `fchmodat2`.

use crate::errno::{EINVAL, ENOSYS, EOPNOTSUPP, EROFS};
use crate::nr::{FACCESSAT, FCHMODAT};
use crate::place::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Place, is_empty};
use crate::stat::Stat;
use crate::table::Table;
use crate::{Arguments, Errno, Result};

const W_OK: usize = 2;

/// `fchmodat2` (6.6) by `fchmodat`, and by /proc where no link is followed or the path is empty. Links have no
/// modes, which is EOPNOTSUPP; the same is answered without /proc.
pub fn fchmodat2(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, mode, flags, ..] = *arguments;
    let flags = flags as u32;
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(EINVAL);
    }
    let supported = |errno: Errno| if errno == ENOSYS { EOPNOTSUPP } else { errno };
    let place = if flags & AT_EMPTY_PATH != 0 && is_empty(table, path)? {
        Place::of_descriptor(table, dirfd).map_err(supported)?
    } else if flags & AT_SYMLINK_NOFOLLOW != 0 {
        Place::open(table, dirfd, path, true).map_err(supported)?
    } else {
        // SAFETY: the kernel checks the path.
        return unsafe { table.call(FCHMODAT, [dirfd, path, mode]) };
    };
    let here = AT_FDCWD as usize;
    // Old kernels would change the mode of the link.
    if Stat::of(table, here, place.path(), 0)?.is_link() {
        // SAFETY: the path is the layer's.
        let may_write = unsafe { table.call(FACCESSAT, [here, place.path(), W_OK]) };
        return Err(if may_write == Err(EROFS) { EROFS } else { EOPNOTSUPP });
    }
    // SAFETY: the path is the layer's.
    unsafe { table.call(FCHMODAT, [here, place.path(), mode]) }
}
