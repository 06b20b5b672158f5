//! A Rust program without std or libc: every call goes through a slot.
#![no_std]
#![no_main]

use core::ffi::CStr;

libsys::entry!(main);

fn main(arguments: libsys::Arguments) -> i32 {
    let name = if arguments.argc > 1 {
        // SAFETY: there are that many arguments.
        let argument = unsafe { arguments.argv.wrapping_add(1).read() };
        // SAFETY: each ends in NUL.
        unsafe { CStr::from_ptr(argument) }.to_bytes()
    } else {
        b"world"
    };
    for text in [b"hello from Rust, ".as_slice(), name, b"\n"] {
        // SAFETY: the slice is readable for its length.
        let written = unsafe { libsys::raw::write(1, text.as_ptr().cast(), text.len()) };
        if libsys::check(written).is_err() {
            return 1;
        }
    }
    0
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: any status is allowed.
    unsafe { libsys::raw::exit_group(101) }
}
