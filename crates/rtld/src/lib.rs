//! The part of a run-time linker that supplies the objects which it loads, as one object for a libc to link.
//!
//! The linker calls [`__libsys_supply`] for itself as soon as it has relocated itself, and for every other object when it
//! has mapped and relocated it. No image is built in: the native map is a file, as all others are. Its own calls go
//! through a compact table that is linked in with it, since the libc's section is not there yet.
//!
//! Unsafe code is allowed here: what the linker gives are addresses.
#![no_std]

mod start;

use crate::start::Start;
use core::ffi::c_char;
use libsys_image::PackedRelease;
use libsys_platform::stack::{Stack, at, bytes_of};
use libsys_platform::sys::{self, Linux};
use libsys_supply::line::Line;
use libsys_supply::{Kernel, MapName, Program, Refused, Section, Source, Supplier, native_file};

const EM_X86_64: u16 = 62;
const PHDR_SIZE: usize = 56;
const REFUSED: i32 = 127;
/// The ABI and the release of it whose native map is looked for.
const ABI: &[u8] = env!("LIBSYS_ABI").as_bytes();
const RELEASE: PackedRelease = PackedRelease(number(env!("LIBSYS_RELEASE")));

/// Supplies the `.libsys` section of an object that has been mapped and relocated and not yet run: 0; also where it has
/// none.
///
/// Otherwise -1, with the reason at `why`, NUL-terminated and cut to `size` bytes. Where `why` is null the program cannot
/// go on: the reason is written to standard error, and the process ends with status 127.
///
/// # Safety
///
/// `stack` is the stack pointer at the start of the process in the first call, before anything has changed there, and
/// null in later ones. No two calls are made at once. `headers`, `count` and `bias` are as [`Program::loaded`] wants
/// them. `name` is the object's, and ends in NUL. `why` is null, which it may be in the first call, or that of `size`
/// writable bytes. Nothing refers to the section's memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __libsys_supply(
    stack: *mut usize,
    headers: usize,
    count: usize,
    bias: usize,
    name: *const c_char,
    why: *mut u8,
    size: usize,
) -> i32 {
    let mut name = name.cast();
    let start = if stack.is_null() {
        // SAFETY: the caller makes no two calls at once.
        unsafe { Start::kept() }
    } else {
        // SAFETY: the caller vouches for the stack.
        let stack = unsafe { Stack::at(stack) };
        // Where the process ends, it is the program that is refused.
        if why.is_null() {
            name = stack.auxv(at::EXECFN) as *const u8;
        }
        // SAFETY: the caller gives it once, and makes no two calls at once.
        Some(unsafe { Start::at(&stack) })
    };
    let Some(start) = start else { return -1 };
    // SAFETY: the caller vouches for the headers.
    let program = unsafe { Program::loaded(headers, count, bias) };
    // SAFETY: the caller vouches for the name; AT_EXECFN is a string of the kernel's.
    let name = unsafe { bytes_of(name) };
    let mut line = Line::new();
    begin(&mut line, start.own, name);
    let outcome = match program {
        // SAFETY: nothing refers to the section.
        Ok(program) => unsafe { supply(&start, &program, &mut line) },
        Err(refusal) => {
            refusal.describe(line.text(": "));
            Err(())
        }
    };
    if outcome.is_ok() {
        return 0;
    }
    let line = line.finish();
    if why.is_null() {
        sys::complain(line);
        sys::exit(REFUSED)
    }
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let Some(room) = size.checked_sub(1) else { return -1 };
    let text = text.get(..room).unwrap_or(text);
    // SAFETY: the caller vouches for `size` bytes, of which this is one less at most.
    unsafe { core::ptr::copy_nonoverlapping(text.as_ptr(), why, text.len()) };
    // SAFETY: the byte behind them is still one of those.
    unsafe { why.wrapping_add(text.len()).write(0) };
    -1
}

/// `ld-musl-x86_64.so.1: PROGRAM`
fn begin(line: &mut Line, own: &[u8], name: &[u8]) {
    let file = own.iter().rposition(|byte| *byte == b'/').map_or(own, |at| own.get(at + 1..).unwrap_or(own));
    line.bytes(file).text(": ").bytes(name);
}

/// Supplies an object; why not is appended to the line.
///
/// # Safety
///
/// As [`__libsys_supply`].
unsafe fn supply(start: &Start, program: &Program<'_>, line: &mut Line) -> Result<(), ()> {
    let section = match Section::find(program, EM_X86_64) {
        Ok(None) => return Ok(()),
        Ok(Some(section)) => section,
        Err(refusal) => {
            refusal.describe(line.text(": "));
            return Err(());
        }
    };
    let &Start { vdso, own, wishes } = start;
    let kernel = &Linux { vdso };
    let mut refuse = |refused: Refused<'_>| {
        line.text(" (").bytes(section.note.name_bytes()).text(" ").release(section.note.release);
        if let Some(release) = wishes.kernel().or_else(|| kernel.release()) {
            line.text(", kernel ").release(release);
        }
        line.text("): ");
        refused.describe(line);
    };
    let file = native_file(kernel, ABI, RELEASE, &wishes, own).map_err(&mut refuse)?;
    let name = MapName::native(ABI, RELEASE);
    // The native image is summed up only if it is what is supplied.
    let unusable = |refusal| Refused::of_native(refusal, &wishes, name);
    let native = file.image_unsummed().map_err(|refusal| refuse(unusable(refusal)))?;
    let mut supplier = Supplier::new(kernel, native, Source::File(file.fd()), wishes, own);
    let plan = supplier.plan(program, section, false).map_err(&mut refuse)?;
    if plan.takes_from(file.fd()) || plan.private_pages() != 0 {
        file.image().map_err(|refusal| refuse(unusable(refusal)))?;
    }
    // SAFETY: nothing refers to the section's memory, and the file is the one that the image was read from.
    let supplied = unsafe { plan.carry_out(kernel, program, vdso, None) };
    supplied.map(drop).map_err(|refusal| refuse(refusal.into()))
}

/// A decimal number of the build script's.
const fn number(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut value = 0;
    let mut i = 0;
    while i < bytes.len() {
        value = value * 10 + (bytes[i] - b'0') as u32;
        i += 1;
    }
    value
}

/// A panic is a bug of ours: nothing can be said before relocation.
#[cfg(not(test))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the instruction raises SIGILL and does not return.
    unsafe { core::arch::asm!("ud2", options(noreturn)) }
}
