//! Closing many descriptors: `close_range`.

use crate::errno::{EINVAL, EMFILE, ENOSYS, EPERM};
use crate::nr::{CLOSE, FCNTL, GETDENTS64, UNSHARE};
use crate::place::{AT_FDCWD, O_DIRECTORY, O_RDONLY, Opened, Place};
use crate::table::Table;
use crate::{Arguments, Errno, Result};
use core::mem::MaybeUninit;

const CLOSE_RANGE_UNSHARE: u32 = 2;
const CLOSE_RANGE_CLOEXEC: u32 = 4;
const CLONE_FILES: usize = 0x400;
const F_SETFD: usize = 2;
const FD_CLOEXEC: usize = 1;

/// Ranges of up to this many are gone through one by one, which is faster than to look which are open.
const FEW: u32 = 32;
/// Ranges of up to this many are gone through where nobody can be asked: some milliseconds.
const MANY: u32 = 0x1_0000;

/// `close_range` (5.9, CLOSE_RANGE_CLOEXEC 5.11): one after the other those that /proc lists, so that one which
/// another thread opens meanwhile may stay open, unless CLOSE_RANGE_UNSHARE is set.
///
/// Nothing is left open for want of /proc or of a descriptor to read it by: small ranges are gone through, and
/// large ones are refused with ENOSYS or EMFILE. So is CLOSE_RANGE_UNSHARE where a filter refuses `unshare`.
pub fn close_range(table: Table, arguments: &Arguments) -> Result {
    let [first, last, flags, ..] = arguments.map(|argument| argument as u32);
    if flags & !(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) != 0 || first > last {
        return Err(EINVAL);
    }
    let range = Range { table, first, last, keeps: flags & CLOSE_RANGE_CLOEXEC != 0 };
    let few = last - first < FEW;
    let open = if few { None } else { Place::descriptors(table).ok() };
    if open.is_none() && last - first >= MANY {
        return Err(ENOSYS);
    }
    if flags & CLOSE_RANGE_UNSHARE != 0 {
        // SAFETY: the caller wants it.
        let own = unsafe { table.call(UNSHARE, [CLONE_FILES]) };
        // No kernel forbids this, but filters of containers do, and programs expect no such answer.
        own.map_err(|errno| if errno == EPERM { ENOSYS } else { errno })?;
    }
    match open.map_or(Err(EMFILE), |open| range.go_through(&open)) {
        Err(EMFILE) if last - first < MANY => (first..=last).for_each(|fd| range.close(fd)),
        done => done?,
    }
    Ok(0)
}

/// What to close.
struct Range {
    table: Table,
    first: u32,
    last: u32,
    /// Whether they are closed only when another program is executed.
    keeps: bool,
}

impl Range {
    /// Closes one. That it was not open, or that its file's last writing failed, is nobody's business.
    fn close(&self, fd: u32) {
        let fd = fd as usize;
        let _ = if self.keeps {
            // SAFETY: the caller wants it.
            unsafe { self.table.call(FCNTL, [fd, F_SETFD, FD_CLOEXEC]) }
        } else {
            // SAFETY: the caller wants it.
            unsafe { self.table.call(CLOSE, [fd]) }
        };
    }

    /// Closes those that /proc lists. It lists them by number, and goes on behind the last, so that closing them
    /// meanwhile does not confuse it.
    fn go_through(&self, open: &Place) -> core::result::Result<(), Errno> {
        let folder = self.open_folder(open)?;
        // 1 KiB of entries: a number, a position, the length of the entry, a type, and the name.
        let mut buffer = MaybeUninit::<[u64; 128]>::uninit();
        loop {
            let to = buffer.as_mut_ptr() as usize;
            // SAFETY: that many bytes may be written.
            let size = unsafe { self.table.call(GETDENTS64, [folder.fd(), to, size_of_val(&buffer)]) }?;
            if size == 0 {
                return Ok(());
            }
            // SAFETY: the call has filled that many bytes; entries are whole words.
            let mut entries = unsafe { core::slice::from_raw_parts(buffer.as_ptr().cast::<u64>(), size / 8) };
            while let [_, _, head, name @ ..] = entries {
                match number(*head, name) {
                    Some(fd) if fd as usize == folder.fd() => {}
                    Some(fd) if self.first <= fd && fd <= self.last => self.close(fd),
                    _ => {}
                }
                let length = (*head & 0xffff) as usize / 8;
                entries = entries.get(length.max(3)..).unwrap_or(&[]);
            }
        }
    }

    fn open_folder(&self, folder: &Place) -> core::result::Result<Opened, Errno> {
        let open = || Opened::new(self.table, AT_FDCWD as usize, folder.path(), O_RDONLY | O_DIRECTORY);
        let opened = open();
        if opened.as_ref().is_err_and(|errno| *errno == EMFILE) && !self.keeps {
            // All numbers are taken that may be: this one as well, if it is below the limit.
            self.close(self.first);
            return open();
        }
        opened
    }
}

/// The number that an entry's name spells, if it is one. The name begins in the fourth byte of the third word.
fn number(head: u64, rest: &[u64]) -> Option<u32> {
    let bytes = core::iter::once(head).chain(rest.iter().copied()).flat_map(u64::to_le_bytes);
    let mut number = None;
    for byte in bytes.skip(3).take_while(|byte| *byte != 0) {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        number = Some(number.unwrap_or(0u32).wrapping_mul(10).wrapping_add(digit));
    }
    number
}
