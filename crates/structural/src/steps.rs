//! The steps that turn one struct into another.

use crate::frame::Frame;
use crate::{Sound, measure, memory};
use libsys_image::program::{BYTES, List, Record, Shape, code};

/// Reads an integer as 64 bits.
///
/// # Safety
///
/// It can be read.
#[inline(always)]
pub unsafe fn load(shape: Shape, at: usize) -> u64 {
    let value = if shape.size() == 8 {
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
pub unsafe fn store(shape: Shape, at: usize, value: u64) {
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
/// The list is one of a pair with structs of these sizes, which can be read and written. An address that a
/// [`code::FOLLOW`] finds is the program's.
#[inline]
pub unsafe fn run<'a>(
    program: Sound<'a>,
    frame: &mut Frame<'a>,
    list: List,
    source: usize,
    target: usize,
) -> Result<(), u16> {
    let mut steps = program.list(list);
    while let Some(step) = steps.next() {
        match step.code() {
            // SAFETY: a sound step stays in its structs; so for all below.
            code::MOVE_8 => unsafe { moves::<u64, u64>(step, source, target, |word| word) },
            // SAFETY: as above.
            code::MOVE_4 => unsafe { moves::<u32, u32>(step, source, target, |half| half) },
            // SAFETY: as above.
            code::MOVE_2 => unsafe { moves::<u16, u16>(step, source, target, |half| half) },
            // SAFETY: as above.
            code::WIDEN_U4 => unsafe { moves::<u32, u64>(step, source, target, u64::from) },
            // SAFETY: as above.
            code::WIDEN_I4 => unsafe { moves::<i32, i64>(step, source, target, i64::from) },
            // SAFETY: as above.
            code::NARROW_U4 => unsafe { narrows(step, source, target, |word| word >> 32) }?,
            // SAFETY: as above.
            code::NARROW_I4 => unsafe { narrows(step, source, target, |word| word as i32 as u64 ^ word) }?,
            // SAFETY: as above.
            code::INTEGERS => unsafe { integers(step, source + step.from(), target + step.to()) }?,
            code::COPY => {
                // SAFETY: as above.
                unsafe { memory::copy(target + step.to(), source + step.from(), step.a() as usize) };
            }
            // SAFETY: as above.
            code::STORE => unsafe { store(step.target(), target + step.to(), step.value()) },
            // SAFETY: as above.
            code::CLEAR => unsafe { memory::fill(target + step.to(), step.a() as usize, 0) },
            code::EXPECT => {
                // SAFETY: as above.
                if unsafe { load(step.source(), source + step.from()) } != step.value() {
                    return Err(step.to() as u16);
                }
            }
            code::EMPTY => {
                // SAFETY: as above.
                if unsafe { !memory::is_filled(source + step.from(), step.a() as usize, 0) } {
                    return Err(step.b());
                }
            }
            code::TRANSLATE => {
                // SAFETY: as above.
                let value = unsafe { load(step.source(), source + step.from()) };
                let value = translate(program, step, value)?;
                // SAFETY: as above.
                unsafe { store(step.target(), target + step.to(), value) };
            }
            code::CASE => {
                // SAFETY: as above.
                if unsafe { load(step.source(), source + step.from()) } != step.a() as i32 as u64 {
                    steps.pass(step.c());
                }
            }
            code::PASS => steps.pass(step.c()),
            code::ENDS => {}
            code::FOLLOW if step.flags() & BYTES != 0 => {
                // SAFETY: as above; the program's pointer is in the target.
                unsafe { measure::follow(program, frame, step, target) }?;
            }
            // SAFETY: as above.
            code::FOLLOW => unsafe { follow(program, frame, step, target) }?,
            _ => return Err(step.b()),
        }
    }
    Ok(())
}

/// Moves integers.
///
/// # Safety
///
/// They can be read and written.
#[inline(always)]
unsafe fn moves<S: Copy, T: Copy>(step: Record<'_>, source: usize, target: usize, become_: impl Fn(S) -> T) {
    let [first, second, third] = step.moves();
    let one = |(from, to): (usize, usize)| {
        // SAFETY: the caller's duty.
        let value = unsafe { memory::read::<S>(source + from) };
        // SAFETY: the caller's duty.
        unsafe { memory::write(target + to, become_(value)) };
    };
    // Not a loop, which compilers that care for size leave one.
    one(first);
    one(second);
    one(third);
}

/// Moves words into half of their size, if `lost` finds nothing in any of them.
///
/// # Safety
///
/// They can be read and written.
#[inline(always)]
unsafe fn narrows(
    step: Record<'_>,
    source: usize,
    target: usize,
    lost: impl Fn(u64) -> u64,
) -> Result<(), u16> {
    let [first, second, third] = step.moves();
    // SAFETY: the caller's duty.
    let word = |(from, _): (usize, usize)| unsafe { memory::read::<u64>(source + from) };
    let (a, b, c) = (word(first), word(second), word(third));
    if lost(a) | lost(b) | lost(c) != 0 {
        return Err(step.errno());
    }
    // SAFETY: the caller's duty.
    let put = |(_, to): (usize, usize), word: u64| unsafe { memory::write(target + to, word as u32) };
    put(first, a);
    put(second, b);
    put(third, c);
    Ok(())
}

/// Converts integers, each of which must come back the same if the step names an errno.
///
/// # Safety
///
/// They can be read and written.
#[inline(always)]
unsafe fn integers(step: Record<'_>, mut from: usize, mut to: usize) -> Result<(), u16> {
    let (source, target, errno) = (step.source(), step.target(), step.b());
    for _ in 0..step.c() {
        // SAFETY: the caller's duty.
        let value = unsafe { load(source, from) };
        if errno != 0 && (target.extend(value) ^ value) & source.mask() != 0 {
            return Err(errno);
        }
        // SAFETY: the caller's duty.
        unsafe { store(target, to, value) };
        from += source.size();
        to += target.size();
    }
    Ok(())
}

/// What a value is on the other side.
#[inline(always)]
fn translate(program: Sound<'_>, step: Record<'_>, value: u64) -> Result<u64, u16> {
    let mut entries = program.entries(step.a() as usize, step.c().into());
    if step.flags() & code::BITS == 0 {
        return match entries.find(|(source, _)| *source == value) {
            Some((_, target)) => Ok(target),
            None if step.b() == 0 => Ok(0),
            None => Err(step.b()),
        };
    }
    let (mut known, mut translated) = (0, 0);
    for (source, target) in entries {
        // Which bits are set, nobody foresees: a mask costs less than a jump.
        let all = u64::from(value & source == source).wrapping_neg();
        known |= source & all;
        translated |= target & all;
    }
    if value & !known != 0 && step.b() != 0 { Err(step.b()) } else { Ok(translated) }
}

/// Adds a block for what lies behind a pointer of the program's, which the target has, and puts the kernel's in its place.
///
/// # Safety
///
/// The target can be read and written.
#[inline(always)]
unsafe fn follow<'a>(
    program: Sound<'a>,
    frame: &mut Frame<'a>,
    step: Record<'_>,
    target: usize,
) -> Result<(), u16> {
    // What is counted and where it is has been fetched from the caller before, once.
    let count = if step.source() == Shape::NONE {
        step.c().into()
    } else {
        // SAFETY: the caller's duty; the offset is one of the target.
        unsafe { load(step.source(), target + step.from()) }
    };
    let to = target + step.to();
    // SAFETY: the caller's duty.
    let pointer = unsafe { memory::read::<usize>(to) };
    if pointer == 0 || count == 0 {
        return Ok(());
    }
    if count > step.c().into() {
        return Err(step.b());
    }
    let pair = program.pair(step.a() as u16);
    let theirs = frame.add(pair, pointer, count as u16, step.flags(), step.b())?;
    // SAFETY: the caller's duty.
    unsafe { memory::write(to, theirs) };
    Ok(())
}
