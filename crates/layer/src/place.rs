//! Files as old calls can name them: by one path, where newer calls take a descriptor, or a folder and a path.
//!
//! The path leads through /proc to the thread's own descriptors, so that it names the very file that a descriptor
//! is open on, a symbolic link as well. A conversion answers ENOSYS where nothing of the kind of /proc is mounted.

use crate::errno::ENOSYS;
use crate::nr::{CLOSE, FCNTL, GETTID, OPENAT, STATFS};
use crate::table::Table;
use crate::{Errno, Result, memory};
use core::mem::MaybeUninit;

/// Stands for the working folder, where a descriptor of a folder is wanted.
pub const AT_FDCWD: i32 = -100;
pub const AT_SYMLINK_NOFOLLOW: u32 = 0x100;
pub const AT_NO_AUTOMOUNT: u32 = 0x800;
pub const AT_EMPTY_PATH: u32 = 0x1000;

pub const O_RDONLY: usize = 0;
pub const O_DIRECTORY: usize = 0o200_000;
pub const O_NOFOLLOW: usize = 0o400_000;
pub const O_CLOEXEC: usize = 0o2_000_000;
pub const O_PATH: usize = 0o10_000_000;

/// This thread in /proc: since Linux 3.17. A thread may have a table of descriptors of its own, and the first one may
/// have ended, so those of `self` are not always the same.
const THREAD: &[u8] = b"/proc/thread-self";
/// The same before that, with the thread's number behind it.
const TASKS: &[u8] = b"/proc/self/task/";
/// What `statfs` says of /proc.
const PROC_SUPER_MAGIC: usize = 0x9fa0;

const F_GETFD: usize = 1;

/// A descriptor of the layer's own, closed when it is dropped.
#[derive(Debug)]
pub struct Opened {
    table: Table,
    fd: usize,
}

impl Opened {
    /// Opens a file; O_CLOEXEC is added.
    ///
    /// # Errors
    ///
    /// Those of `openat`.
    pub fn new(table: Table, dirfd: usize, path: usize, flags: usize) -> core::result::Result<Opened, Errno> {
        // SAFETY: the kernel checks the path.
        let fd = unsafe { table.call(OPENAT, [dirfd, path, flags | O_CLOEXEC]) }?;
        Ok(Opened { table, fd })
    }

    /// A descriptor that was opened in another way.
    pub fn of(table: Table, fd: usize) -> Opened {
        Opened { table, fd }
    }

    /// Its number.
    pub fn fd(&self) -> usize {
        self.fd
    }

    /// Its number, which nobody closes any more.
    pub fn keep(self) -> usize {
        core::mem::ManuallyDrop::new(self).fd
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: nobody else knows the descriptor.
        let _ = unsafe { self.table.call(CLOSE, [self.fd]) };
    }
}

/// A path in /proc that leads to one file.
#[derive(Debug)]
pub struct Place {
    text: Text,
    /// Kept open as long as the path is used.
    _opened: Option<Opened>,
}

/// A short path, ended by NULs.
#[derive(Clone, Copy, Debug)]
pub struct Text([u8; Place::SIZE]);

impl Text {
    /// A path that begins so.
    pub fn new(begin: &[u8]) -> Text {
        Text([0; Place::SIZE]).then(begin)
    }

    /// Appends bytes; what does not fit is left out.
    pub fn then(mut self, bytes: &[u8]) -> Text {
        let end = self.bytes().len();
        let room = self.0.iter_mut().skip(end).take(Place::SIZE.saturating_sub(end + 1));
        room.zip(bytes).for_each(|(to, from)| *to = *from);
        self
    }

    /// Appends a number.
    pub fn then_number(self, number: u32) -> Text {
        let mut digits = [b'0'; 10];
        let mut left = number;
        let mut first = digits.len();
        for (i, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + (left % 10) as u8;
            left /= 10;
            first = i;
            if left == 0 {
                break;
            }
        }
        self.then(digits.get(first..).unwrap_or(&[]))
    }

    /// The bytes before the first NUL.
    fn bytes(&self) -> &[u8] {
        self.0.split(|byte| *byte == 0).next().unwrap_or(&[])
    }

    /// The address of the path. It is valid as long as this value stays where it is.
    pub fn address(&self) -> usize {
        self.0.as_ptr() as usize
    }
}

impl Place {
    /// Bytes of the longest path with its NUL, and a few more: 16 and 10 for the thread, 4 and 10 for the descriptor.
    pub const SIZE: usize = 48;

    /// The folder of this thread's descriptors.
    ///
    /// # Errors
    ///
    /// ENOSYS without /proc.
    pub fn descriptors(table: Table) -> core::result::Result<Place, Errno> {
        Ok(Place { text: thread(table)?.then(b"/fd"), _opened: None })
    }

    /// What a descriptor is open on, or the working folder for AT_FDCWD: what an empty path means.
    ///
    /// # Errors
    ///
    /// EBADF for what is no descriptor; ENOSYS without /proc.
    pub fn of_descriptor(table: Table, fd: usize) -> core::result::Result<Place, Errno> {
        if fd as i32 != AT_FDCWD {
            // SAFETY: it reads a flag.
            unsafe { table.call(FCNTL, [fd, F_GETFD]) }?;
        }
        let thread = thread(table)?;
        let text = match fd as i32 {
            AT_FDCWD => thread.then(b"/cwd"),
            fd => thread.then(b"/fd/").then_number(fd as u32),
        };
        Ok(Place { text, _opened: None })
    }

    /// The file of a path; a symbolic link at its end is not followed if `nofollow` is set.
    ///
    /// # Errors
    ///
    /// Those of `openat`, of which EMFILE and ENFILE come from needing a descriptor; ENOSYS without /proc.
    pub fn open(
        table: Table,
        dirfd: usize,
        path: usize,
        nofollow: bool,
    ) -> core::result::Result<Place, Errno> {
        let flags = if nofollow { O_PATH | O_NOFOLLOW } else { O_PATH };
        let opened = Opened::new(table, dirfd, path, flags)?;
        let text = thread(table)?.then(b"/fd/").then_number(opened.fd as u32);
        Ok(Place { text, _opened: Some(opened) })
    }

    /// The bytes of the path.
    pub fn text(&self) -> &[u8] {
        self.text.bytes()
    }

    /// The address of the path. The path is valid as long as this value stays where it is.
    pub fn path(&self) -> usize {
        self.text.address()
    }
}

/// This thread in /proc, which must be mounted, and be what it is called.
///
/// # Errors
///
/// ENOSYS when it is not.
fn thread(table: Table) -> core::result::Result<Text, Errno> {
    let is_there = |thread: Text| {
        let folder = thread.then(b"/fd");
        is_proc(table, STATFS, folder.address())
    };
    let thread = Text::new(THREAD);
    if is_there(thread) {
        return Ok(thread);
    }
    // SAFETY: it returns a number.
    let number = unsafe { table.call(GETTID, []) }? as u32;
    // Where /proc counts otherwise, being that of other processes, there is no such thread.
    let thread = Text::new(TASKS).then_number(number);
    if is_there(thread) { Ok(thread) } else { Err(ENOSYS) }
}

/// Whether a file is one of /proc: `nr` is STATFS for a path that ends in NUL, FSTATFS for a descriptor.
pub fn is_proc(table: Table, nr: usize, file: usize) -> bool {
    // SAFETY: these calls check what they are given.
    unsafe { file_system(table, nr, file) == Ok(PROC_SUPER_MAGIC) }
}

/// What kind of file system a file lies on, by `statfs` or `fstatfs`.
///
/// # Errors
///
/// Those of the call.
///
/// # Safety
///
/// `nr` is that of one of these calls, `file` its argument.
pub unsafe fn file_system(table: Table, nr: usize, file: usize) -> Result {
    // `struct statfs` has 120 bytes and begins with the kind.
    let mut status = MaybeUninit::<[usize; 15]>::uninit();
    // SAFETY: as much may be written.
    unsafe { table.call(nr, [file, status.as_mut_ptr() as usize]) }?;
    // SAFETY: the call has filled it.
    Ok(unsafe { status.as_ptr().cast::<usize>().read() })
}

/// Whether a path is the empty one.
///
/// # Errors
///
/// EFAULT when it cannot be read.
pub fn is_empty(table: Table, path: usize) -> core::result::Result<bool, Errno> {
    Ok(memory::read::<u8>(table, path)? == 0)
}
