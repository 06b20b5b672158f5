//! Bytes at addresses: copied, filled and compared without C's functions, which the layer does not have.
//!
//! Compilers know loops that copy or fill, and would call those functions for them. So copies move two words a turn,
//! and fills are volatile.

const WORD: usize = size_of::<u64>();

/// Reads a value at any alignment.
///
/// # Safety
///
/// Its bytes can be read, and any are a value.
#[inline]
pub unsafe fn read<T: Copy>(at: usize) -> T {
    // SAFETY: the caller's duty.
    unsafe { (at as *const T).read_unaligned() }
}

/// Writes a value at any alignment.
///
/// # Safety
///
/// Its bytes can be written.
#[inline]
pub unsafe fn write<T: Copy>(at: usize, value: T) {
    // SAFETY: the caller's duty.
    unsafe { (at as *mut T).write_unaligned(value) };
}

/// Moves one value.
///
/// # Safety
///
/// It can be read and written, and any bytes are one.
#[inline(always)]
pub unsafe fn transfer<T: Copy>(to: usize, from: usize) {
    // SAFETY: the caller's duty.
    let value = unsafe { read::<T>(from) };
    // SAFETY: the caller's duty.
    unsafe { write::<T>(to, value) };
}

/// Copies bytes.
///
/// # Safety
///
/// They can be read and written, and do not overlap.
#[inline]
pub unsafe fn copy(mut to: usize, mut from: usize, size: usize) {
    let end = from + (size & !(2 * WORD - 1));
    while from < end {
        // SAFETY: the caller's duty; so for all below.
        let [first, second] = unsafe { read::<[u64; 2]>(from) };
        // SAFETY: as above.
        unsafe { write(to, first) };
        // SAFETY: as above.
        unsafe { write(to + WORD, second) };
        from += 2 * WORD;
        to += 2 * WORD;
    }
    let mut step = |size: usize| {
        from += size;
        to += size;
        (to - size, from - size)
    };
    if size & 8 != 0 {
        let (to, from) = step(8);
        // SAFETY: as above.
        unsafe { transfer::<u64>(to, from) };
    }
    if size & 4 != 0 {
        let (to, from) = step(4);
        // SAFETY: as above.
        unsafe { transfer::<u32>(to, from) };
    }
    if size & 2 != 0 {
        let (to, from) = step(2);
        // SAFETY: as above.
        unsafe { transfer::<u16>(to, from) };
    }
    if size & 1 != 0 {
        // SAFETY: as above.
        unsafe { transfer::<u8>(to, from) };
    }
}

/// Makes all bytes the same.
///
/// # Safety
///
/// They can be written.
#[inline]
pub unsafe fn fill(to: usize, size: usize, byte: u8) {
    let mut at = 0;
    if to.is_multiple_of(WORD) {
        while at + WORD <= size {
            // SAFETY: the caller's duty; it is aligned.
            unsafe { ((to + at) as *mut u64).write_volatile(u64::from_ne_bytes([byte; WORD])) };
            at += WORD;
        }
    }
    while at < size {
        // SAFETY: the caller's duty.
        unsafe { ((to + at) as *mut u8).write_volatile(byte) };
        at += 1;
    }
}

/// Makes all bytes of some words the same.
///
/// # Safety
///
/// They are aligned and can be written.
#[inline]
pub unsafe fn fill_words(to: usize, words: usize, byte: u8) {
    let word = u64::from_ne_bytes([byte; WORD]);
    let (mut at, end) = (to as *mut u64, (to + words * WORD) as *mut u64);
    // SAFETY: the caller's duty; so for all below.
    let put = |at: *mut u64| unsafe { at.write_volatile(word) };
    if !words.is_multiple_of(2) {
        put(at);
        at = at.wrapping_add(1);
    }
    while at != end {
        put(at);
        put(at.wrapping_add(1));
        at = at.wrapping_add(2);
    }
}

/// Whether all bytes are the same.
///
/// # Safety
///
/// They can be read.
#[inline]
pub unsafe fn is_filled(from: usize, size: usize, byte: u8) -> bool {
    let word = u64::from_ne_bytes([byte; WORD]);
    // SAFETY: the caller's duty.
    let is_word = |at: usize| unsafe { read::<u64>(from + at) } == word;
    // SAFETY: the caller's duty.
    let is_byte = |at: usize| unsafe { read::<u8>(from + at) } == byte;
    every_word(size, is_word, is_byte)
}

/// Whether bytes are the same as others.
///
/// # Safety
///
/// Both can be read.
#[inline]
pub unsafe fn is_same(a: usize, b: usize, size: usize) -> bool {
    // SAFETY: the caller's duty.
    let word = |at: usize| unsafe { read::<u64>(at) };
    // SAFETY: the caller's duty.
    let byte = |at: usize| unsafe { read::<u8>(at) };
    every_word(size, |at| word(a + at) == word(b + at), |at| byte(a + at) == byte(b + at))
}

/// Whether something holds for all of some bytes: asked for words, of which the last two may overlap, or for bytes if there
/// are fewer than in a word.
#[inline(always)]
fn every_word(size: usize, word: impl Fn(usize) -> bool, byte: impl Fn(usize) -> bool) -> bool {
    if size < WORD {
        return (0..size).all(byte);
    }
    let last = size - WORD;
    let mut at = 0;
    while at < last {
        if !word(at) {
            return false;
        }
        at += WORD;
    }
    word(last)
}
