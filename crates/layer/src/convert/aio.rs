//! Asynchronous input and output: `io_pgetevents`.

use crate::errno::ENOSYS;
use crate::memory;
use crate::nr::IO_GETEVENTS;
use crate::table::Table;
use crate::{Arguments, Result};

/// `io_pgetevents` (4.18) by `io_getevents`: without a signal mask, which could not be set for the wait alone;
/// with one: ENOSYS. A wait that a stopping signal interrupts answers EINTR.
pub fn io_pgetevents(table: Table, arguments: &Arguments) -> Result {
    let [context, least, most, events, timeout, set] = *arguments;
    if timeout != 0 {
        memory::readable(table, timeout, 16)?;
    }
    if set != 0 {
        let [mask, _] = memory::read::<[u64; 2]>(table, set)?;
        if mask != 0 {
            return Err(ENOSYS);
        }
    }
    // SAFETY: the kernel checks the addresses.
    unsafe { table.call(IO_GETEVENTS, [context, least, most, events, timeout]) }
}
