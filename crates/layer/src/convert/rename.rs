//! Renaming: `renameat2`.

use crate::errno::EINVAL;
use crate::nr::RENAMEAT;
use crate::table::Table;
use crate::{Arguments, Result};

/// `renameat2` (3.15) by `renameat`, without flags. With one it answers EINVAL, as a file system does that cannot
/// do it: no older call refuses to replace a file, or exchanges two, in one step.
pub fn renameat2(table: Table, arguments: &Arguments) -> Result {
    let [old_dirfd, old_path, new_dirfd, new_path, flags, _] = *arguments;
    if flags as u32 != 0 {
        return Err(EINVAL);
    }
    // SAFETY: the kernel checks the paths.
    unsafe { table.call(RENAMEAT, [old_dirfd, old_path, new_dirfd, new_path]) }
}
