//! The layer: calls that a kernel does not have, carried out with those that it has.
//!
//! It is linked into one segment without relocations, written into map images behind the table, and mapped as
//! it is. The slot of a converted call jumps here with the arguments where the caller put them, the address of
//! the table in `%r11` and the return address on the stack. A conversion makes its calls through the raw entries
//! of that table, so that conversions compose: what the kernel lacks is converted there again.
//!
//! What it may not do: allocate, lock, keep anything between calls, use thread-local storage or more than
//! 4 KiB of stack, dereference a pointer of the caller's before [`memory`] has found that it can be (a bad one is
//! answered with EFAULT, as the kernel does), panic, or refer to addresses by a table of them.
//!
//! Calls whose structs only differ are converted by programs that lie behind this code: [`structural`].
//!
//! To add a conversion: a function in a file below `convert/`, a line in the list below, a `RULE` in
//! `abi/linux/rules/`, a case that compares it with the real call.
//!
//! Unsafe code is allowed here: the caller's pointers are the kernel's business, which this code has taken over.
#![no_std]
#![no_main]

mod bytes;
mod convert;
mod errno;
mod extensible;
mod memory;
mod nr;
mod place;
mod stat;
mod structural;
mod table;
mod text;

use crate::table::Table;
use core::arch::global_asm;

/// The arguments of a call, as registers hold them: the upper halves of shorter ones are anything.
pub type Arguments = [usize; 6];

/// The result of a raw entry: a value, or -errno.
pub type Result = core::result::Result<usize, Errno>;

/// An error number, 1 to 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub u16);

/// Makes an entry, `__libsys_layer_NAME`, in a section, which calls a function.
///
/// The six argument registers become an array on the stack; `%r11`, the table, the first argument. The stack is
/// aligned at the call as the psABI wants it: it was off by 8 at the entry, and 56 bytes are added.
macro_rules! entry {
    ($section:literal, $name:ident, $function:ident, $third:literal) => {
        global_asm!(
            concat!(".pushsection ", $section, ", \"ax\", @progbits"),
            concat!(".globl __libsys_layer_", stringify!($name)),
            concat!(".type __libsys_layer_", stringify!($name), ", @function"),
            ".p2align 4",
            concat!("__libsys_layer_", stringify!($name), ":"),
            "endbr64",
            "push %r9",
            "push %r8",
            "push %rcx",
            "push %rdx",
            "push %rsi",
            "push %rdi",
            "mov %r11, %rdi",
            "mov %rsp, %rsi",
            $third,
            "sub $8, %rsp",
            "call {function}",
            "add $56, %rsp",
            "ret",
            concat!(".size __libsys_layer_", stringify!($name), ", . - __libsys_layer_", stringify!($name)),
            ".popsection",
            function = sym $function,
            options(att_syntax)
        );
    };
}

pub(crate) use entry;

/// Makes an entry for each conversion, which calls `convert::FILE::NAME`.
macro_rules! conversions {
    ($($file:ident :: $name:ident),* $(,)?) => {
        $(
            mod $name {
                use super::{Arguments, Errno, Table, convert, global_asm};

                extern "C" fn converted(table: Table, arguments: &Arguments) -> isize {
                    match convert::$file::$name(table, arguments) {
                        Ok(value) => value as isize,
                        Err(Errno(errno)) => -(errno as isize),
                    }
                }
                entry!(".text.entries", $name, converted, "");
            }
        )*
    };
}

/// Makes an entry for each function that changes what a call answered. As [`conversions`], with the answer in `%rax`.
macro_rules! amendments {
    ($($file:ident :: $name:ident),* $(,)?) => {
        $(
            mod $name {
                use super::{Arguments, Table, convert, global_asm};

                extern "C" fn amended(table: Table, arguments: &Arguments, answer: isize) -> isize {
                    convert::$file::$name(table, arguments, answer)
                }
                entry!(".text.entries", $name, amended, "mov %rax, %rdx");
            }
        )*
    };
}

amendments! {
    uname::uname,
}

conversions! {
    access::faccessat2,
    aio::io_pgetevents,
    attributes::file_getattr,
    attributes::file_setattr,
    close::close_range,
    exec::execveat,
    futex::futex_requeue,
    futex::futex_wait,
    futex::futex_waitv,
    futex::futex_wake,
    futex::membarrier,
    memfd::memfd_create,
    mode::fchmodat2,
    obsolete::_sysctl,
    open::open_tree,
    open::openat2,
    poll::epoll_pwait2,
    protect::mlock2,
    protect::pkey_alloc,
    protect::pkey_free,
    protect::pkey_mprotect,
    protect::process_madvise,
    random::getrandom,
    rename::renameat2,
    sched::sched_getattr,
    sched::sched_setattr,
    security::seccomp,
    statx::statx,
    vector::preadv2,
    vector::pwritev2,
    xattr::getxattrat,
    xattr::listxattrat,
    xattr::removexattrat,
    xattr::setxattrat,
}

/// Nothing here panics; a bug of ours traps.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the instruction raises SIGILL and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn)) }
}
