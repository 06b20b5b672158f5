//! Executing a program by a descriptor: `execveat`.

use crate::errno::{EINVAL, ENAMETOOLONG, ENOENT, ENOSYS};
use crate::nr::EXECVE;
use crate::place::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Place};
use crate::table::Table;
use crate::{Arguments, Result, bytes, memory, text};
use core::mem::MaybeUninit;

/// Bytes for a path below a descriptor's, on the stack.
const PATH_SIZE: usize = 1024;

/// `execveat` (3.19) by `execve`, and by /proc where the folder is a descriptor or the path is empty. The program
/// is then called by its path in /proc, which a script cannot be read by if the descriptor is closed meanwhile.
///
/// Not to follow a link is ENOSYS: nothing older refuses to. AT_EXECVE_CHECK (6.14) is no flag yet.
pub fn execveat(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, argv, envp, flags, _] = *arguments;
    let flags = flags as u32;
    let first = memory::read::<u8>(table, path)?;
    let is_empty = first == 0;
    if is_empty && flags & AT_EMPTY_PATH == 0 {
        return Err(ENOENT);
    }
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(EINVAL);
    }
    // SAFETY: the caller wants it; the kernel checks the addresses.
    let execute = |path| unsafe { table.call(EXECVE, [path, argv, envp]) };
    if is_empty {
        return execute(Place::of_descriptor(table, dirfd)?.path());
    }
    if flags & AT_SYMLINK_NOFOLLOW != 0 {
        return Err(ENOSYS);
    }
    if first == b'/' || dirfd as i32 == AT_FDCWD {
        return execute(path);
    }
    let folder = Place::of_descriptor(table, dirfd)?;
    let mut whole = MaybeUninit::<[u8; PATH_SIZE]>::uninit();
    let start = whole.as_mut_ptr() as usize;
    let prefix = folder.text();
    let length = text::length(table, path, PATH_SIZE - Place::SIZE)?.ok_or(ENAMETOOLONG)?;
    // SAFETY: it is shorter than `Place::SIZE`.
    unsafe { bytes::copy(start, prefix.as_ptr() as usize, prefix.len()) };
    // SAFETY: as above.
    unsafe { bytes::copy(start + prefix.len(), c"/".as_ptr() as usize, 1) };
    // SAFETY: with its NUL it was found readable, and to be as short as what is left.
    unsafe { bytes::copy(start + prefix.len() + 1, path, length + 1) };
    execute(start)
}
