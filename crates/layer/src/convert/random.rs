//! Random bytes: `getrandom`.

use crate::errno::{EAGAIN, EINTR, EINVAL, ENOSYS};
use crate::nr::{POLL, READ};
use crate::place::{AT_FDCWD, O_RDONLY, Opened};
use crate::stat::Stat;
use crate::table::Table;
use crate::{Arguments, Errno, Result};

const GRND_NONBLOCK: u32 = 1;
const GRND_RANDOM: u32 = 2;
const GRND_INSECURE: u32 = 4;

const O_NONBLOCK: usize = 0o4000;
const POLLIN: u64 = 1;
/// Major 1, minor 8.
const RANDOM_DEVICE: u64 = 0x108;
/// Major 1, minor 9.
const URANDOM_DEVICE: u64 = 0x109;

/// `getrandom` (3.17) by /dev/random, which tells whether there is enough to begin with, and /dev/urandom. Where
/// these are not the kernel's, or cannot be opened, it is ENOSYS: nothing weaker stands in for them.
///
/// Kernels before 5.6 tell whether there is enough now, so that it may wait for longer.
pub fn getrandom(table: Table, arguments: &Arguments) -> Result {
    let [buffer, size, flags, ..] = *arguments;
    let flags = flags as u32;
    if flags & !(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) != 0
        || flags & (GRND_RANDOM | GRND_INSECURE) == GRND_RANDOM | GRND_INSECURE
    {
        return Err(EINVAL);
    }
    let source = if flags & GRND_RANDOM != 0 {
        let waiting = if flags & GRND_NONBLOCK != 0 { O_NONBLOCK } else { 0 };
        open(table, c"/dev/random", RANDOM_DEVICE, waiting)?
    } else {
        if flags & GRND_INSECURE == 0 {
            wait(table, flags & GRND_NONBLOCK == 0)?;
        }
        open(table, c"/dev/urandom", URANDOM_DEVICE, 0)?
    };
    // SAFETY: the kernel checks the address.
    unsafe { table.call(READ, [source.fd(), buffer, size]) }
}

/// Waits until the kernel has collected enough.
fn wait(table: Table, may_block: bool) -> core::result::Result<(), Errno> {
    let random = open(table, c"/dev/random", RANDOM_DEVICE, O_NONBLOCK)?;
    let mut asked = [random.fd() as u64 | POLLIN << 32];
    let time = if may_block { usize::MAX } else { 0 };
    // SAFETY: one `struct pollfd` lies there.
    match unsafe { table.call(POLL, [asked.as_mut_ptr() as usize, 1, time]) } {
        Ok(0) => Err(EAGAIN),
        Ok(_) => Ok(()),
        Err(EINTR) => Err(EINTR),
        Err(_) => Err(ENOSYS),
    }
}

/// Opens a device, if it is that one.
fn open(
    table: Table,
    path: &core::ffi::CStr,
    device: u64,
    flags: usize,
) -> core::result::Result<Opened, Errno> {
    let opened = Opened::new(table, AT_FDCWD as usize, path.as_ptr() as usize, O_RDONLY | flags);
    let opened = opened.map_err(|_| ENOSYS)?;
    match Stat::of_descriptor(table, opened.fd()) {
        Ok(stat) if stat.is_character_device() && stat.rdev == device => Ok(opened),
        _ => Err(ENOSYS),
    }
}
