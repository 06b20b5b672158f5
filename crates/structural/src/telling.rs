//! A struct that says its own size: cut to the size that the kernel knows, if the rest is zero.
//!
//! What does not fit is left for the kernel to refuse, by a size that no kernel takes: so the errors come in its order,
//! and what it then writes into the struct, the size that it knows, is given to the program as what it is there.

use crate::frame::Frame;
use crate::{Caller, E2BIG, EFAULT, NOWHERE, SIZED_MAX, Sound, memory, steps};
use libsys_image::program::{Argument, OUT, Pair};

/// A size that is less than every struct's.
const TOO_SHORT: u32 = 1;
/// Bytes of a size.
const WORD: usize = size_of::<u32>();

/// The struct of one call, which the kernel may write.
#[derive(Clone, Copy)]
pub struct Telling {
    /// Address of the program's.
    ours: usize,
    /// Address of the kernel's; behind it lie a copy of it as it was given, and one of the program's.
    theirs: usize,
    /// How much of the program's is there and known.
    size: u16,
    /// Their pair.
    pair: u16,
    /// Where the program's has its size.
    place: u16,
    /// The size that the kernel knows.
    known: u16,
}

/// The next multiple of eight.
#[inline]
fn words(size: usize) -> usize {
    size.next_multiple_of(8)
}

impl Telling {
    /// Converts the struct; returns the address that the kernel is given, and what it may write.
    ///
    /// # Errors
    ///
    /// What a step fails with, other than for what the kernel does not know.
    ///
    /// # Safety
    ///
    /// As [`crate::run`].
    #[inline(never)]
    pub unsafe fn take<'a>(
        program: Sound<'a>,
        caller: &impl Caller,
        frame: &mut Frame<'a>,
        argument: Argument,
        ours: usize,
    ) -> Result<(usize, Option<Telling>), u16> {
        let nowhere = (NOWHERE, None);
        let pair = Pair::from_bytes(*program.pair(argument.pair));
        let (known, whole) = (usize::from(pair.ours), usize::from(pair.theirs));
        let place = usize::from(argument.most);
        let Some(place_of_ours) = ours.checked_add(place).filter(|at| caller.can_read(*at, WORD)) else {
            return Ok(nowhere);
        };
        let theirs = frame.take(2 * words(whole) + known, 0).ok_or(E2BIG)?;
        let (before, copy) = (theirs + words(whole), theirs + 2 * words(whole));
        // SAFETY: it was just found readable.
        let given = unsafe { memory::read::<u32>(place_of_ours) };
        // Kernels take 0 for the size of the oldest version, or refuse it.
        let size = if given == 0 { argument.limit as usize } else { given as usize };
        let mut told = if given == 0 { 0 } else { u32::from(pair.theirs) };
        let mut fits = size <= SIZED_MAX as usize;
        if size < argument.limit as usize {
            told = TOO_SHORT;
        } else if fits {
            if !caller.can_read(ours, size) {
                return Ok(nowhere);
            }
            // SAFETY: these bytes were just found readable.
            fits = size <= known || unsafe { memory::is_filled(ours + known, size - known, 0) };
            // SAFETY: as above; the copy has as many as are known.
            unsafe { memory::copy(copy, ours, size.min(known)) };
        }
        // SAFETY: the offset is one of the program's struct.
        unsafe { memory::write(copy + place, told) };
        // SAFETY: both are in the arena.
        match unsafe { steps::run(program, frame, pair.inwards, copy, theirs) } {
            Ok(()) if fits => {}
            // SAFETY: the kernel's struct is in the arena.
            Ok(()) | Err(E2BIG) => unsafe { memory::fill(theirs, whole, 0xff) },
            Err(errno) => return Err(errno),
        }
        // SAFETY: both are in the arena.
        unsafe { memory::copy(before, theirs, whole) };
        let telling = Telling {
            ours,
            theirs,
            size: size.min(known) as u16,
            pair: argument.pair,
            place: argument.most,
            known: argument.errno,
        };
        Ok((theirs, (argument.flags & OUT != 0).then_some(telling)))
    }

    /// Gives the program what the kernel has written: after a call that failed, the size that it knows.
    ///
    /// # Errors
    ///
    /// EFAULT, or what a step fails with.
    ///
    /// # Safety
    ///
    /// As [`crate::run`].
    #[inline(never)]
    pub unsafe fn give_back<'a>(
        &self,
        program: Sound<'a>,
        caller: &impl Caller,
        frame: &mut Frame<'a>,
        failed: bool,
    ) -> Result<(), u16> {
        let Telling { ours, theirs, known, .. } = *self;
        let pair = Pair::from_bytes(*program.pair(self.pair));
        let whole = words(pair.theirs.into());
        let (before, copy) = (theirs + whole, theirs + 2 * whole);
        let (place, size) = (usize::from(self.place), usize::from(self.size));
        // SAFETY: both are in the arena.
        if unsafe { memory::is_same(theirs, before, usize::from(pair.theirs)) } {
            return Ok(());
        }
        if failed {
            if caller.can_write(ours + place, WORD) {
                // SAFETY: it was just found writable.
                unsafe { memory::write(ours + place, u32::from(known)) };
            }
            return Ok(());
        }
        // SAFETY: both are in the arena.
        unsafe { steps::run(program, frame, pair.outwards, theirs, copy) }?;
        // SAFETY: the offset is one of the program's struct.
        unsafe { memory::write(copy + place, size as u32) };
        if !caller.can_write(ours, size) {
            return Err(EFAULT);
        }
        // SAFETY: so many bytes were just found writable, and the copy has them.
        unsafe { memory::copy(ours, copy, size) };
        Ok(())
    }
}
