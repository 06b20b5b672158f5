//! Futexes and barriers: `futex_wait`, `futex_waitv`, `futex_wake`, `futex_requeue` by `futex`; `membarrier`.

use crate::errno::{EINVAL, ENOSYS};
use crate::memory;
use crate::nr::FUTEX;
use crate::table::Table;
use crate::{Arguments, Errno, Result};

const FUTEX_REQUEUE: usize = 3;
const FUTEX_CMP_REQUEUE: usize = 4;
const FUTEX_WAIT_BITSET: usize = 9;
const FUTEX_WAKE_BITSET: usize = 10;
const FUTEX_PRIVATE: usize = 128;
const FUTEX_CLOCK_REALTIME: usize = 256;
const FUTEX_BITSET_MATCH_ANY: usize = 0xffff_ffff;

const FUTEX2_SIZE_U32: u32 = 2;
const FUTEX2_SIZE_U32_PRIVATE: u32 = FUTEX2_SIZE_U32 | 128;
const WAITV_MAX: u32 = 128;

const CLOCK_REALTIME: u32 = 0;
const CLOCK_MONOTONIC: u32 = 1;
const SECOND_NS: u64 = 1_000_000_000;

/// `futex_wake` (6.7) by `futex`: exact for 32-bit futexes; FUTEX2_NUMA and FUTEX2_MPOL, newer, are refused.
pub fn futex_wake(table: Table, arguments: &Arguments) -> Result {
    let [address, mask, count, flags, ..] = *arguments;
    let private = private(flags as u32)?;
    let mask = word(mask as u64)?;
    if mask == 0 {
        return Err(EINVAL);
    }
    if count as u32 == 0 {
        // FUTEX_WAKE wakes one even so; moving none to where they are checks the address only.
        // SAFETY: nothing is woken and nothing changes.
        return unsafe { table.call(FUTEX, [address, FUTEX_REQUEUE | private, 0, 0, address, 0]) };
    }
    // SAFETY: the kernel checks the address.
    unsafe { table.call(FUTEX, [address, FUTEX_WAKE_BITSET | private, count, 0, 0, mask]) }
}

/// `futex_wait` (6.7) by `futex`, as [`futex_wake`]. A wait with a timeout that a signal handler interrupts
/// answers EINTR even where SA_RESTART would have it begin anew.
pub fn futex_wait(table: Table, arguments: &Arguments) -> Result {
    let [address, value, mask, flags, timeout, clock] = *arguments;
    let private = private(flags as u32)?;
    let (value, mask) = (word(value as u64)?, word(mask as u64)?);
    let clock = until(table, timeout, clock as u32)?;
    if mask == 0 {
        return Err(EINVAL);
    }
    let op = FUTEX_WAIT_BITSET | private | clock;
    // SAFETY: the kernel checks the addresses.
    unsafe { table.call(FUTEX, [address, op, value, timeout, 0, mask]) }
}

/// `futex_waitv` (5.16) by `futex`: one futex exactly, as [`futex_wait`]. More than one: ENOSYS.
pub fn futex_waitv(table: Table, arguments: &Arguments) -> Result {
    let [waiters, count, flags, timeout, clock, _] = *arguments;
    let count = count as u32;
    if flags as u32 != 0 || count == 0 || count > WAITV_MAX || waiters == 0 {
        return Err(EINVAL);
    }
    let clock = until(table, timeout, clock as u32)?;
    if count > 1 {
        return Err(ENOSYS);
    }
    let Waiter { address, value, private } = waiter(table, waiters)?;
    let op = FUTEX_WAIT_BITSET | private | clock;
    // SAFETY: the kernel checks the addresses.
    unsafe { table.call(FUTEX, [address, op, value, timeout, 0, FUTEX_BITSET_MATCH_ANY]) }
}

/// `futex_requeue` (6.7) by `futex`, as [`futex_wake`].
pub fn futex_requeue(table: Table, arguments: &Arguments) -> Result {
    let [waiters, flags, wake, requeue, ..] = *arguments;
    if flags as u32 != 0 || waiters == 0 {
        return Err(EINVAL);
    }
    let from = waiter(table, waiters)?;
    let to = waiter(table, waiters.wrapping_add(WAITER_SIZE))?;
    // Before 4.15 `futex` took negative numbers.
    if from.private != to.private || (wake as i32) < 0 || (requeue as i32) < 0 {
        return Err(EINVAL);
    }
    let op = FUTEX_CMP_REQUEUE | from.private;
    let requeue = requeue as u32 as usize;
    // SAFETY: the kernel checks the addresses.
    unsafe { table.call(FUTEX, [from.address, op, wake, requeue, to.address, from.value]) }
}

/// `membarrier` (4.3): a kernel that has none of its commands, which MEMBARRIER_CMD_QUERY says.
pub fn membarrier(_: Table, arguments: &Arguments) -> Result {
    const QUERY: u32 = 0;
    let [command, flags, ..] = *arguments;
    if command as u32 == QUERY && flags as u32 == 0 { Ok(0) } else { Err(EINVAL) }
}

/// `struct futex_waitv`: value, address, flags and a reserved word.
struct Waiter {
    address: usize,
    value: usize,
    /// The flag of `futex` for it.
    private: usize,
}

const WAITER_SIZE: usize = 24;

fn waiter(table: Table, address: usize) -> core::result::Result<Waiter, Errno> {
    let [value, futex, flags] = memory::read::<[u64; 3]>(table, address)?;
    if flags >> 32 != 0 {
        return Err(EINVAL);
    }
    let private = private(flags as u32)?;
    Ok(Waiter { address: futex as usize, value: word(value)?, private })
}

/// The flag of `futex` that stands for flags of the newer calls.
fn private(flags: u32) -> Result {
    match flags {
        FUTEX2_SIZE_U32 => Ok(0),
        FUTEX2_SIZE_U32_PRIVATE => Ok(FUTEX_PRIVATE),
        _ => Err(EINVAL),
    }
}

/// A value that fits a 32-bit futex.
fn word(value: u64) -> Result {
    if value >> 32 == 0 { Ok(value as usize) } else { Err(EINVAL) }
}

/// The flag of `futex` for the clock of a timeout, which is checked first, as the newer calls do.
fn until(table: Table, timeout: usize, clock: u32) -> Result {
    if timeout == 0 {
        return Ok(0);
    }
    let flag = match clock {
        CLOCK_REALTIME => FUTEX_CLOCK_REALTIME,
        CLOCK_MONOTONIC => 0,
        _ => return Err(EINVAL),
    };
    let [seconds, nanoseconds] = memory::read::<[u64; 2]>(table, timeout)?;
    if seconds > i64::MAX as u64 || nanoseconds >= SECOND_NS { Err(EINVAL) } else { Ok(flag) }
}
