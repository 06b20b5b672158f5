//! For run-time linkers: one function, which supplies an object that has been mapped and relocated and not yet run.
//!
//! The linker finds the function by the words before this file's entry point, and hands it a [`Request`] for itself
//! before it makes its first call through slots, and one for every other object. What the process was started with
//! is kept in memory of the linker's: a program may write over its environment, and take variables out of it; then nothing on
//! its first stack can be found by counting words any more.
//!
//! Unsafe code is allowed here: what the linker gives are addresses.

use crate::subject::Subject;
use crate::{EM_X86_64, parts};
use core::cell::Cell;
use core::ffi::CStr;
use core::mem::offset_of;
use libsys_platform::stack::{Stack, at, bytes_of};
use libsys_platform::sys::Linux;
use libsys_supply::line::Line;
use libsys_supply::{Answers, Program, Refused, Section, Source, Supplier, Wishes};

/// Bytes that a linker keeps for us.
const STATE_SIZE: usize = 2048;
/// Of which these are for strings. A string that does not fit is left where it is.
const ROOM: usize = 1024;
const _: () = assert!(size_of::<State>() <= STATE_SIZE && align_of::<State>() <= 16);
const _: () = assert!(size_of::<Request>() == 96);

/// What is asked for (ABI.md, "Run-time linkers").
#[repr(C)]
pub struct Request {
    /// Bytes in this struct, which tell its version.
    size: usize,
    /// [`STATE_SIZE`] bytes, zero before the first call, which stay where they are, aligned to 16.
    state: *mut State,
    /// In the first call, the stack pointer at the start of the process, before anything has changed there; else null.
    stack: *mut usize,
    /// The path of the linker, in the first call, and that of this file.
    linker: *const u8,
    supplier: *const u8,
    /// This file, open for reading.
    file: i32,
    reserved: u32,
    /// The object's program headers, how many, and what was added to its addresses.
    headers: usize,
    count: usize,
    bias: usize,
    /// What refusals name: the object, or for the linker itself the program.
    name: *const u8,
    /// Where a reason goes, cut to that many bytes, NUL-terminated.
    why: *mut u8,
    room: usize,
}

/// What is kept from one call to the next.
struct State {
    build: [u8; 16],
    start: Start,
    answers: Answers,
    room: [u8; ROOM],
}

#[derive(Clone, Copy)]
struct Start {
    vdso: usize,
    linker: &'static [u8],
    supplier: &'static [u8],
    wishes: Wishes<'static>,
}

/// Supplies the `.libsys` section of an object: 0; also where it has none. Otherwise -1, with the reason at `why`, and
/// nothing is to run any more of the object.
///
/// # Safety
///
/// The request is as [`Request`] says. `headers`, `count` and `bias` are as [`Program::loaded`] wants them, strings end in
/// NUL, and nothing refers to the section's memory. No two calls are made at once.
// Cold, so that it lies apart from what the kernel starts.
#[cold]
pub unsafe extern "C" fn serve(request: *const Request) -> i32 {
    // SAFETY: the caller vouches for the struct.
    let request = unsafe { &*request };
    let mut line = Line::new();
    // SAFETY: the caller's duties are the same.
    if unsafe { attend(request, &mut line) }.is_ok() {
        return 0;
    }
    let text = line.as_bytes();
    let Some(room) = request.room.checked_sub(1) else { return -1 };
    let text = text.get(..room).unwrap_or(text);
    // SAFETY: the caller vouches for `room` bytes, of which this is one less at most.
    unsafe { core::ptr::copy_nonoverlapping(text.as_ptr(), request.why, text.len()) };
    // SAFETY: the byte behind them is still one of those.
    unsafe { request.why.wrapping_add(text.len()).write(0) };
    -1
}

/// Attends to a request; why not is appended to the line.
///
/// # Safety
///
/// As [`serve`].
unsafe fn attend(request: &Request, line: &mut Line) -> Result<(), ()> {
    if request.size != size_of::<Request>() {
        line.text("ld-libsys: not of the run-time linker's release; install both anew");
        return Err(());
    }
    if !request.stack.is_null() {
        // SAFETY: the caller vouches for the stack.
        let stack = unsafe { Stack::at(request.stack) };
        // SAFETY: the caller vouches for the memory, and that this is the first call.
        unsafe { State::write(request, &stack) };
    }
    // What was kept was kept by this very file: another one may keep it otherwise.
    // SAFETY: it was written in the first call, and the caller makes no two at once.
    if unsafe { State::build(request.state).read() } != parts::build_id() {
        line.text("ld-libsys was replaced since this process began; start the program anew");
        return Err(());
    }
    // SAFETY: as above.
    let Start { vdso, linker, supplier, wishes } = unsafe { State::start(request.state).read() };
    // SAFETY: as above; nothing else refers to it.
    let answers = unsafe { &mut *State::answers(request.state) };
    // SAFETY: the caller vouches for the name.
    let mut subject = Subject::new(last(linker), unsafe { bytes_of(request.name) });
    // SAFETY: the caller vouches for the headers.
    let found = unsafe { Program::loaded(request.headers, request.count, request.bias) };
    let found = found.and_then(|program| Section::find(&program, EM_X86_64));
    let section = match found {
        Ok(None) => return Ok(()),
        Ok(Some(section)) => section,
        Err(refusal) => {
            subject.begin(line);
            refusal.describe(line);
            return Err(());
        }
    };
    subject.note = Some(&section.note);
    let kernel = Linux { vdso };
    let mut refuse = |subject: &Subject<'_>, refused: Refused<'_>| {
        subject.begin(line);
        refused.describe(line);
    };
    let native = parts::native().map_err(|refusal| refuse(&subject, refusal.into()))?;
    let offset = parts::image().wrapping_sub(parts::base()) as u64;
    let source = Source::File { fd: request.file, offset };
    let mut supplier = Supplier::new(&kernel, native, source, wishes, supplier, Some(answers));
    subject.kernel = supplier.release();
    let plan = supplier.plan(&section, false).map_err(|refused| refuse(&subject, refused))?;
    // SAFETY: nothing refers to the section's memory, and a file is the one that its image was read from.
    let supplied = unsafe { plan.carry_out(&kernel, vdso, None) };
    supplied.map_err(|refusal| refuse(&subject, refusal.into()))?;
    Ok(())
}

impl State {
    fn build(state: *mut State) -> *mut [u8; 16] {
        state.wrapping_byte_add(offset_of!(State, build)).cast()
    }

    fn start(state: *mut State) -> *mut Start {
        state.wrapping_byte_add(offset_of!(State, start)).cast()
    }

    fn answers(state: *mut State) -> *mut Answers {
        state.wrapping_byte_add(offset_of!(State, answers)).cast()
    }

    fn room(state: *mut State) -> *mut [u8; ROOM] {
        state.wrapping_byte_add(offset_of!(State, room)).cast()
    }

    /// Keeps what a process was started with.
    ///
    /// # Safety
    ///
    /// As [`serve`]; and nothing else refers to the memory.
    unsafe fn write(request: &Request, stack: &Stack) {
        let place = request.state;
        // SAFETY: the caller vouches for the memory, of which these bytes are borrowed here alone.
        let room: &'static mut [u8; ROOM] = unsafe { &mut *State::room(place) };
        let room = Cell::new(&mut room[..]);
        let keep = |text: &[u8]| -> Option<&'static [u8]> {
            let (place, rest) = room.take().split_at_mut_checked(text.len())?;
            place.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
            room.set(rest);
            Some(place)
        };
        let path = |text: *const u8| {
            // SAFETY: the caller vouches for the string.
            let text: &'static [u8] = unsafe { bytes_of(text) };
            keep(text).unwrap_or(text)
        };
        let (linker, supplier) = (path(request.linker), path(request.supplier));
        let variable = |name: &[u8]| {
            let value: &'static CStr = stack.variable(name)?;
            let copy = keep(value.to_bytes_with_nul()).and_then(|copy| CStr::from_bytes_with_nul(copy).ok());
            Some(copy.unwrap_or(value))
        };
        let wishes = Wishes::read(stack.auxv(at::SECURE) != 0, variable);
        let start = Start { vdso: stack.auxv(at::SYSINFO_EHDR), linker, supplier, wishes };
        // SAFETY: the caller vouches for the memory.
        unsafe { State::build(place).write(parts::build_id()) };
        // SAFETY: as above.
        unsafe { State::start(place).write(start) };
        // SAFETY: as above.
        unsafe { State::answers(place).write(Answers::default()) };
    }
}

/// The last part of a path.
fn last(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(path, |at| path.get(at + 1..).unwrap_or(path))
}
