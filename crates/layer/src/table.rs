//! The entry table that conversions make their calls through.

use crate::{Errno, Result};
use core::arch::asm;

/// Bytes in a slot.
pub const SLOT_SIZE: usize = 64;
/// Where the raw entry begins in its slot.
pub const RAW_ENTRY: usize = 32;

/// Where the data page lies behind the table, and in it the release that `uname` reports.
const REPORTED_RELEASE: usize = 65536 + 120;

/// The address of a program's table.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Table(usize);

impl Table {
    /// The release that `uname` reports, `major << 16 | minor << 8 | patch`; 0: the kernel's.
    pub fn reported_release(self) -> u32 {
        // SAFETY: the data page lies there, readable and never written again.
        unsafe { ((self.0 + REPORTED_RELEASE) as *const u32).read() }
    }

    /// Makes a call through its raw entry; what is left of the six arguments is 0.
    ///
    /// # Errors
    ///
    /// The call's.
    ///
    /// # Safety
    ///
    /// As the call demands: what its pointers lead to, and what it changes. Calls that return twice are not
    /// made through here.
    #[inline]
    pub unsafe fn call<const N: usize>(self, nr: usize, arguments: [usize; N]) -> Result {
        let argument = |i: usize| arguments.get(i).copied().unwrap_or(0);
        let entry = self.0 + SLOT_SIZE * nr + RAW_ENTRY;
        let result: isize;
        // SAFETY: the raw entry is a function of the psABI; the rest is the caller's duty.
        unsafe {
            asm!(
                "call {entry}",
                entry = in(reg) entry,
                inlateout("rdi") argument(0) => _,
                inlateout("rsi") argument(1) => _,
                inlateout("rdx") argument(2) => _,
                inlateout("rcx") argument(3) => _,
                inlateout("r8") argument(4) => _,
                inlateout("r9") argument(5) => _,
                lateout("rax") result,
                clobber_abi("C"),
            );
        }
        if (-4095..0).contains(&result) {
            Err(Errno(result.unsigned_abs() as u16))
        } else {
            Ok(result as usize)
        }
    }
}
