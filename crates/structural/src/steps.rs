//! The steps that turn one struct into another.

use crate::frame::Frame;
use crate::{ENOSYS, memory};
use libsys_image::program::{List, Program, Shape, Step, code};

/// Bytes in a word.
const WORD: usize = size_of::<u64>();

/// Reads an integer as 64 bits.
///
/// # Safety
///
/// It can be read.
#[inline(always)]
unsafe fn load(shape: Shape, at: usize) -> u64 {
    let value = if shape.size() == WORD {
        // SAFETY: the caller's duty; so for all below.
        unsafe { memory::read::<u64>(at) }
    } else if shape.size() == 4 {
        // SAFETY: as above.
        unsafe { memory::read::<u32>(at) }.into()
    } else if shape.size() == 2 {
        // SAFETY: as above.
        unsafe { memory::read::<u16>(at) }.into()
    } else {
        // SAFETY: as above.
        unsafe { memory::read::<u8>(at) }.into()
    };
    if shape.is_signed() { shape.extend(value) } else { value }
}

/// Writes the lower bytes of 64 bits.
///
/// # Safety
///
/// They can be written.
#[inline(always)]
unsafe fn store(shape: Shape, at: usize, value: u64) {
    match shape.size() {
        // SAFETY: the caller's duty.
        1 => unsafe { memory::write(at, value as u8) },
        // SAFETY: the caller's duty.
        2 => unsafe { memory::write(at, value as u16) },
        // SAFETY: the caller's duty.
        4 => unsafe { memory::write(at, value as u32) },
        // SAFETY: the caller's duty.
        _ => unsafe { memory::write(at, value) },
    }
}

/// Carries out a list of steps from one struct to another.
///
/// # Errors
///
/// What a step fails with.
///
/// # Safety
///
/// The program is sound, and the list is one of a pair with structs of these sizes, which can be read and written.
/// An address that a [`code::FOLLOW`] finds is the program's.
#[inline]
pub unsafe fn run(
    program: &Program<'_>,
    frame: &mut Frame,
    list: List,
    source: usize,
    target: usize,
) -> Result<(), u16> {
    let steps = program.list(list).ok_or(ENOSYS)?;
    let mut at = 0;
    while let Some(bytes) = steps.get(at) {
        let step = Step::from_bytes(*bytes);
        at += 1;
        let (from, to) = (source + usize::from(step.from), target + usize::from(step.to));
        let size = step.a() as usize;
        // Most steps are these, and a test costs less than a jump that nobody foresees.
        if step.code == code::INTEGERS {
            // SAFETY: a sound step stays in its structs; so for all below.
            unsafe { integers(step, from, to) }?;
            continue;
        }
        if step.code == code::COPY {
            if size == WORD {
                // SAFETY: as above.
                unsafe { memory::transfer::<u64>(to, from) };
            } else {
                // SAFETY: as above.
                unsafe { memory::copy(to, from, size) };
            }
            continue;
        }
        match step.code {
            // SAFETY: as above.
            code::STORE => unsafe { store(step.target, to, step.value) },
            // SAFETY: as above.
            code::CLEAR => unsafe { memory::fill(to, size, 0) },
            // SAFETY: as above.
            code::EXPECT if unsafe { load(step.source, from) } != step.value => return Err(step.to),
            // SAFETY: as above.
            code::EMPTY if unsafe { !memory::is_filled(from, size, 0) } => return Err(step.b()),
            code::EXPECT | code::EMPTY => {}
            code::TRANSLATE => {
                // SAFETY: as above.
                let value = unsafe { load(step.source, from) };
                let value = translate(program, step, value)?;
                // SAFETY: as above.
                unsafe { store(step.target, to, value) };
            }
            // SAFETY: as above.
            code::CASE if unsafe { load(step.source, from) } != step.a() as i32 as u64 => {
                at += usize::from(step.c())
            }
            code::CASE => {}
            code::PASS => at += usize::from(step.c()),
            code::FOLLOW => {
                // What is counted and where it is has been fetched from the caller before, once.
                let count = if step.source == Shape::NONE {
                    step.c().into()
                } else {
                    // SAFETY: as above; the offset is one of the target.
                    unsafe { load(step.source, target + usize::from(step.from)) }
                };
                // SAFETY: as above.
                let pointer = unsafe { memory::read::<usize>(to) };
                if pointer == 0 || count == 0 {
                    continue;
                }
                if count > step.c().into() {
                    return Err(step.b());
                }
                let index = step.a() as u16;
                let pair = program.pair(index).ok_or(ENOSYS)?;
                let theirs = frame.add(pair, index, pointer, count as u16, step.flags, step.b())?;
                // SAFETY: as above.
                unsafe { memory::write(to, theirs) };
            }
            _ => return Err(step.b()),
        }
    }
    Ok(())
}

/// Converts integers, each of which must come back the same if the step names an errno.
///
/// # Safety
///
/// They can be read and written.
#[inline(always)]
unsafe fn integers(step: Step, mut from: usize, mut to: usize) -> Result<(), u16> {
    let errno = step.b();
    // What the target has no room for: none of it may be set, or for a signed target all of it, with its sign.
    let lost = step.source.mask() & !(step.target.mask() >> u32::from(step.target.is_signed()));
    for _ in 0..step.c() {
        // SAFETY: the caller's duty.
        let value = unsafe { load(step.source, from) };
        let without_room = value & lost;
        if errno != 0 && without_room != 0 && !(step.target.is_signed() && without_room == lost) {
            return Err(errno);
        }
        // SAFETY: the caller's duty.
        unsafe { store(step.target, to, value) };
        from += step.source.size();
        to += step.target.size();
    }
    Ok(())
}

/// What a value is on the other side.
#[inline]
fn translate(program: &Program<'_>, step: Step, value: u64) -> Result<u64, u16> {
    let first = step.a() as u16;
    let mut entries = (first..first.saturating_add(step.c())).filter_map(|i| program.entry(i));
    if step.flags & code::BITS == 0 {
        return match entries.find(|(source, _)| *source == value) {
            Some((_, target)) => Ok(target),
            None if step.b() == 0 => Ok(0),
            None => Err(step.b()),
        };
    }
    let (mut left, mut translated) = (value, 0);
    for (source, target) in entries {
        if value & source == source {
            left &= !source;
            translated |= target;
        }
    }
    if left != 0 && step.b() != 0 { Err(step.b()) } else { Ok(translated) }
}
