//! Files as old calls can name them: by one path, where newer calls take a descriptor, or a folder and a path.
//!
//! The path leads through /proc to the thread's own descriptors, so that it names the very file that a descriptor
//! is open on, a symbolic link as well. A conversion answers ENOSYS where nothing of the kind of /proc is mounted.

use crate::errno::ENOSYS;
use crate::nr::{CLOSE, FCNTL, OPENAT, STATFS};
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

/// The descriptors of this thread: since Linux 3.17. A thread may have a table of its own, and the first one may
/// have ended, so those of `self` are not always the same.
const DESCRIPTORS: &[u8; 21] = b"/proc/thread-self/fd/";
const WORKING_FOLDER: &[u8; 22] = b"/proc/thread-self/cwd\0";
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
    text: [u8; Place::SIZE],
    /// Kept open as long as the path is used.
    _opened: Option<Opened>,
}

impl Place {
    /// Bytes of the longest path with its NUL.
    pub const SIZE: usize = 32;

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
        is_there(table)?;
        if fd as i32 == AT_FDCWD {
            let mut text = [0; Place::SIZE];
            text.iter_mut().zip(WORKING_FOLDER).for_each(|(to, from)| *to = *from);
            return Ok(Place { text, _opened: None });
        }
        Ok(Place { text: text(fd as u32), _opened: None })
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
        is_there(table)?;
        Ok(Place { text: text(opened.fd as u32), _opened: Some(opened) })
    }

    /// The bytes of the path.
    pub fn text(&self) -> &[u8] {
        self.text.split(|byte| *byte == 0).next().unwrap_or(&[])
    }

    /// The address of the path. The path is valid as long as this value stays where it is.
    pub fn path(&self) -> usize {
        self.text.as_ptr() as usize
    }
}

/// Whether /proc is mounted, and is what it is called.
///
/// # Errors
///
/// ENOSYS when it is not.
pub fn is_there(table: Table) -> core::result::Result<(), Errno> {
    if is_proc(table, STATFS, c"/proc/thread-self/fd".as_ptr() as usize) { Ok(()) } else { Err(ENOSYS) }
}

/// Whether a file is one of /proc, which `statfs` says of a path and `fstatfs` of a descriptor.
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

/// The path of a descriptor in /proc: at most 21 + 10 bytes and the NUL.
fn text(fd: u32) -> [u8; Place::SIZE] {
    let mut digits = [0u8; 10];
    let mut left = fd;
    let mut count = 0;
    for digit in &mut digits {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
        count += 1;
        if left == 0 {
            break;
        }
    }
    let mut text = [0; Place::SIZE];
    let from = DESCRIPTORS.iter().chain(digits.iter().take(count).rev());
    text.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    text
}
