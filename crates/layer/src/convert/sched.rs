//! Scheduling: `sched_setattr` and `sched_getattr`, by policy, priority and nice value.

use crate::errno::{E2BIG, EACCES, EINVAL, ENOSYS, EOPNOTSUPP, EPERM};
use crate::extensible;
use crate::memory::{self, PAGE};
use crate::nr::{GETPRIORITY, SCHED_GETPARAM, SCHED_GETSCHEDULER, SCHED_SETSCHEDULER, SETPRIORITY};
use crate::table::Table;
use crate::{Arguments, Errno, Result};

const SCHED_OTHER: u32 = 0;
const SCHED_FIFO: u32 = 1;
const SCHED_RR: u32 = 2;
const SCHED_BATCH: u32 = 3;
const SCHED_IDLE: u32 = 5;
const SCHED_DEADLINE: u32 = 6;
/// A flag beside the policy, in the older calls.
const SCHED_RESET_ON_FORK: u32 = 0x4000_0000;

const FLAG_RESET_ON_FORK: u64 = 1;
const FLAG_KEEP_POLICY: u64 = 8;
const FLAG_KEEP_PARAMS: u64 = 16;
const FLAG_UTIL_CLAMP: u64 = 96;
const FLAGS: u64 = 0x7f;

const MAX_PRIORITY: u32 = 99;
/// Bytes of the first version of `struct sched_attr`, and of the newest.
const ATTR_SIZE_VER0: usize = 48;
const ATTR_SIZE: usize = 56;
const ATTR_WORDS: usize = ATTR_SIZE / 8;

/// The part of `struct sched_attr` that is not about SCHED_DEADLINE or clamps.
struct Attr {
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
}

/// `sched_setattr` (3.14) by `sched_setscheduler` and `setpriority`: SCHED_DEADLINE and SCHED_EXT are unknown
/// policies, SCHED_FLAG_KEEP_POLICY and SCHED_FLAG_KEEP_PARAMS unknown flags, clamps not supported, which is said
/// before anybody is refused for want of rights. Either all is changed or nothing, but one after the other.
pub fn sched_setattr(table: Table, arguments: &Arguments) -> Result {
    let [pid, address, flags, ..] = *arguments;
    if address == 0 || (pid as i32) < 0 || flags as u32 != 0 {
        return Err(EINVAL);
    }
    let attr = read_attr(table, address)?;
    if (attr.policy as i32) < 0 {
        return Err(EINVAL);
    }
    // SAFETY: it changes nothing.
    let now = unsafe { table.call(SCHED_GETSCHEDULER, [pid]) }? as u32;
    let policy = if attr.flags & FLAG_KEEP_POLICY == 0 { attr.policy } else { now & !SCHED_RESET_ON_FORK };
    let is_real_time = match policy {
        SCHED_FIFO | SCHED_RR => true,
        SCHED_OTHER | SCHED_BATCH | SCHED_IDLE => false,
        _ => return Err(EINVAL),
    };
    if attr.flags & !FLAGS != 0 || attr.priority > MAX_PRIORITY || is_real_time != (attr.priority != 0) {
        return Err(EINVAL);
    }
    if attr.flags & FLAG_UTIL_CLAMP != 0 {
        return Err(EOPNOTSUPP);
    }
    if attr.flags & (FLAG_KEEP_POLICY | FLAG_KEEP_PARAMS) != 0 {
        return Err(EINVAL);
    }
    let reset = if attr.flags & FLAG_RESET_ON_FORK == 0 { 0 } else { SCHED_RESET_ON_FORK };
    let priority = attr.priority;
    // SAFETY: the priority is read from here.
    let set_policy = || unsafe {
        let priority = core::ptr::from_ref(&priority) as usize;
        table.call(SCHED_SETSCHEDULER, [pid, (policy | reset) as usize, priority])
    };
    if is_real_time || policy == SCHED_IDLE {
        return set_policy();
    }
    // What may fail comes first: a lower value, or the policy. A higher value is always allowed.
    let before = nice(table, pid)?;
    if attr.nice < before {
        set_nice(table, pid, attr.nice).map_err(|errno| if errno == EACCES { EPERM } else { errno })?;
        set_policy().inspect_err(|_| {
            let _ = set_nice(table, pid, before);
        })
    } else {
        set_policy()?;
        set_nice(table, pid, attr.nice)
    }
}

/// `sched_getattr` (3.14) by `sched_getscheduler`, `sched_getparam` and `getpriority`: the first version of the
/// structure, which has no clamps. A thread under SCHED_DEADLINE: ENOSYS.
pub fn sched_getattr(table: Table, arguments: &Arguments) -> Result {
    let [pid, address, size, flags, ..] = *arguments;
    let size = size as u32 as usize;
    if address == 0 || (pid as i32) < 0 || !(ATTR_SIZE_VER0..=PAGE).contains(&size) || flags as u32 != 0 {
        return Err(EINVAL);
    }
    // SAFETY: it changes nothing.
    let found = unsafe { table.call(SCHED_GETSCHEDULER, [pid]) }? as u32;
    let policy = found & !SCHED_RESET_ON_FORK;
    let (mut level, mut priority) = (0, 0u32);
    match policy {
        SCHED_DEADLINE => return Err(ENOSYS),
        SCHED_FIFO | SCHED_RR => {
            // SAFETY: the kernel writes the priority here.
            unsafe { table.call(SCHED_GETPARAM, [pid, core::ptr::from_mut(&mut priority) as usize]) }?;
        }
        _ => level = nice(table, pid)?,
    }
    let flags = if found & SCHED_RESET_ON_FORK == 0 { 0 } else { FLAG_RESET_ON_FORK };
    let attr = [pair(ATTR_SIZE_VER0 as u32, policy), flags, pair(level as u32, priority), 0, 0, 0];
    memory::write(table, address, attr)?;
    Ok(0)
}

/// Two 32-bit fields that lie side by side.
fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) | u64::from(second) << 32
}

fn read_attr(table: Table, address: usize) -> core::result::Result<Attr, Errno> {
    const NICE_MIN: i32 = -20;
    const NICE_MAX: i32 = 19;
    let size = match memory::read::<u32>(table, address)? as usize {
        0 => ATTR_SIZE_VER0,
        size => size,
    };
    let words = if (ATTR_SIZE_VER0..=PAGE).contains(&size) {
        extensible::read::<ATTR_WORDS>(table, address, size)
    } else {
        Err(E2BIG)
    };
    let words = words.inspect_err(|errno| {
        if *errno == E2BIG {
            // What the kernel knows; if that cannot be written, the answer stays the same.
            let _ = memory::write(table, address, ATTR_SIZE as u32);
        }
    })?;
    let flags = words[1];
    if flags & FLAG_UTIL_CLAMP != 0 && size < ATTR_SIZE {
        return Err(EINVAL);
    }
    Ok(Attr {
        policy: (words[0] >> 32) as u32,
        flags,
        nice: (words[2] as u32 as i32).clamp(NICE_MIN, NICE_MAX),
        priority: (words[2] >> 32) as u32,
    })
}

const PRIO_PROCESS: usize = 0;

/// The nice value of a thread.
fn nice(table: Table, pid: usize) -> core::result::Result<i32, Errno> {
    // SAFETY: it changes nothing.
    let found = unsafe { table.call(GETPRIORITY, [PRIO_PROCESS, pid]) }?;
    // The kernel answers 40 to 1 for -20 to 19, since results below 0 are errors.
    Ok(20 - found as i32)
}

fn set_nice(table: Table, pid: usize, nice: i32) -> Result {
    // SAFETY: what the caller asks for.
    unsafe { table.call(SETPRIORITY, [PRIO_PROCESS, pid, nice as usize]) }
}
