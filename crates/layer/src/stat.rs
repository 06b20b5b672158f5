//! The status of files: `struct stat`, as this machine's kernels write it.

use crate::Errno;
use crate::nr::NEWFSTATAT;
use crate::place::AT_EMPTY_PATH;
use crate::table::Table;
use core::mem::MaybeUninit;

/// `struct stat` of this machine.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Stat {
    pub dev: u64,
    pub ino: u64,
    pub nlink: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pad: u32,
    pub rdev: u64,
    pub size: u64,
    pub blksize: u64,
    pub blocks: u64,
    /// Last access, change of the contents, and change of the status: seconds and nanoseconds.
    pub times: [[u64; 2]; 3],
    reserved: [u64; 3],
}
const _: () = assert!(size_of::<Stat>() == 144);

const S_IFMT: u32 = 0o170_000;
const S_IFREG: u32 = 0o100_000;
const S_IFLNK: u32 = 0o120_000;
const S_IFDIR: u32 = 0o040_000;
const S_IFCHR: u32 = 0o020_000;

impl Stat {
    /// Asks for a file's status, as `newfstatat` does.
    ///
    /// # Errors
    ///
    /// Those of `newfstatat`.
    pub fn of(table: Table, dirfd: usize, path: usize, flags: u32) -> core::result::Result<Stat, Errno> {
        let mut stat = MaybeUninit::<Stat>::uninit();
        let to = stat.as_mut_ptr() as usize;
        // SAFETY: the kernel checks the path, and writes a `struct stat`.
        unsafe { table.call(NEWFSTATAT, [dirfd, path, to, flags as usize]) }?;
        // SAFETY: the call has filled it, and any bytes are a value.
        Ok(unsafe { stat.assume_init() })
    }

    /// Asks for the status of what a descriptor is open on.
    ///
    /// # Errors
    ///
    /// EBADF for what is no descriptor.
    pub fn of_descriptor(table: Table, fd: usize) -> core::result::Result<Stat, Errno> {
        Stat::of(table, fd, c"".as_ptr() as usize, AT_EMPTY_PATH)
    }

    /// Whether it is a symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode & S_IFMT == S_IFLNK
    }

    /// Whether it is a regular file or a folder.
    pub fn is_file_or_folder(&self) -> bool {
        matches!(self.mode & S_IFMT, S_IFREG | S_IFDIR)
    }

    /// Whether it is a character device.
    pub fn is_character_device(&self) -> bool {
        self.mode & S_IFMT == S_IFCHR
    }
}
