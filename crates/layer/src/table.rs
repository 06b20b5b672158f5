//! The entry table that conversions make their calls through.

use crate::{Errno, Result};
use core::arch::asm;
use libsys_image::DATA_OFFSET;
use libsys_image::data::{LAYER, VDSO};

/// Bytes in a slot.
pub const SLOT_SIZE: usize = 64;
/// Where the raw entry begins in its slot.
pub const RAW_ENTRY: usize = 32;
/// Where a slot whose structs are converted makes the kernel's own call.
const NATIVE_ENTRY: usize = 39;

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

    /// A word of the data page behind the table.
    fn word(self, offset: u32) -> usize {
        let page = self.0 + DATA_OFFSET as usize;
        // SAFETY: the data page lies behind every table that was supplied, and is readable.
        unsafe { ((page + offset as usize) as *const usize).read() }
    }

    /// The address of this code, as the supplier has mapped it.
    pub fn layer(self) -> usize {
        self.word(LAYER)
    }

    /// Makes the kernel's own call of a slot whose structs are converted, or asks the vDSO by that word of the data
    /// page, if it is not 0 before 1 is taken off. The result is as the kernel or the vDSO gives it.
    ///
    /// # Safety
    ///
    /// As the call demands. The slot is one of that kind.
    pub unsafe fn native(self, nr: usize, vdso: u8, arguments: &[usize; 6]) -> isize {
        let entry = match vdso {
            0 => self.0 + SLOT_SIZE * nr + NATIVE_ENTRY,
            vdso => self.word(VDSO + 8 * (u32::from(vdso) - 1)),
        };
        let [a, b, c, d, e, f] = *arguments;
        let result: isize;
        // SAFETY: both are functions that keep what the psABI says, with the fourth argument where kernels want it;
        // the rest is the caller's duty.
        unsafe {
            asm!(
                "call {entry}",
                entry = in(reg) entry,
                inlateout("rdi") a => _,
                inlateout("rsi") b => _,
                inlateout("rdx") c => _,
                inlateout("r10") d => _,
                inlateout("r8") e => _,
                inlateout("r9") f => _,
                lateout("rax") result,
                clobber_abi("C"),
            );
        }
        result
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
