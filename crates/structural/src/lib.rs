//! Carries out conversion programs: the structs of a call into those that the kernel takes, the call, and back.
//!
//! A program ([`libsys_image::program`]) is data; it was checked when its map image was read, so that none of its
//! steps leads outside of the structs it names, and is not checked again: [`Sound`]. The layer runs it with the caller's own pointers, tests run it on
//! memory of theirs: this is the same source.
//!
//! The flow: [`run`] → each argument becomes a *block*, one or more structs of one pair (`frame.rs`) → each block is
//! converted inwards, which may find pointers and add blocks → the call → each block that the kernel writes is
//! converted outwards. Structs of which a part is there, and numbers that the kernel writes, are `measure.rs`; structs
//! that say their own size are `telling.rs`. Nothing recurses, so that no input deepens the stack; nothing is
//! allocated; what the kernel reads was fetched from the caller once.
//!
//! Every function is `inline`: the layer can only call what is compiled with it, since a call into another crate goes
//! by a table of addresses.
//!
//! Unsafe code is allowed here: the caller's pointers are the kernel's business, which this code has taken over.
#![no_std]

mod frame;
mod measure;
mod memory;
mod sound;
mod steps;
mod telling;

use frame::Frame;
use libsys_image::program::{
    self, ARRAY, Argument, BEHIND, BYTES, IN, List, NONE, OPTIONAL, OUT, Pair, SHORT, kind,
};
use measure::Measure;
pub use sound::Sound;
use telling::Telling;

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

    /// Closes a file that a call has opened and that the program is not told of.
    fn close(&self, file: usize);
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
    let mut own = Own { sized: Sized { user: 0, size: 0, copy: 0, field: program::NOWHERE }, telling: None };
    for argument in program.arguments() {
        // SAFETY: the caller's duty.
        let done = unsafe { prepare(program, caller, &mut frame, argument, arguments, &mut own) };
        if let Err(errno) = done {
            return -(errno as isize);
        }
    }
    // SAFETY: the caller's duty; blocks are what `prepare` has added.
    if let Err(errno) = unsafe { frame.inwards(program, caller) } {
        return -(errno as isize);
    }
    if frame.measures.are_there() {
        // SAFETY: as above.
        if let Err(errno) = unsafe { measure::inwards(&mut frame, program, caller, arguments) } {
            return -(errno as isize);
        }
    }
    let mut result = caller.call(program, arguments);
    if program.is_int() {
        result = result as i32 as isize;
    }
    let failed = (-4095..0).contains(&result);
    // SAFETY: as above.
    let done = unsafe { give_back(program, caller, &mut frame, &own, failed) };
    match done {
        _ if failed => -(program.error(result.unsigned_abs() as u16) as isize),
        Ok(()) => result,
        Err(errno) => {
            if program.opens() {
                caller.close(result as usize);
            }
            -(errno as isize)
        }
    }
}

/// Converts what the kernel has written.
///
/// # Safety
///
/// As [`run`].
#[inline]
unsafe fn give_back<'a>(
    program: Sound<'a>,
    caller: &impl Caller,
    frame: &mut Frame<'a>,
    own: &Own,
    failed: bool,
) -> Result<(), u16> {
    if frame.measures.are_there() {
        // SAFETY: the caller's duty; so for all below.
        unsafe { measure::outwards(frame, program, caller, failed) }?;
    }
    // SAFETY: as above.
    if unsafe { frame.outwards(program, caller, failed) }? {
        own.sized.give_back(caller)?;
    }
    match &own.telling {
        // SAFETY: as above.
        Some(telling) => unsafe { telling.give_back(program, caller, frame, failed) },
        None => Ok(()),
    }
}

/// Structs that carry their size, or say it.
struct Own {
    sized: Sized,
    telling: Option<Telling>,
}

/// A struct that carries its size, copied so that all of it is there.
struct Sized {
    user: usize,
    size: usize,
    copy: usize,
    /// Where it says its size too, or nowhere.
    field: u16,
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
        if self.field != program::NOWHERE {
            // SAFETY: the offset is one of the copy, which is the program's whole struct.
            unsafe { memory::write(self.copy + usize::from(self.field), self.size as u32) };
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
    own: &mut Own,
) -> Result<(), u16> {
    let Argument { index, count, shape, .. } = argument;
    let given = arguments.get(usize::from(index)).copied().unwrap_or(0);
    if argument.kind == kind::STRUCTS && argument.flags & (ARRAY | BYTES) == 0 {
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
    if argument.kind == kind::STRUCTS && argument.flags & (BEHIND | BYTES) != 0 {
        // SAFETY: the caller's duty.
        return unsafe { measured(program, caller, frame, argument, arguments, given) };
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
    if argument.kind == kind::TELLING {
        // SAFETY: the caller's duty.
        let (address, telling) = unsafe { Telling::take(program, caller, frame, argument, given) }?;
        own.telling = telling;
        set(index, address);
        return Ok(());
    }
    let pair = program.pair(argument.pair);
    if argument.kind == kind::SIZED {
        let sizes = Pair::from_bytes(*pair);
        // SAFETY: the caller's duty.
        let copy = unsafe { take_sized(caller, frame, argument, sizes, given, counted) }?;
        if argument.flags & OUT != 0 {
            let size = (counted as usize).min(sizes.ours.into());
            own.sized = Sized { user: given, size, copy, field: argument.most };
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

/// Turns an argument into what the kernel is given of which a number says how many bytes are there, or how many
/// elements, by a pointer.
///
/// # Safety
///
/// As [`run`].
#[inline(never)]
unsafe fn measured<'a>(
    program: Sound<'a>,
    caller: &impl Caller,
    frame: &mut Frame<'a>,
    argument: Argument,
    arguments: &mut Arguments,
    given: usize,
) -> Result<(), u16> {
    let Argument { index, shape, flags, errno, .. } = argument;
    let (index, count) = (usize::from(index), usize::from(argument.count));
    let (is_behind, is_bytes) = (flags & BEHIND != 0, flags & BYTES != 0);
    if given == 0 && (flags & OPTIONAL != 0 || !is_behind) {
        return Ok(());
    }
    let at = arguments.get(count).copied().unwrap_or(0);
    let counted = if !is_behind {
        shape.extend(at as u64)
    } else if caller.can_read(at, shape.size()) {
        // SAFETY: it was just found readable.
        unsafe { steps::load(shape, at) }
    } else {
        u64::MAX
    };
    if counted == 0 && !is_behind {
        return Ok(());
    }
    let record = program.pair(argument.pair);
    let pair = Pair::from_bytes(*record);
    let most = if is_bytes { pair.ours } else { argument.most };
    // Room for more than there is does no harm.
    let is_room = is_bytes && flags & OUT != 0;
    let (mut address, mut number) = (NOWHERE, at);
    if counted <= u64::from(argument.limit) {
        if counted > u64::from(most) && !is_room && flags & SHORT == 0 {
            return Err(errno);
        }
        let (behind, register) = if is_behind { (at, NONE) } else { (0, argument.count) };
        if is_behind {
            number = frame.take(size_of::<u64>(), 0).ok_or(errno)?;
        }
        let measure = Measure {
            ours: given,
            theirs: 0,
            number: if is_behind { number } else { 0 },
            behind,
            given: counted,
            index: frame.next_block(),
            flags,
            shape,
            register,
        };
        if is_bytes {
            address = measure::take(frame, pair, flags).ok_or(errno)?;
            let measure = Measure { theirs: address, index: argument.pair, ..measure };
            frame.measures.add(frame.arena(), measure).ok_or(errno)?;
        } else {
            let elements = counted.min(most.into());
            // SAFETY: the number is in the arena.
            unsafe { steps::store(shape, number, elements) };
            let measure = Measure { given: elements, ..measure };
            frame.measures.add(frame.arena(), measure).ok_or(errno)?;
            address = frame.add(record, given, elements as u16, flags & !BEHIND, errno)?;
        }
    }
    if let Some(place) = arguments.get_mut(index) {
        *place = address;
    }
    if let Some(place) = arguments.get_mut(count) {
        *place = number;
    }
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
