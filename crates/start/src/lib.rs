//! `libsys_start.a`: `_start` for C programs without a libc. All of it is [`libsys::start`].
#![no_std]

pub use libsys::start;

/// Nothing here panics; a bug of ours traps.
#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the instruction raises SIGILL and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn)) }
}
