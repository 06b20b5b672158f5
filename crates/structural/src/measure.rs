//! Structs measured in bytes, and numbers of elements that the kernel writes.
//!
//! Of a struct like a socket's address only a part may be there, and what it holds decides how long it is. So it is
//! converted by itself: the part is copied, with zeros behind it, and converted; [`extent`] says which part of the
//! target that makes. The number that goes with it is one of the kernel's, in a register, behind a pointer or in a
//! struct. It is the kernel's while the call is made; before what it lies in is converted back, it is the program's.

use crate::frame::Frame;
use crate::{Arguments, Caller, EFAULT, NOWHERE, Sound, memory, steps};
use core::mem::MaybeUninit;
use libsys_image::program::{IN, List, NONE, OUT, Pair, Record, SHORT, Shape, code};

/// Numbers that one call may have.
const MEASURES: usize = 6;
/// What fills structs that the kernel writes: it tells whether it has written one.
const UNWRITTEN: u8 = 0xa5;

/// No offset in the arena.
const NONE_THERE: u16 = u16::MAX;

/// A number, and what it counts.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Address of the program's struct.
    pub ours: usize,
    /// Address of the kernel's, with a copy of the program's behind it; 0: a block has what is counted.
    pub theirs: usize,
    /// Address of the kernel's number; 0: it is in a register.
    pub number: usize,
    /// Address of the program's number; 0: what the kernel's lies in is converted back.
    pub behind: usize,
    /// The program's number, which the kernel's is before and after the call, of 32 bits.
    pub given: u64,
    /// The pair, or which block.
    pub index: u16,
    /// [`IN`] or [`OUT`].
    pub flags: u8,
    /// What the number is.
    pub shape: Shape,
    /// The argument that the number is, or [`NONE`].
    pub register: u8,
}

/// A measure as it is kept: addresses in the arena as offsets.
#[derive(Clone, Copy)]
struct Kept {
    ours: usize,
    behind: usize,
    given: u32,
    theirs: u16,
    number: u16,
    index: u16,
    flags: u8,
    shape: Shape,
    register: u8,
}

/// The numbers of one call.
pub struct Measures {
    all: [MaybeUninit<Kept>; MEASURES],
    count: usize,
}

impl Measures {
    /// None.
    #[inline]
    pub const fn new() -> Measures {
        Measures { all: [const { MaybeUninit::uninit() }; MEASURES], count: 0 }
    }

    /// Whether there is one.
    #[inline]
    pub const fn are_there(&self) -> bool {
        self.count > 0
    }

    /// Adds one, whose addresses are 0 or lie behind `arena`; none when there is no room.
    #[inline]
    pub fn add(&mut self, arena: usize, measure: Measure) -> Option<()> {
        let Measure { ours, theirs, number, behind, given, index, flags, shape, register } = measure;
        let offset = |at: usize| if at == 0 { NONE_THERE } else { at.wrapping_sub(arena) as u16 };
        let (theirs, number) = (offset(theirs), offset(number));
        let kept = Kept { ours, behind, given: given as u32, theirs, number, index, flags, shape, register };
        *self.all.get_mut(self.count)? = MaybeUninit::new(kept);
        self.count += 1;
        Some(())
    }

    #[inline]
    fn get(&self, arena: usize, i: usize) -> Option<Measure> {
        let kept = if i < self.count { self.all.get(i) } else { None };
        // SAFETY: the first `count` ones were written.
        let kept = unsafe { kept?.assume_init() };
        let Kept { ours, behind, given, theirs, number, index, flags, shape, register } = kept;
        let address = |offset: u16| if offset == NONE_THERE { 0 } else { arena + usize::from(offset) };
        let (theirs, number, given) = (address(theirs), address(number), given.into());
        Some(Measure { ours, theirs, number, behind, given, index, flags, shape, register })
    }
}

/// Where the copy of the program's struct lies behind the kernel's.
#[inline]
fn copy_of(theirs: usize, pair: Pair) -> usize {
    theirs + usize::from(pair.theirs).next_multiple_of(8)
}

/// Takes the memory of a struct measured in bytes; returns its address.
#[inline]
pub fn take(frame: &mut Frame<'_>, pair: Pair, flags: u8) -> Option<usize> {
    let theirs = frame.take(usize::from(pair.theirs), if flags & OUT != 0 { UNWRITTEN } else { 0 })?;
    frame.take(usize::from(pair.ours), 0)?;
    Some(theirs)
}

/// Turns a pointer in the kernel's struct, which is the program's yet, into what the kernel is given.
///
/// # Errors
///
/// What the step names when there are more bytes than are known.
///
/// # Safety
///
/// The step is a sound one for that struct, which is in the arena.
#[inline]
pub unsafe fn follow<'a>(
    program: Sound<'a>,
    frame: &mut Frame<'a>,
    step: Record<'_>,
    target: usize,
) -> Result<(), u16> {
    let (to, number) = (target + step.to(), target + step.from());
    // SAFETY: a sound step stays in its struct; so for all below.
    let given = unsafe { steps::load(step.source(), number) };
    // SAFETY: as above.
    let ours = unsafe { memory::read::<usize>(to) };
    let is_room = step.flags() & OUT != 0;
    if ours == 0 || given == 0 && !is_room {
        return Ok(());
    }
    let index = step.a() as u16;
    let pair = Pair::from_bytes(*program.pair(index));
    let mut theirs = NOWHERE;
    // What is negative is for the kernel to refuse.
    if given <= i32::MAX as u64 {
        if given > pair.ours.into() && !is_room && step.flags() & SHORT == 0 {
            return Err(step.b());
        }
        theirs = take(frame, pair, step.flags()).ok_or(step.b())?;
        let (flags, shape) = (step.flags(), step.source());
        let measure = Measure { ours, theirs, number, behind: 0, given, index, flags, shape, register: NONE };
        frame.measures.add(frame.arena(), measure).ok_or(step.b())?;
    }
    // SAFETY: as above.
    unsafe { memory::write(to, theirs) };
    Ok(())
}

/// Before the call: converts what the kernel reads, and gives it its numbers.
///
/// # Errors
///
/// EFAULT, or what a step fails with.
///
/// # Safety
///
/// As [`crate::run`].
#[inline(never)]
pub unsafe fn inwards<'a>(
    frame: &mut Frame<'a>,
    program: Sound<'a>,
    caller: &impl Caller,
    arguments: &mut Arguments,
) -> Result<(), u16> {
    let mut next = 0;
    while let Some(measure) = frame.measures.get(frame.arena(), next) {
        next += 1;
        let Measure { ours, theirs, number, given, shape, .. } = measure;
        if theirs == 0 {
            continue;
        }
        let pair = Pair::from_bytes(*program.pair(measure.index));
        // What the kernel writes goes into all of its struct, so that it is all there to be converted.
        let mut told = u64::from(pair.theirs);
        if measure.flags & IN != 0 {
            let there = given.min(pair.ours.into()) as usize;
            if !caller.can_read(ours, there) {
                return Err(EFAULT);
            }
            let copy = copy_of(theirs, pair);
            // SAFETY: so many bytes were just found readable, and the copy has room for them.
            unsafe { memory::copy(copy, ours, there) };
            // SAFETY: the list is the pair's, and the copy all of its source.
            let extent = unsafe { extent(program, pair.inwards, copy, given) };
            if extent > 0 {
                // SAFETY: both are in the arena.
                unsafe { steps::run(program, frame, pair.inwards, copy, theirs) }?;
            }
            // Of what has no whole field there is one byte, which is too short for every kernel.
            told = extent.min(told).max(1);
        }
        if number != 0 {
            // SAFETY: the kernel's number is in the arena.
            unsafe { steps::store(shape, number, told) };
        } else if let Some(place) = arguments.get_mut(usize::from(measure.register)) {
            *place = told as usize;
        }
    }
    Ok(())
}

/// After the call: converts what the kernel has written, and makes its numbers the program's.
///
/// # Errors
///
/// EFAULT, or what a step fails with.
///
/// # Safety
///
/// As [`crate::run`].
#[inline(never)]
pub unsafe fn outwards<'a>(
    frame: &mut Frame<'a>,
    program: Sound<'a>,
    caller: &impl Caller,
    failed: bool,
) -> Result<(), u16> {
    let mut next = 0;
    while let Some(measure) = frame.measures.get(frame.arena(), next) {
        next += 1;
        let Measure { number, behind, shape, .. } = measure;
        if number == 0 {
            continue;
        }
        // SAFETY: the kernel's number is in the arena.
        let written = unsafe { steps::load(shape, number) };
        let told = if measure.theirs == 0 {
            if !failed {
                frame.has_elements(measure.index, written);
            }
            (!failed || written != measure.given).then_some(written)
        } else {
            // SAFETY: the caller's duty.
            unsafe { give_back(frame, program, caller, measure, written, failed) }?
        };
        // SAFETY: as above.
        unsafe { steps::store(shape, number, told.unwrap_or(measure.given)) };
        if let Some(told) = told.filter(|_| behind != 0) {
            if !caller.can_write(behind, shape.size()) {
                return Err(EFAULT);
            }
            // SAFETY: it was just found writable.
            unsafe { steps::store(shape, behind, told) };
        }
    }
    Ok(())
}

/// Gives the program as much of a struct as it has room for. Returns how much of it there is; none: the kernel has
/// not written it.
///
/// # Errors
///
/// EFAULT, or what a step fails with.
///
/// # Safety
///
/// As [`crate::run`]; the measure is one of the frame, with a struct.
#[inline]
unsafe fn give_back<'a>(
    frame: &mut Frame<'a>,
    program: Sound<'a>,
    caller: &impl Caller,
    measure: Measure,
    written: u64,
    failed: bool,
) -> Result<Option<u64>, u16> {
    let Measure { ours, theirs, given, .. } = measure;
    let pair = Pair::from_bytes(*program.pair(measure.index));
    let whole = u64::from(pair.theirs);
    // SAFETY: the struct is in the arena, and filled.
    let is_untouched = || written == whole && unsafe { memory::is_filled(theirs, whole as usize, UNWRITTEN) };
    if failed || measure.flags & OUT == 0 || is_untouched() {
        return Ok(None);
    }
    let there = written.min(whole) as usize;
    // SAFETY: as above.
    unsafe { memory::fill(theirs + there, whole as usize - there, 0) };
    // SAFETY: the list is the pair's, and the struct its source.
    let extent = unsafe { extent(program, pair.outwards, theirs, written) };
    let copy = copy_of(theirs, pair);
    if extent > 0 {
        // SAFETY: both are in the arena.
        unsafe { steps::run(program, frame, pair.outwards, theirs, copy) }?;
    }
    let size = extent.min(given).min(pair.ours.into()) as usize;
    if !caller.can_write(ours, size) {
        return Err(EFAULT);
    }
    // SAFETY: so many bytes were just found writable, and the copy has them.
    unsafe { memory::copy(ours, copy, size) };
    Ok(Some(extent))
}

/// How many bytes of the target there are when of the source there are `size`: up to the first that a byte would
/// have to be made from which is not there. What is there beyond what is known counts byte by byte.
///
/// # Safety
///
/// The list is one of a pair with a source of that size, which can be read.
#[inline]
unsafe fn extent(program: Sound<'_>, list: List, source: usize, size: u64) -> u64 {
    let mut steps = program.list(list);
    let (mut cut, mut source_end, mut target_end) = (u64::MAX, 0, 0);
    while let Some(step) = steps.next() {
        let (from, to) = (step.from() as u64, step.to() as u64);
        let (count, width, wide) = if step.code() == code::COPY {
            (u64::from(step.a()), 1, 1)
        } else if step.code() == code::INTEGERS {
            (u64::from(step.c()), step.source().size() as u64, step.target().size() as u64)
        } else if step.code() == code::TRANSLATE {
            (1, step.source().size() as u64, step.target().size() as u64)
        } else if step.code() == code::CASE {
            if size < from + step.source().size() as u64 {
                return 0;
            }
            // SAFETY: a sound step stays in its structs.
            if unsafe { steps::load(step.source(), source + step.from()) } != step.a() as i32 as u64 {
                steps.pass(step.c());
            }
            continue;
        } else {
            if step.code() == code::PASS {
                steps.pass(step.c());
            } else if step.code() == code::ENDS {
                (source_end, target_end) = (from.max(source_end), to.max(target_end));
            }
            continue;
        };
        if size < from + count * width {
            let whole = size.saturating_sub(from) >> width.trailing_zeros();
            cut = cut.min(to + whole * wide);
        }
    }
    if size < source_end {
        // Something is missing, if only what fills the struct up.
        cut.min(target_end.saturating_sub(1))
    } else {
        target_end + (size - source_end)
    }
}
