//! Calls that kernels no longer have: `_sysctl`.

use super::parameter::{self, Parameter};
use crate::errno::{EFAULT, ENOTDIR};
use crate::memory;
use crate::nr::{GETRANDOM, UNAME};
use crate::table::Table;
use crate::{Arguments, Errno, Result};
use core::mem::MaybeUninit;

/// The most numbers in a name.
const MAX_NAME: usize = 10;
/// Bytes of each of the six strings of `struct new_utsname`.
const UTS_FIELD: usize = 65;
const UUID_SIZE: usize = 16;

/// `_sysctl` (until 5.5): the names of the system by `uname`, random UUIDs by `getrandom`, other parameters by their files
/// in /proc/sys, as kernels last did it themselves. Exact for those that `parameter` lists; others: ENOSYS, as kernels built
/// without it answered.
pub fn _sysctl(table: Table, arguments: &Arguments) -> Result {
    let [name, count, value, size_address, new_value, new_size, ..] =
        memory::read::<[u64; 10]>(table, arguments[0])?.map(|word| word as usize);
    if value != 0 && size_address == 0 {
        return Err(EFAULT);
    }
    let size = if size_address == 0 { 0 } else { memory::read::<u64>(table, size_address)? as usize };
    let done = find(table, name, count as u32 as usize).and_then(|parameter| {
        // Without an address there is no size, and the other way round.
        let old = (value, if value == 0 { 0 } else { size });
        let new = (new_value, if new_value == 0 { 0 } else { new_size });
        match (parameter.kind, old.1, new.1) {
            (_, 0, 0) => Ok(0),
            (place @ b'0'..=b'5', _, 0) => read_name(table, usize::from(place - b'0'), old),
            (b'r', 1.., _) => read_random(table, old),
            _ => parameter::access(table, parameter, old, new),
        }
    });
    if size_address != 0 {
        memory::write(table, size_address, done.unwrap_or(size) as u64)?;
    }
    done.map(|_| 0)
}

/// Finds what a name in the caller's memory stands for.
fn find(table: Table, name: usize, count: usize) -> core::result::Result<Parameter, Errno> {
    if count > MAX_NAME {
        return Err(ENOTDIR);
    }
    let mut numbers = [0u32; MAX_NAME];
    for (i, number) in numbers.iter_mut().take(count).enumerate() {
        *number = memory::read(table, name.wrapping_add(4 * i))?;
    }
    parameter::find(numbers.get(..count).unwrap_or(&[]))
}

/// Copies a string of `uname` out, cut to `size` bytes; returns how many there were, without its end.
fn read_name(table: Table, place: usize, (address, size): (usize, usize)) -> Result {
    let mut names = MaybeUninit::<[[u8; UTS_FIELD]; 6]>::uninit();
    // SAFETY: the kernel writes the names here.
    unsafe { table.call(UNAME, [names.as_mut_ptr() as usize]) }?;
    // SAFETY: it has written all of them.
    let names = unsafe { names.assume_init_ref() };
    let name = names.get(place).map_or(&[][..], |name| name.as_slice());
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
    // The NUL took the place of the line's end, which was not counted.
    let copied = name.get(..size.min(length + 1)).unwrap_or(name);
    memory::copy_out(table, address, copied)?;
    Ok(copied.len().min(length))
}

/// Copies a new UUID out, cut to `size` bytes.
fn read_random(table: Table, (address, size): (usize, usize)) -> Result {
    let mut uuid = [0u8; UUID_SIZE];
    // SAFETY: the kernel writes random bytes here; so few never come in parts.
    unsafe { table.call(GETRANDOM, [uuid.as_mut_ptr() as usize, UUID_SIZE, 0]) }?;
    // Version 4, variant 1 (RFC 9562, 5.4).
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    let copied = uuid.get(..size).unwrap_or(&uuid);
    memory::copy_out(table, address, copied)?;
    Ok(copied.len())
}
