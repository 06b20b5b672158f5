//! Copying bytes without `memcpy`.
//!
//! The compiler calls C's functions for copies and fills through a table of addresses, which the layer must not
//! have: linking it fails then. So what may be long is copied here, and long arrays are not zeroed first.

use core::arch::asm;

/// Copies bytes.
///
/// # Safety
///
/// `size` bytes can be read at `from` and written at `to`, and these do not overlap.
pub unsafe fn copy(to: usize, from: usize, size: usize) {
    // SAFETY: the caller's duty; the direction flag is clear at every function's entry (psABI 3.2.1).
    unsafe {
        asm!("rep movsb", inout("rcx") size => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
}

/// Makes bytes zero.
///
/// # Safety
///
/// `size` bytes can be written at `to`.
pub unsafe fn clear(to: usize, size: usize) {
    // SAFETY: the caller's duty; the direction flag as above.
    unsafe {
        asm!("rep stosb", inout("rcx") size => _, inout("rdi") to => _, in("al") 0u8,
            options(nostack, preserves_flags));
    }
}
