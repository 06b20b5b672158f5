//! Filters of calls: `seccomp`.

use crate::errno::EINVAL;
use crate::nr::PRCTL;
use crate::table::Table;
use crate::{Arguments, Result};

/// `seccomp` (3.17) by `prctl`: exact for SECCOMP_SET_MODE_STRICT and for SECCOMP_SET_MODE_FILTER without flags.
/// The rest is refused as by kernels that lack it. A filter judges the calls that a map makes.
pub fn seccomp(table: Table, arguments: &Arguments) -> Result {
    const SET_MODE_STRICT: u32 = 0;
    const SET_MODE_FILTER: u32 = 1;
    const PR_SET_SECCOMP: usize = 22;
    const MODE_STRICT: usize = 1;
    const MODE_FILTER: usize = 2;
    let [operation, flags, argument, ..] = *arguments;
    if flags as u32 != 0 {
        return Err(EINVAL);
    }
    match operation as u32 {
        // SAFETY: what the caller asks for.
        SET_MODE_STRICT if argument == 0 => unsafe { table.call(PRCTL, [PR_SET_SECCOMP, MODE_STRICT]) },
        // SAFETY: the kernel checks the filter.
        SET_MODE_FILTER => unsafe { table.call(PRCTL, [PR_SET_SECCOMP, MODE_FILTER, argument]) },
        _ => Err(EINVAL),
    }
}
