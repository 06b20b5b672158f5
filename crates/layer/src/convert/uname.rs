//! `uname` as it was at another release, for programs that look at it instead of asking for calls.

use crate::Arguments;
use crate::table::Table;

/// Where the release begins in `struct new_utsname`, and the bytes for it.
const RELEASE_AT: usize = 130;
const RELEASE_SIZE: usize = 65;
/// Room for `255.255.255`.
const TEXT_SIZE: usize = 16;

/// `uname` has been made; here its release is replaced by the one that the data page names, as `5.10.0`: three numbers,
/// as every kernel since 3.0 has begun with, and nothing behind them. Exact but for that.
pub fn uname(table: Table, arguments: &Arguments, answer: isize) -> isize {
    let release = table.reported_release();
    if answer != 0 || release == 0 {
        return answer;
    }
    let mut text = [0u8; TEXT_SIZE];
    let mut end = text.iter_mut();
    for (i, shift) in [16, 8, 0].into_iter().enumerate() {
        if i != 0 {
            put(&mut end, b'.');
        }
        decimal(&mut end, (release >> shift) as u8);
    }
    let [names, ..] = *arguments;
    let to = names.wrapping_add(RELEASE_AT);
    // SAFETY: the kernel has just written there.
    unsafe { crate::bytes::copy(to, text.as_ptr() as usize, TEXT_SIZE) };
    // SAFETY: as above.
    unsafe { crate::bytes::clear(to.wrapping_add(TEXT_SIZE), RELEASE_SIZE - TEXT_SIZE) };
    answer
}

fn put<'a>(end: &mut impl Iterator<Item = &'a mut u8>, byte: u8) {
    if let Some(place) = end.next() {
        *place = byte;
    }
}

fn decimal<'a>(end: &mut impl Iterator<Item = &'a mut u8>, number: u8) {
    if number >= 100 {
        put(end, b'0' + number / 100);
    }
    if number >= 10 {
        put(end, b'0' + number / 10 % 10);
    }
    put(end, b'0' + number % 10);
}
