//! Opening files: `openat2`, and `open_tree` where it opens what is there.

use crate::errno::{E2BIG, EAGAIN, EINVAL, ENOSYS, ENOTDIR};
use crate::memory::PAGE;
use crate::nr::OPENAT;
use crate::place::{
    AT_EMPTY_PATH, AT_FDCWD, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW,
    O_PATH, Place, is_empty,
};
use crate::table::Table;
use crate::{Arguments, Result, extensible};

const O_ACCMODE: usize = 3;
const O_CREAT: usize = 0o100;
/// The bit of O_TMPFILE that is not O_DIRECTORY.
const O_TMPFILE: usize = 0o20_000_000;
/// All that `openat2` takes: O_ACCMODE, and all bits from O_CREAT to O_TMPFILE.
const FLAGS: usize = O_ACCMODE | (O_TMPFILE * 2 - O_CREAT);
/// All that it takes beside O_PATH.
const PATH_FLAGS: usize = O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC;
const MODES: u64 = 0o7777;

const RESOLVE_FLAGS: u64 = 0x3f;
const RESOLVE_BENEATH: u64 = 8;
const RESOLVE_IN_ROOT: u64 = 16;
const RESOLVE_CACHED: u64 = 32;
/// Bytes of `struct open_how`.
const HOW_SIZE: usize = 24;

/// `openat2` (5.6) by `openat`, after the checks that `openat` leaves out.
///
/// RESOLVE_CACHED finds nothing cached, which is EAGAIN. The others promise that a path does not lead out of where
/// it should; no older call does, so they are ENOSYS.
pub fn openat2(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, how, size, ..] = *arguments;
    if size < HOW_SIZE {
        return Err(EINVAL);
    }
    if size > PAGE {
        return Err(E2BIG);
    }
    let [flags, mode, resolve] = extensible::read(table, how, size)?;
    let flags = flags as usize;
    let has = |bits| flags & bits == bits;
    let creates = flags & (O_CREAT | O_TMPFILE) != 0;
    if flags & !FLAGS != 0
        || resolve & !RESOLVE_FLAGS != 0
        || resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT) == RESOLVE_BENEATH | RESOLVE_IN_ROOT
        || mode & !(if creates { MODES } else { 0 }) != 0
        || has(O_DIRECTORY | O_CREAT)
        || has(O_TMPFILE) && (!has(O_DIRECTORY) || flags & O_ACCMODE == 0)
        || has(O_PATH) && flags & !PATH_FLAGS != 0
    {
        return Err(EINVAL);
    }
    if resolve & !RESOLVE_CACHED != 0 {
        return Err(ENOSYS);
    }
    if resolve != 0 {
        return Err(EAGAIN);
    }
    // SAFETY: the kernel checks the path.
    unsafe { table.call(OPENAT, [dirfd, path, flags, mode as usize]) }
}

const OPEN_TREE_CLONE: u32 = 1;
const AT_RECURSIVE: u32 = 0x8000;
const TREE_FLAGS: u32 =
    AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE | O_CLOEXEC as u32;

/// `open_tree` (5.2) without OPEN_TREE_CLONE by `openat` with O_PATH. Clones need the calls about mounts that came
/// with it: they are ENOSYS, which programs must expect.
pub fn open_tree(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, flags, ..] = *arguments;
    let flags = flags as u32;
    if flags & !TREE_FLAGS != 0 || flags & (AT_RECURSIVE | OPEN_TREE_CLONE) == AT_RECURSIVE {
        return Err(EINVAL);
    }
    if flags & OPEN_TREE_CLONE != 0 {
        return Err(ENOSYS);
    }
    let keeps = flags as usize & O_CLOEXEC | O_PATH;
    if flags & AT_EMPTY_PATH != 0 && is_empty(table, path)? {
        let place = Place::of_descriptor(table, dirfd)?;
        // SAFETY: the path is the layer's.
        return unsafe { table.call(OPENAT, [AT_FDCWD as usize, place.path(), keeps]) };
    }
    let how = if flags & AT_SYMLINK_NOFOLLOW != 0 { keeps | O_NOFOLLOW } else { keeps };
    // SAFETY: the kernel checks the path.
    let open = |how| unsafe { table.call(OPENAT, [dirfd, path, how]) };
    if flags & AT_NO_AUTOMOUNT == 0 {
        // Whoever wants a folder has it mounted; O_PATH alone does not.
        let opened = open(how | O_DIRECTORY);
        if opened != Err(ENOTDIR) {
            return opened;
        }
    }
    open(how)
}
