//! The functions that compiled code may call without being asked: there is no libc to have them.
//!
//! Unsafe code is allowed here: these are the primitives themselves. The string instructions keep the
//! compiler from turning a loop back into a call of the function it is in.

use core::arch::asm;

/// `memcpy(3)`
///
/// # Safety
///
/// As in C: `n` bytes can be read at `from` and written at `to`, and the two do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    // SAFETY: the caller's duty; the direction flag is clear at every function entry (psABI 3.2.1).
    unsafe {
        asm!("rep movsb", inout("rcx") n => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack, preserves_flags));
    }
    to
}

/// `memmove(3)`
///
/// # Safety
///
/// As in C: `n` bytes can be read at `from` and written at `to`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= n {
        // SAFETY: copying upwards, no byte is overwritten before it was read.
        return unsafe { memcpy(to, from, n) };
    }
    let (last_to, last_from) = (to.wrapping_add(n).wrapping_sub(1), from.wrapping_add(n).wrapping_sub(1));
    // SAFETY: the caller's duty; downwards from the last byte, and the direction flag is cleared again.
    unsafe {
        asm!("std", "rep movsb", "cld", inout("rcx") n => _, inout("rdi") last_to => _, inout("rsi") last_from => _, options(nostack));
    }
    to
}

/// `memset(3)`
///
/// # Safety
///
/// As in C: `n` bytes can be written at `to`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
    // SAFETY: the caller's duty.
    unsafe {
        asm!("rep stosb", inout("rcx") n => _, inout("rdi") to => _, in("al") byte as u8, options(nostack, preserves_flags));
    }
    to
}

/// `memcmp(3)`
///
/// # Safety
///
/// As in C: `n` bytes can be read at both places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    let mut i = 0;
    while i < n {
        // SAFETY: `i` is below `n`. Volatile, so that the loop stays a loop.
        let x = unsafe { a.wrapping_add(i).read_volatile() };
        // SAFETY: as above.
        let y = unsafe { b.wrapping_add(i).read_volatile() };
        if x != y {
            return i32::from(x) - i32::from(y);
        }
        i += 1;
    }
    0
}

/// `bcmp(3)`: 0 when the bytes are equal.
///
/// # Safety
///
/// As [`memcmp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: the caller's duty is the same.
    unsafe { memcmp(a, b, n) }
}
