//! What a process was started with, kept from its first moment.
//!
//! A program may write over its environment, and take variables out of it; then nothing on its first stack can be found by
//! counting words any more. An object that is loaded later is supplied by what was read before the program ran.
//!
//! Unsafe code is allowed here: the kernel laid the stack out, and a static is written once.

use crate::PHDR_SIZE;
use core::cell::{Cell, UnsafeCell};
use core::ffi::CStr;
use libsys_platform::stack::{Stack, at, bytes_of};
use libsys_supply::{Program, Wishes};

/// Bytes for the values of variables. What does not fit is left where it is.
const ROOM: usize = 1024;

/// What later calls go by.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Address of the vDSO.
    pub vdso: usize,
    /// The path of this run-time linker.
    pub own: &'static [u8],
    /// What the environment asks for.
    pub wishes: Wishes<'static>,
}

struct Kept {
    start: Option<Start>,
    room: [u8; ROOM],
}

struct Place(UnsafeCell<Kept>);

// SAFETY: `at` and `kept` leave it to their callers that no two of them run at once.
unsafe impl Sync for Place {}

static KEPT: Place = Place(UnsafeCell::new(Kept { start: None, room: [0; ROOM] }));

impl Start {
    /// Reads the stack of a process that has just begun, and keeps what it says.
    ///
    /// # Safety
    ///
    /// It is called once, and nothing else in this file runs meanwhile.
    pub unsafe fn at(stack: &Stack) -> Start {
        // SAFETY: the caller vouches that this is the one reference, and that none to the room is made later.
        let kept: &'static mut Kept = unsafe { &mut *KEPT.0.get() };
        let room = Cell::new(&mut kept.room[..]);
        let keep = |text: &[u8]| -> Option<&'static [u8]> {
            let (place, rest) = room.take().split_at_mut_checked(text.len())?;
            place.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
            room.set(rest);
            Some(place)
        };
        let variable = |name: &[u8]| {
            let value: &'static CStr = stack.variable(name)?;
            let copy = keep(value.to_bytes_with_nul()).and_then(|copy| CStr::from_bytes_with_nul(copy).ok());
            Some(copy.unwrap_or(value))
        };
        let wishes = Wishes::read(stack.auxv(at::SECURE) != 0, variable);
        let own = own_path(stack);
        let own = keep(own).unwrap_or(own);
        let start = Start { vdso: stack.auxv(at::SYSINFO_EHDR), own, wishes };
        kept.start = Some(start);
        start
    }

    /// What was kept; none before [`Start::at`].
    ///
    /// # Safety
    ///
    /// [`Start::at`] does not run meanwhile.
    pub unsafe fn kept() -> Option<Start> {
        // SAFETY: nobody writes, as the caller vouches.
        unsafe { (*KEPT.0.get()).start }
    }
}

/// The program's interpreter, or what was started by hand.
fn own_path(stack: &Stack) -> &'static [u8] {
    let (headers, count) = (stack.auxv(at::PHDR), stack.auxv(at::PHNUM));
    // SAFETY: the kernel's values.
    let program = unsafe { Program::from_auxv(headers, PHDR_SIZE, count) };
    match program.ok().and_then(|program| program.interpreter()) {
        Some(path) => path,
        // SAFETY: AT_EXECFN is a string of the kernel's.
        None => unsafe { bytes_of(stack.auxv(at::EXECFN) as *const u8) },
    }
}
