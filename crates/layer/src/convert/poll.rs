//! Waiting for events with a time in nanoseconds: `epoll_pwait2`.

use crate::errno::EINVAL;
use crate::nr::{EPOLL_WAIT, PPOLL};
use crate::table::Table;
use crate::{Arguments, Result, memory};

const SECOND: u64 = 1_000_000_000;
const SIGSET_SIZE: usize = 8;
const POLLIN: u64 = 1;

/// `epoll_pwait2` (5.11) by `ppoll` of the epoll descriptor, which takes the same time and signal mask, and by
/// `epoll_wait`, which then takes the events. Of several threads that wait for one event all wake up, and those
/// that find it taken wait on.
pub fn epoll_pwait2(table: Table, arguments: &Arguments) -> Result {
    let [epoll, events, count, timeout, mask, mask_size] = *arguments;
    // What is left of the time, after each waiting.
    let mut left = [0u64; 2];
    if timeout != 0 {
        left = memory::read(table, timeout)?;
        let [seconds, nanoseconds] = left;
        if (seconds as i64) < 0 || nanoseconds >= SECOND {
            return Err(EINVAL);
        }
    }
    if mask != 0 {
        if mask_size != SIGSET_SIZE {
            return Err(EINVAL);
        }
        memory::readable(table, mask, SIGSET_SIZE)?;
    }
    let time = if timeout != 0 { left.as_mut_ptr() as usize } else { 0 };
    loop {
        // SAFETY: the kernel checks the address of the events.
        let taken = unsafe { table.call(EPOLL_WAIT, [epoll, events, count, 0]) }?;
        if taken != 0 || (timeout != 0 && left == [0, 0]) {
            return Ok(taken);
        }
        let mut asked = [epoll as u32 as u64 | POLLIN << 32];
        let polled = asked.as_mut_ptr() as usize;
        // SAFETY: one `struct pollfd` lies there, and the time; the mask was found readable.
        let ready = unsafe { table.call(PPOLL, [polled, 1, time, mask, mask_size]) }?;
        if ready == 0 {
            left = [0, 0];
        }
    }
}
