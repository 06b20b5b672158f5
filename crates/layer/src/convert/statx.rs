//! The extended status of a file: `statx`.

use crate::errno::EINVAL;
use crate::place::{AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW};
use crate::stat::Stat;
use crate::table::Table;
use crate::{Arguments, Result, memory};

/// Both hints about servers at once: no such thing.
const AT_STATX_SYNC_TYPE: u32 = 0x6000;
const FLAGS: u32 = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE;
const STATX_BASIC_STATS: u32 = 0x7ff;
const STATX_RESERVED: u32 = 0x8000_0000;

/// A time of `struct statx`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Timestamp {
    seconds: u64,
    nanoseconds: u32,
    reserved: u32,
}

/// `struct statx`.
#[derive(Clone, Copy)]
#[repr(C)]
struct Statx {
    mask: u32,
    blksize: u32,
    attributes: u64,
    nlink: u32,
    uid: u32,
    gid: u32,
    mode: u16,
    spare: u16,
    ino: u64,
    size: u64,
    blocks: u64,
    attributes_mask: u64,
    /// Last access, birth, change of the status, change of the contents.
    times: [Timestamp; 4],
    rdev: [u32; 2],
    dev: [u32; 2],
    rest: [u64; 14],
}
const _: () = assert!(size_of::<Statx>() == 256);
// SAFETY: integers, of which those of a size lie together at multiples of it.
unsafe impl memory::Plain for Statx {}

/// `statx` (4.11) by `newfstatat`: the basic fields, and `stx_mask` says that there are no others. Nothing is
/// mounted on the way, and servers are asked as `stat` asks them.
pub fn statx(table: Table, arguments: &Arguments) -> Result {
    let [dirfd, path, flags, mask, address, _] = *arguments;
    let (flags, mask) = (flags as u32, mask as u32);
    if mask & STATX_RESERVED != 0 || flags & AT_STATX_SYNC_TYPE == AT_STATX_SYNC_TYPE || flags & !FLAGS != 0 {
        return Err(EINVAL);
    }
    // Since 6.11 no path at all is an empty one.
    let path = if path == 0 && flags & AT_EMPTY_PATH != 0 { c"".as_ptr() as usize } else { path };
    let stat = Stat::of(table, dirfd, path, flags & !AT_STATX_SYNC_TYPE)?;
    memory::write(table, address, extended(&stat)).map(|()| 0)
}

fn extended(stat: &Stat) -> Statx {
    let time = |[seconds, nanoseconds]: [u64; 2]| Timestamp {
        seconds,
        nanoseconds: nanoseconds as u32,
        reserved: 0,
    };
    let [accessed, modified, changed] = stat.times;
    Statx {
        mask: STATX_BASIC_STATS,
        blksize: stat.blksize as u32,
        attributes: 0,
        nlink: stat.nlink as u32,
        uid: stat.uid,
        gid: stat.gid,
        mode: stat.mode as u16,
        spare: 0,
        ino: stat.ino,
        size: stat.size,
        blocks: stat.blocks,
        attributes_mask: 0,
        times: [time(accessed), time([0, 0]), time(changed), time(modified)],
        rdev: device(stat.rdev),
        dev: device(stat.dev),
        rest: [0; 14],
    }
}

/// Major and minor number of a device, which the kernel packs into 32 bits for `struct stat`.
fn device(packed: u64) -> [u32; 2] {
    let packed = packed as u32;
    [packed >> 8 & 0xfff, packed & 0xff | packed >> 12 & 0xf_ff00]
}
