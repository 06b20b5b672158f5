//! Attributes that file systems keep beside the mode, of regular files and folders: `file_getattr` and
//! `file_setattr`.

use crate::errno::{E2BIG, EINVAL, ENOTTY, EOPNOTSUPP};
use crate::memory::{self, PAGE};
use crate::nr::IOCTL;
use crate::place::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_RDONLY, Opened, Place, is_empty};
use crate::stat::Stat;
use crate::table::Table;
use crate::{Arguments, Errno, Result, bytes, extensible};

/// Bytes of `struct file_attr`: flags, then four numbers of 32 bits.
const ATTR_SIZE: usize = 24;
/// The flags that there are.
const XFLAGS: u64 = 0x8001_ffff;

const FS_IOC_FSGETXATTR: usize = 0x801c_581f;
const FS_IOC_FSSETXATTR: usize = 0x401c_5820;
const O_NOCTTY: usize = 0o400;
const O_NONBLOCK: usize = 0o4000;

/// `struct fsxattr`: the flags in 32 bits, the same four numbers, and eight bytes that are reserved.
type Fsxattr = [u32; 7];

/// `file_getattr` (6.17) by `ioctl`. Files that cannot be opened for reading have no answer, and special files
/// and links are not supported.
pub fn file_getattr(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, address, size, flags, _] = *arguments;
    check(flags, size)?;
    let mut attr: Fsxattr = [0; 7];
    let to = core::ptr::from_mut(&mut attr) as usize;
    control(table, dirfd, path, flags as u32, FS_IOC_FSGETXATTR, to)?;
    let [xflags, extsize, nextents, projid, cowextsize, ..] = attr;
    memory::writable(table, address, size)?;
    // SAFETY: that many bytes were just found writable.
    unsafe { bytes::clear(address, size) };
    memory::write(table, address, [xflags, 0, extsize, nextents, projid, cowextsize])?;
    Ok(0)
}

/// `file_setattr` (6.17) by `ioctl`, for the same files.
pub fn file_setattr(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, address, size, flags, _] = *arguments;
    check(flags, size)?;
    let [xflags, sizes, ids] = extensible::read::<3>(table, address, size)?;
    if xflags & !XFLAGS != 0 {
        return Err(EINVAL);
    }
    let high = |word: u64| (word >> 32) as u32;
    let mut attr: Fsxattr = [xflags as u32, sizes as u32, high(sizes), ids as u32, high(ids), 0, 0];
    let from = core::ptr::from_mut(&mut attr) as usize;
    control(table, dirfd, path, flags as u32, FS_IOC_FSSETXATTR, from)
}

fn check(flags: usize, size: usize) -> core::result::Result<(), Errno> {
    if flags as u32 & !(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0 {
        return Err(EINVAL);
    }
    match size {
        0..ATTR_SIZE => Err(EINVAL),
        ATTR_SIZE..=PAGE => Ok(()),
        _ => Err(E2BIG),
    }
}

/// Makes one of both controls, on a file that was opened only when its kind was known: to open a device may
/// change it, and its driver may understand the control in its own way.
fn control(table: Table, dirfd: usize, path: usize, flags: u32, control: usize, attr: usize) -> Result {
    let means_dirfd = flags & AT_EMPTY_PATH != 0 && (path == 0 || is_empty(table, path)?);
    let opened;
    let fd = if means_dirfd && dirfd as i32 != AT_FDCWD {
        if !Stat::of_descriptor(table, dirfd)?.is_file_or_folder() {
            return Err(EOPNOTSUPP);
        }
        dirfd
    } else {
        let place = if means_dirfd {
            Place::of_descriptor(table, dirfd)?
        } else {
            Place::open(table, dirfd, path, flags & AT_SYMLINK_NOFOLLOW != 0)?
        };
        let here = AT_FDCWD as usize;
        if !Stat::of(table, here, place.path(), 0)?.is_file_or_folder() {
            return Err(EOPNOTSUPP);
        }
        opened = Opened::new(table, here, place.path(), O_RDONLY | O_NOCTTY | O_NONBLOCK)?;
        opened.fd()
    };
    // SAFETY: the control reads or writes a `struct fsxattr`.
    let done = unsafe { table.call(IOCTL, [fd, control, attr]) };
    done.map_err(|errno| if errno == ENOTTY { EOPNOTSUPP } else { errno })
}
