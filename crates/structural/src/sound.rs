//! A program that was found sound: its records, read where they lie, with nothing checked once more.
//!
//! Everything in a program is a record of 16 bytes: the head, then arguments, pairs, steps, entries. What
//! [`Program::is_sound`] has found of their indexes holds for as long as nobody writes to them, and images of maps are
//! mapped so that nobody does.

use core::marker::PhantomData;
use libsys_image::program::{Argument, List, Program, RECORD, Record};

/// A sound program.
#[derive(Clone, Copy, Debug)]
pub struct Sound<'a> {
    /// Its address.
    at: *const [u8; RECORD],
    bytes: PhantomData<&'a [u8]>,
}

impl<'a> Sound<'a> {
    /// The program that begins at an address.
    ///
    /// # Safety
    ///
    /// A program lies there for as long as this is used, it is sound ([`Program::is_sound`]), and nobody writes to it.
    #[must_use]
    #[inline]
    pub const unsafe fn at(address: *const u8) -> Sound<'a> {
        Sound { at: address.cast(), bytes: PhantomData }
    }

    /// A program, if it is sound.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Option<Sound<'a>> {
        Program::read(bytes)?.is_sound().then_some(Sound { at: bytes.as_ptr().cast(), bytes: PhantomData })
    }

    /// The record with an index, the head's being 0.
    ///
    /// # Safety
    ///
    /// The program has that one.
    #[inline(always)]
    unsafe fn record(self, index: usize) -> &'a [u8; RECORD] {
        let at = self.at.wrapping_add(index);
        // SAFETY: bytes of the program, which nobody writes to, at any alignment.
        unsafe { &*at }
    }

    #[inline(always)]
    fn head(self) -> &'a [u8; RECORD] {
        // SAFETY: every program has a head.
        unsafe { self.record(0) }
    }

    #[inline(always)]
    fn half<const AT: usize>(self) -> usize {
        let head = self.head();
        u16::from_le_bytes([head[AT], head[AT + 1]]).into()
    }

    /// The number of its call.
    #[must_use]
    #[inline]
    pub fn nr(self) -> usize {
        self.half::<4>()
    }

    /// The word of the vDSO in the data page, plus 1; 0: the call enters the kernel.
    #[must_use]
    #[inline]
    pub fn vdso(self) -> u8 {
        self.head()[6]
    }

    /// Whether the call's result is a C int.
    #[inline]
    pub(crate) fn is_int(self) -> bool {
        self.head()[7] & 1 != 0
    }

    /// Whether the call's result is a new file descriptor.
    #[inline]
    pub(crate) fn opens(self) -> bool {
        self.head()[7] & 2 != 0
    }

    #[inline]
    fn pairs(self) -> usize {
        1 + usize::from(self.head()[8])
    }

    #[inline]
    fn steps(self) -> usize {
        self.pairs() + self.half::<10>()
    }

    #[inline]
    fn all_entries(self) -> usize {
        self.steps() + self.half::<12>()
    }

    /// Its arguments.
    #[inline]
    pub(crate) fn arguments(self) -> impl Iterator<Item = Argument> {
        // SAFETY: it has as many.
        (1..self.pairs()).map(move |i| Argument::from_bytes(*unsafe { self.record(i) }))
    }

    /// A pair of an argument or a step.
    #[inline(always)]
    pub(crate) fn pair(self, index: u16) -> &'a [u8; RECORD] {
        // SAFETY: pairs that a sound program names are some of its own.
        unsafe { self.record(self.pairs() + usize::from(index)) }
    }

    #[inline(always)]
    fn records(self, first: usize, count: usize) -> Records<'a> {
        let at = self.at.wrapping_add(first);
        Records { at, end: at.wrapping_add(count), bytes: PhantomData }
    }

    /// The steps of a list.
    #[inline(always)]
    pub(crate) fn list(self, list: List) -> Records<'a> {
        self.records(self.steps() + usize::from(list.first), list.count.into())
    }

    /// Entries of its translations: what values of the source are in the target.
    #[inline(always)]
    pub(crate) fn entries(self, first: usize, count: usize) -> impl Iterator<Item = (u64, u64)> {
        self.records(self.all_entries() + first, count).map(|Record(bytes)| {
            let words = u128::from_le_bytes(*bytes);
            (words as u64, (words >> 64) as u64)
        })
    }

    /// What an error of the kernel's is for the program.
    #[inline]
    pub(crate) fn error(self, errno: u16) -> u16 {
        let mut errors = self.entries(0, self.head()[9].into());
        errors.find(|(theirs, _)| *theirs == u64::from(errno)).map_or(errno, |(_, ours)| ours as u16)
    }
}

/// Records of a program, one after the other. Steps of a sound program do not pass over the end of their list.
pub struct Records<'a> {
    at: *const [u8; RECORD],
    end: *const [u8; RECORD],
    bytes: PhantomData<&'a [u8]>,
}

impl Records<'_> {
    /// Passes over some.
    #[inline(always)]
    pub fn pass(&mut self, count: u16) {
        self.at = self.at.wrapping_add(count.into());
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Record<'a>> {
        if self.at == self.end {
            return None;
        }
        // SAFETY: it lies before the end, and nobody writes to it.
        let record = Record(unsafe { &*self.at });
        self.at = self.at.wrapping_add(1);
        Some(record)
    }
}
