//! Extended attributes of files below a folder: `setxattrat`, `getxattrat`, `listxattrat` and `removexattrat`.
//!
//! For each there are three older calls: one follows links, one does not, and one takes a descriptor.

use crate::errno::{E2BIG, EINVAL, ERANGE};
use crate::memory::{self, PAGE};
use crate::nr::{
    FGETXATTR, FLISTXATTR, FREMOVEXATTR, FSETXATTR, GETXATTR, LGETXATTR, LISTXATTR, LLISTXATTR, LREMOVEXATTR,
    LSETXATTR, REMOVEXATTR, SETXATTR,
};
use crate::place::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Place, is_empty};
use crate::table::Table;
use crate::{Arguments, Errno, Result, extensible, text};

/// Bytes of `struct xattr_args`.
const ARGS_SIZE: usize = 16;
/// The longest name of an attribute, in bytes.
const NAME_MAX: usize = 255;
/// The longest value, in bytes.
const SIZE_MAX: u32 = 65536;
/// XATTR_CREATE and XATTR_REPLACE.
const SET_FLAGS: u32 = 3;

/// The three older calls.
struct Family {
    follows: usize,
    does_not: usize,
    descriptor: usize,
}

/// `struct xattr_args`.
struct Value {
    address: usize,
    size: u32,
    flags: u32,
}

/// `setxattrat` (6.13) by the older three, and by /proc for a path below a folder.
pub fn setxattrat(table: Table, arguments: &Arguments) -> Result {
    let [.., name, args, size] = *arguments;
    let value = read_value(table, args, size)?;
    let at = check_flags(arguments)?;
    if value.flags & !SET_FLAGS != 0 {
        return Err(EINVAL);
    }
    check_name(table, name)?;
    if value.size > SIZE_MAX {
        return Err(E2BIG);
    }
    memory::readable(table, value.address, value.size as usize)?;
    let family = Family { follows: SETXATTR, does_not: LSETXATTR, descriptor: FSETXATTR };
    call(table, &at, &family, [name, value.address, value.size as usize, value.flags as usize])
}

/// `getxattrat` (6.13), in the same way.
pub fn getxattrat(table: Table, arguments: &Arguments) -> Result {
    let [.., name, args, size] = *arguments;
    let value = read_value(table, args, size)?;
    if value.flags != 0 {
        return Err(EINVAL);
    }
    let at = check_flags(arguments)?;
    check_name(table, name)?;
    let family = Family { follows: GETXATTR, does_not: LGETXATTR, descriptor: FGETXATTR };
    call(table, &at, &family, [name, value.address, value.size as usize, 0])
}

/// `listxattrat` (6.13), in the same way.
pub fn listxattrat(table: Table, arguments: &Arguments) -> Result {
    let [.., list, size, _] = *arguments;
    let at = check_flags(arguments)?;
    let family = Family { follows: LISTXATTR, does_not: LLISTXATTR, descriptor: FLISTXATTR };
    call(table, &at, &family, [list, size, 0, 0])
}

/// `removexattrat` (6.13), in the same way.
pub fn removexattrat(table: Table, arguments: &Arguments) -> Result {
    let [.., name, _, _] = *arguments;
    let at = check_flags(arguments)?;
    check_name(table, name)?;
    let family = Family { follows: REMOVEXATTR, does_not: LREMOVEXATTR, descriptor: FREMOVEXATTR };
    call(table, &at, &family, [name, 0, 0, 0])
}

/// Which file is meant: the first three arguments of all four.
struct At {
    dirfd: usize,
    path: usize,
    flags: u32,
}

fn check_flags(arguments: &Arguments) -> core::result::Result<At, Errno> {
    let [dirfd, path, flags, ..] = *arguments;
    let flags = flags as u32;
    if flags & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(EINVAL);
    }
    Ok(At { dirfd, path, flags })
}

fn read_value(table: Table, address: usize, size: usize) -> core::result::Result<Value, Errno> {
    if size < ARGS_SIZE {
        return Err(EINVAL);
    }
    if size > PAGE {
        return Err(E2BIG);
    }
    let [address, rest] = extensible::read(table, address, size)?;
    Ok(Value { address: address as usize, size: rest as u32, flags: (rest >> 32) as u32 })
}

/// The newer calls look at the name before the path, the older ones after it.
fn check_name(table: Table, name: usize) -> core::result::Result<(), Errno> {
    match text::length(table, name, NAME_MAX + 1)? {
        None | Some(0) => Err(ERANGE),
        Some(_) => Ok(()),
    }
}

/// Makes that call of a family which reaches the file.
fn call(table: Table, at: &At, family: &Family, [a, b, c, d]: [usize; 4]) -> Result {
    // SAFETY: the kernel checks the addresses; a call does not see arguments beyond its own.
    let call = |nr, file| unsafe { table.call(nr, [file, a, b, c, d]) };
    if at.flags & AT_EMPTY_PATH != 0 && (at.path == 0 || is_empty(table, at.path)?) {
        if at.dirfd as i32 == AT_FDCWD {
            return call(family.follows, Place::of_descriptor(table, at.dirfd)?.path());
        }
        return call(family.descriptor, at.dirfd);
    }
    let nofollow = at.flags & AT_SYMLINK_NOFOLLOW != 0;
    if at.dirfd as i32 == AT_FDCWD || memory::read::<u8>(table, at.path)? == b'/' {
        return call(if nofollow { family.does_not } else { family.follows }, at.path);
    }
    call(family.follows, Place::open(table, at.dirfd, at.path, nofollow)?.path())
}
