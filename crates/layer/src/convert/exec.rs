//! Executing a program by a descriptor: `execveat`.

use crate::errno::{EINVAL, ENAMETOOLONG, ENOENT, ENOSYS};
use crate::nr::EXECVE;
use crate::place::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Place};
use crate::table::Table;
use crate::{Arguments, Result, bytes, memory, text};
use core::mem::MaybeUninit;

/// Bytes of the longest path with its NUL.
const PATH_MAX: usize = 4096;
/// Bytes for a path below a descriptor's, on the stack.
const PATH_SIZE: usize = 1024;

/// `execveat` (3.19) by `execve`, and by /proc where the folder is a descriptor or the path is empty. The program
/// is then called by its path in /proc, which a script cannot be read by if the descriptor is closed meanwhile.
///
/// Not to follow a link is ENOSYS: nothing older refuses to. AT_EXECVE_CHECK (6.14) is no flag yet.
pub fn execveat(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, argv, envp, flags, _] = *arguments;
    let flags = flags as u32;
    let length = text::length(table, path, PATH_MAX)?.ok_or(ENAMETOOLONG)?;
    let is_empty = length == 0;
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
    if memory::read::<u8>(table, path)? == b'/' || dirfd as i32 == AT_FDCWD {
        return execute(path);
    }
    let folder = Place::of_descriptor(table, dirfd)?;
    if length > PATH_SIZE - 1 - Place::SIZE {
        return Err(ENAMETOOLONG);
    }
    let mut whole = MaybeUninit::<[u8; PATH_SIZE]>::uninit();
    let prefix = folder.text();
    let start = whole.as_mut_ptr() as usize;
    let below = start + prefix.len() + 1;
    // SAFETY: it is shorter than `Place::SIZE`.
    unsafe { bytes::copy(start, prefix.as_ptr() as usize, prefix.len()) };
    // SAFETY: one byte behind it.
    unsafe { bytes::copy(below - 1, c"/".as_ptr() as usize, 1) };
    // SAFETY: it was found readable, and shorter than what is left.
    unsafe { bytes::copy(below, path, length) };
    // Not the caller's NUL, which another thread may have overwritten.
    // SAFETY: one byte is left.
    unsafe { bytes::clear(below + length, 1) };
    execute(start)
}
