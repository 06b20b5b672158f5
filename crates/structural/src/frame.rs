//! What one call has on the stack: the kernel's structs, and whose structs of the program's they are.

use crate::measure::Measures;
use crate::{Caller, EFAULT, Sound, memory, steps};
use core::mem::MaybeUninit;
use libsys_image::program::{ARENA, ARRAY, BLOCKS, IN, OUT, Pair, RECORD};

/// Flag of a block: its structs of the program's are a copy that the layer has made.
pub const OWN: u8 = 0x80;
/// What fills arrays that the kernel only writes: it tells the elements that it has written.
const UNWRITTEN: u8 = 0xa5;

/// One or more structs of one pair.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// Address of the program's.
    ours: usize,
    /// Address of the kernel's.
    theirs: usize,
    /// Address of a copy of the kernel's as they were given to it; 0: they were all the same byte.
    before: usize,
    /// Their [`Pair`], as it lies in the program.
    pair: &'a [u8; RECORD],
    /// How many.
    count: u16,
    /// [`IN`], [`OUT`], [`ARRAY`], [`OWN`].
    flags: u8,
}

impl Block<'_> {
    /// The byte that the kernel's structs are filled with first.
    #[inline]
    fn filling(&self) -> u8 {
        if self.flags & (IN | ARRAY) == ARRAY { UNWRITTEN } else { 0 }
    }

    /// Whether the kernel has changed its struct `i`, of `size` bytes.
    ///
    /// # Safety
    ///
    /// The block is one of a frame, and has that struct.
    #[inline]
    unsafe fn is_changed(&self, i: usize, size: usize) -> bool {
        let at = self.theirs + i * size;
        if self.before == 0 {
            // SAFETY: in the arena, and filled.
            unsafe { !memory::is_filled(at, size, self.filling()) }
        } else {
            // SAFETY: both in the arena, and filled.
            unsafe { !memory::is_same(at, self.before + i * size, size) }
        }
    }
}

/// The stack of one call.
pub struct Frame<'a> {
    arena: [MaybeUninit<u64>; ARENA / 8],
    /// Words that are taken.
    taken: usize,
    blocks: [MaybeUninit<Block<'a>>; BLOCKS],
    /// Blocks that there are.
    count: usize,
    /// Numbers, and what they count.
    pub measures: Measures,
}

impl<'a> Frame<'a> {
    /// An empty one.
    #[inline]
    pub const fn new() -> Frame<'a> {
        Frame {
            arena: [const { MaybeUninit::uninit() }; ARENA / 8],
            taken: 0,
            blocks: [const { MaybeUninit::uninit() }; BLOCKS],
            count: 0,
            measures: Measures::new(),
        }
    }

    /// The address of what is taken first.
    #[inline]
    pub fn arena(&self) -> usize {
        self.arena.as_ptr() as usize
    }

    /// The number that the next block has.
    #[inline]
    pub const fn next_block(&self) -> u16 {
        self.count as u16
    }

    /// Says how many structs of a block the kernel has written; there are not more than before.
    #[inline]
    pub fn has_elements(&mut self, block: u16, count: u64) {
        let index = usize::from(block);
        let Some(mut known) = self.block(index) else { return };
        known.count = count.min(known.count.into()) as u16;
        if let Some(place) = self.blocks.get_mut(index) {
            *place = MaybeUninit::new(known);
        }
    }

    /// Takes memory, all of one byte; returns its address, aligned to 8 bytes.
    #[inline]
    pub fn take(&mut self, size: usize, filling: u8) -> Option<usize> {
        let words = size.div_ceil(8);
        let part = self.arena.get_mut(self.taken..)?.get_mut(..words)?;
        self.taken += words;
        let at = part.as_mut_ptr() as usize;
        // SAFETY: that many words are there, and are nobody else's.
        unsafe { memory::fill_words(at, words, filling) };
        Some(at)
    }

    /// Adds a block; returns the address of the kernel's structs, which are not converted yet.
    ///
    /// # Errors
    ///
    /// `errno` when there is no room.
    #[inline]
    pub fn add(
        &mut self,
        pair: &'a [u8; RECORD],
        ours: usize,
        count: u16,
        flags: u8,
        errno: u16,
    ) -> Result<usize, u16> {
        let mut block = Block { ours, theirs: 0, before: 0, pair, count, flags };
        let size = usize::from(Pair::from_bytes(*pair).theirs) * usize::from(count);
        let place = self.count;
        block.theirs = self.take(size, block.filling()).ok_or(errno)?;
        if flags & (IN | OUT) == IN | OUT {
            block.before = self.take(size, 0).ok_or(errno)?;
        }
        *self.blocks.get_mut(place).ok_or(errno)? = MaybeUninit::new(block);
        self.count = place + 1;
        Ok(block.theirs)
    }

    #[inline]
    fn block(&self, i: usize) -> Option<Block<'a>> {
        let block = if i < self.count { self.blocks.get(i) } else { None };
        // SAFETY: the first `count` ones were written.
        block.map(|block| unsafe { block.assume_init() })
    }

    /// Converts all blocks that the kernel reads, those that are found on the way too.
    ///
    /// # Errors
    ///
    /// EFAULT, or what a step fails with.
    ///
    /// # Safety
    ///
    /// As [`crate::run`].
    #[inline]
    pub unsafe fn inwards(&mut self, program: Sound<'a>, caller: &impl Caller) -> Result<(), u16> {
        let mut next = 0;
        while let Some(block) = self.block(next) {
            next += 1;
            if block.flags & IN == 0 {
                continue;
            }
            let pair = Pair::from_bytes(*block.pair);
            let (ours, theirs) = (usize::from(pair.ours), usize::from(pair.theirs));
            let count = usize::from(block.count);
            if block.flags & OWN == 0 && !caller.can_read(block.ours, ours * count) {
                return Err(EFAULT);
            }
            for i in 0..count {
                let (from, to) = (block.ours + i * ours, block.theirs + i * theirs);
                // SAFETY: both lie in their blocks, of which one was just found readable.
                unsafe { steps::run(program, self, pair.inwards, from, to) }?;
            }
            if block.before != 0 {
                // SAFETY: both are in the arena and have that size.
                unsafe { memory::copy(block.before, block.theirs, theirs * count) };
            }
        }
        Ok(())
    }

    /// Converts what the kernel has written: after success every struct that stands alone, and else those that have
    /// changed. Returns whether there was one.
    ///
    /// # Errors
    ///
    /// EFAULT, or what a step fails with.
    ///
    /// # Safety
    ///
    /// As [`crate::run`].
    #[inline]
    pub unsafe fn outwards(
        &mut self,
        program: Sound<'a>,
        caller: &impl Caller,
        failed: bool,
    ) -> Result<bool, u16> {
        let mut written = false;
        for i in 0..self.count {
            let Some(block) = self.block(i).filter(|block| block.flags & OUT != 0) else { continue };
            let pair = Pair::from_bytes(*block.pair);
            let (ours, theirs) = (usize::from(pair.ours), usize::from(pair.theirs));
            let count = usize::from(block.count);
            if !failed && block.flags & ARRAY == 0 {
                // It stands alone, as most do.
                if block.flags & OWN == 0 && !caller.can_write(block.ours, ours) {
                    return Err(EFAULT);
                }
                // SAFETY: one lies in the arena, the other was just found writable.
                unsafe { steps::run(program, self, pair.outwards, block.theirs, block.ours) }?;
                written = true;
                continue;
            }
            // SAFETY: the block has these structs.
            let is_written = |i: usize| unsafe { block.is_changed(i, theirs) };
            let mut at = 0;
            while at < count {
                // As many as follow each other are asked for at once: asking overwrites.
                let mut end = at;
                while end < count && is_written(end) {
                    end += 1;
                }
                if end == at {
                    at += 1;
                    continue;
                }
                if block.flags & OWN == 0 && !caller.can_write(block.ours + at * ours, (end - at) * ours) {
                    return Err(EFAULT);
                }
                written = true;
                for i in at..end {
                    let (from, to) = (block.theirs + i * theirs, block.ours + i * ours);
                    // SAFETY: both lie in their blocks, of which one was just found writable.
                    unsafe { steps::run(program, self, pair.outwards, from, to) }?;
                }
                at = end;
            }
        }
        Ok(written)
    }
}
