//! Calls that kernels no longer have: `_sysctl`.

use crate::errno::{EFAULT, ENOSYS, ENOTDIR};
use crate::memory;
use crate::nr::{GETRANDOM, UNAME};
use crate::table::Table;
use crate::{Arguments, Errno, Result};
use core::mem::MaybeUninit;

const CTL_KERN: u32 = 1;
const KERN_OSTYPE: u32 = 1;
const KERN_OSRELEASE: u32 = 2;
const KERN_VERSION: u32 = 4;
const KERN_NODENAME: u32 = 7;
const KERN_DOMAINNAME: u32 = 8;
const KERN_RANDOM: u32 = 40;
const RANDOM_UUID: u32 = 6;
/// The most numbers in a name.
const MAX_NAME: usize = 10;

/// Bytes of each of the six strings of `struct new_utsname`.
const UTS_FIELD: usize = 65;
const UUID_SIZE: usize = 16;

/// What a name stands for.
enum Parameter {
    /// A string that `uname` has, by its place there.
    Uname(usize),
    /// A new random UUID at each reading.
    Uuid,
}

/// `_sysctl` (until 5.5) by `uname` and `getrandom`: exact for reading the names of the system and random UUIDs,
/// which is what programs used it for. Other names, and writing: ENOSYS, as kernels built without it answered.
pub fn _sysctl(table: Table, arguments: &Arguments) -> Result {
    let [name, count, value, size_address, new_value, new_size, ..] =
        memory::read::<[u64; 10]>(table, arguments[0])?.map(|word| word as usize);
    if value != 0 && size_address == 0 {
        return Err(EFAULT);
    }
    let size = if size_address == 0 { 0 } else { memory::read::<u64>(table, size_address)? as usize };
    let done = parameter(table, name, count as u32 as usize).and_then(|parameter| {
        if new_value != 0 && new_size != 0 {
            return Err(ENOSYS);
        }
        if value == 0 || size == 0 { Ok(0) } else { read(table, &parameter, value, size) }
    });
    if size_address != 0 {
        memory::write(table, size_address, done.unwrap_or(size) as u64)?;
    }
    done.map(|_| 0)
}

/// Finds what a name stands for.
fn parameter(table: Table, name: usize, count: usize) -> core::result::Result<Parameter, Errno> {
    if count > MAX_NAME {
        return Err(ENOTDIR);
    }
    memory::readable(table, name, count * 4)?;
    let number = |i| match i < count {
        true => memory::read::<u32>(table, name.wrapping_add(4 * i)),
        false => Err(ENOTDIR),
    };
    match (number(0)?, number(1)?) {
        (CTL_KERN, KERN_OSTYPE) => Ok(Parameter::Uname(0)),
        (CTL_KERN, KERN_NODENAME) => Ok(Parameter::Uname(1)),
        (CTL_KERN, KERN_OSRELEASE) => Ok(Parameter::Uname(2)),
        (CTL_KERN, KERN_VERSION) => Ok(Parameter::Uname(3)),
        (CTL_KERN, KERN_DOMAINNAME) => Ok(Parameter::Uname(5)),
        (CTL_KERN, KERN_RANDOM) if number(2)? == RANDOM_UUID => Ok(Parameter::Uuid),
        _ => Err(ENOSYS),
    }
}

/// Copies a parameter out, cut to `size` bytes; returns how many there were, without the end of a string.
fn read(table: Table, parameter: &Parameter, address: usize, size: usize) -> Result {
    match parameter {
        Parameter::Uname(index) => {
            let mut names = MaybeUninit::<[[u8; UTS_FIELD]; 6]>::uninit();
            // SAFETY: the kernel writes the names here.
            unsafe { table.call(UNAME, [names.as_mut_ptr() as usize]) }?;
            // SAFETY: it has written all of them.
            let names = unsafe { names.assume_init_ref() };
            let name = names.get(*index).map_or(&[][..], |name| name.as_slice());
            let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
            // The NUL took the place of the line's end, which was not counted.
            let copied = name.get(..size.min(length + 1)).unwrap_or(name);
            memory::copy_out(table, address, copied)?;
            Ok(copied.len().min(length))
        }
        Parameter::Uuid => {
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
    }
}
