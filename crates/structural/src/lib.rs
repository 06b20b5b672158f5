//! Carries out conversion programs: the structs of a call into those that the kernel takes, the call, and back.
//!
//! A program ([`libsys_image::program`]) is data; it was checked when its map image was read, so that none of its
//! steps leads outside of the structs it names, and is not checked again: [`Sound`]. The layer runs it with the caller's own pointers, tests run it on
//! memory of theirs: this is the same source.
//!
//! The flow: [`run`] → each argument becomes a *block*, one or more structs of one pair (`frame.rs`) → each block is
//! converted inwards, which may find pointers and add blocks → the call → each block that the kernel writes is
//! converted outwards. Nothing recurses, so that no input deepens the stack; nothing is allocated; what the kernel
//! reads was fetched from the caller once.
//!
//! Every function is `inline`: the layer can only call what is compiled with it, since a call into another crate goes
//! by a table of addresses.
//!
//! Unsafe code is allowed here: the caller's pointers are the kernel's business, which this code has taken over.
#![no_std]

mod frame;
mod memory;
mod sound;
mod steps;

use frame::Frame;
use libsys_image::program::{ARRAY, Argument, IN, List, NONE, OUT, Pair, SHORT, kind};
pub use sound::Sound;

/// Arguments of a call, as registers hold them.
pub type Arguments = [usize; 6];

/// An address that leads nowhere, for what the kernel is to refuse by another argument.
const NOWHERE: usize = 1 << 63;
/// Bytes in the longest struct that carries its size, as for the kernel.
const SIZED_MAX: u64 = 4096;

const E2BIG: u16 = 7;
const EFAULT: u16 = 14;
const EINVAL: u16 = 22;

/// Who makes a call: what a program is carried out for.
pub trait Caller {
    /// Whether bytes of the caller's memory can be read.
    fn can_read(&self, address: usize, size: usize) -> bool;

    /// Whether bytes of the caller's memory can be written. Finding out may overwrite them.
    fn can_write(&self, address: usize, size: usize) -> bool;

    /// Makes the kernel's call: its result, or -errno.
    fn call(&self, program: Sound<'_>, arguments: &Arguments) -> isize;
}

/// Carries out a call: returns its result, or -errno. Its arguments become those that the kernel is given.
///
/// After a call that failed, what the kernel has written all the same is converted too: what has changed.
///
/// # Safety
///
/// What `caller` says can be read and written can be. Arguments are as the call demands.
#[inline]
pub unsafe fn run(program: Sound<'_>, caller: &impl Caller, arguments: &mut Arguments) -> isize {
    let mut frame = Frame::new();
    let mut sized = Sized { user: 0, size: 0, copy: 0 };
    for argument in program.arguments() {
        // SAFETY: the caller's duty.
        let done = unsafe { prepare(program, caller, &mut frame, argument, arguments, &mut sized) };
        if let Err(errno) = done {
            return -(errno as isize);
        }
    }
    // SAFETY: the caller's duty; blocks are what `prepare` has added.
    if let Err(errno) = unsafe { frame.inwards(program, caller) } {
        return -(errno as isize);
    }
    let mut result = caller.call(program, arguments);
    if program.is_int() {
        result = result as i32 as isize;
    }
    let failed = (-4095..0).contains(&result);
    // SAFETY: as above.
    let done = unsafe { frame.outwards(program, caller, failed) };
    let done = done.and_then(|written| if written { sized.give_back(caller) } else { Ok(()) });
    match done {
        _ if failed => -(program.error(result.unsigned_abs() as u16) as isize),
        Ok(()) => result,
        Err(errno) => -(errno as isize),
    }
}

/// A struct that carries its size, copied so that all of it is there.
struct Sized {
    user: usize,
    size: usize,
    copy: usize,
}

impl Sized {
    /// Gives the program as much as it has room for; nothing where there is no such struct, or it is only read.
    #[inline]
    fn give_back(&self, caller: &impl Caller) -> Result<(), u16> {
        if self.size == 0 {
            return Ok(());
        }
        if !caller.can_write(self.user, self.size) {
            return Err(EFAULT);
        }
        // SAFETY: as many bytes were just found writable, and the copy has them.
        unsafe { memory::copy(self.user, self.copy, self.size) };
        Ok(())
    }
}

/// Turns one argument into what the kernel is given.
///
/// # Safety
///
/// As [`run`].
#[inline]
unsafe fn prepare<'a>(
    program: Sound<'a>,
    caller: &impl Caller,
    frame: &mut Frame<'a>,
    argument: Argument,
    arguments: &mut Arguments,
    sized: &mut Sized,
) -> Result<(), u16> {
    let Argument { index, count, shape, .. } = argument;
    let given = arguments.get(usize::from(index)).copied().unwrap_or(0);
    if argument.kind == kind::STRUCTS && argument.flags & ARRAY == 0 {
        // One struct, as most are.
        if given != 0 {
            let pair = program.pair(argument.pair);
            let theirs = frame.add(pair, given, 1, argument.flags, argument.errno)?;
            if let Some(place) = arguments.get_mut(usize::from(index)) {
                *place = theirs;
            }
        }
        return Ok(());
    }
    let counted = if count == NONE {
        u64::from(argument.most)
    } else {
        shape.extend(arguments.get(usize::from(count)).copied().unwrap_or(0) as u64)
    };
    let mut set = |index: u8, value: usize| {
        if let Some(place) = arguments.get_mut(usize::from(index)) {
            *place = value;
        }
    };
    if argument.kind == kind::VALUE {
        let (source, mut target) = (given as u64, 0u64);
        let list = List { first: argument.pair, count: argument.most };
        let (from, to) = (&raw const source as usize, &raw mut target as usize);
        // SAFETY: eight bytes on each side, which no step of a sound program leaves.
        unsafe { steps::run(program, frame, list, from, to) }?;
        set(index, target as usize);
        return Ok(());
    }
    if given == 0 || counted == 0 {
        return Ok(());
    }
    let pair = program.pair(argument.pair);
    if argument.kind == kind::SIZED {
        let sizes = Pair::from_bytes(*pair);
        // SAFETY: the caller's duty.
        let copy = unsafe { take_sized(caller, frame, argument, sizes, given, counted) }?;
        if argument.flags & OUT != 0 {
            *sized = Sized { user: given, size: (counted as usize).min(sizes.ours.into()), copy };
        }
        set(index, frame.add(pair, copy, 1, argument.flags | frame::OWN, E2BIG)?);
        set(count, sizes.theirs.into());
        return Ok(());
    }
    if counted > u64::from(argument.limit) {
        set(index, NOWHERE);
        return Ok(());
    }
    let mut elements = counted;
    if elements > u64::from(argument.most) {
        if argument.flags & SHORT == 0 {
            return Err(argument.errno);
        }
        elements = u64::from(argument.most);
        set(count, elements as usize);
    }
    set(index, frame.add(pair, given, elements as u16, argument.flags, argument.errno)?);
    Ok(())
}

/// Copies a struct that carries its size, with zeros for what the program does not know. What the kernel does not
/// know must be zeros too.
///
/// # Safety
///
/// As [`run`].
#[inline]
unsafe fn take_sized(
    caller: &impl Caller,
    frame: &mut Frame<'_>,
    argument: Argument,
    pair: Pair,
    user: usize,
    size: u64,
) -> Result<usize, u16> {
    if size < u64::from(argument.limit) {
        return Err(EINVAL);
    }
    if size > SIZED_MAX {
        return Err(argument.errno);
    }
    let (size, known) = (size as usize, usize::from(pair.ours));
    let copy = frame.take(known, 0).ok_or(E2BIG)?;
    if argument.flags & IN != 0 {
        if !caller.can_read(user, size) {
            return Err(EFAULT);
        }
        // SAFETY: these bytes were just found readable.
        if size > known && unsafe { !memory::is_filled(user + known, size - known, 0) } {
            return Err(argument.errno);
        }
        // SAFETY: as above; the copy has as many as are known.
        unsafe { memory::copy(copy, user, size.min(known)) };
    }
    Ok(copy)
}
