//! Files in memory: `memfd_create`.

use crate::errno::{EEXIST, EINVAL, EISDIR, EMFILE, ENFILE, ENOSYS};
use crate::nr::{FCHMOD, FCNTL, FSTATFS, GETTID, OPENAT, UNLINKAT};
use crate::place::{AT_FDCWD, O_CLOEXEC, O_DIRECTORY, Opened, Text, file_system};
use crate::table::Table;
use crate::{Arguments, Errno, Result, text};

const MFD_CLOEXEC: u32 = 1;
const MFD_ALLOW_SEALING: u32 = 2;
const MFD_HUGETLB: u32 = 4;
const MFD_NOEXEC_SEAL: u32 = 8;
const MFD_EXEC: u32 = 16;
const FLAGS: u32 = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC;
const HUGE_SIZE: u32 = 0xfc00_0000;
/// The longest name, in bytes.
const NAME_MAX: usize = 249;

const O_RDWR: usize = 2;
const O_CREAT: usize = 0o100;
const O_EXCL: usize = 0o200;
const O_TMPFILE: usize = 0o20_000_000 | O_DIRECTORY;
const MODE: usize = 0o777;
/// The mode of a file that has a name for a moment.
const OWN_MODE: usize = 0o600;
/// How many names are tried.
const NAMES: u32 = 16;
/// What `fstatfs` says of a file system in memory.
const TMPFS_MAGIC: usize = 0x0102_1994;
const F_SETFD: usize = 2;

/// `memfd_create` (3.17) by a file without a name in a file system in memory: /dev/shm, or /tmp where that is one.
/// It has another name in /proc, and counts as a file of that file system, which may forbid to execute it. On kernels
/// before 3.11 the file has a name for a moment.
///
/// Who asks for seals wants a promise that nothing older makes: ENOSYS, as without such a file system. Huge pages
/// (4.14) are no flag yet.
pub fn memfd_create(table: Table, arguments: &Arguments) -> Result {
    let [name, flags, ..] = *arguments;
    let flags = flags as u32;
    let sizes = if flags & MFD_HUGETLB != 0 { HUGE_SIZE } else { 0 };
    let both = MFD_EXEC | MFD_NOEXEC_SEAL;
    if flags & !(FLAGS | sizes) != 0 || flags & both == both {
        return Err(EINVAL);
    }
    if text::length(table, name, NAME_MAX + 1)?.is_none() || flags & MFD_HUGETLB != 0 {
        return Err(EINVAL);
    }
    if flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL) != 0 {
        return Err(ENOSYS);
    }
    let file = match open_in(table, c"/dev/shm") {
        Err(ENOSYS) => open_in(table, c"/tmp"),
        opened => opened,
    }?;
    // The umask does not apply.
    // SAFETY: the file is ours.
    unsafe { table.call(FCHMOD, [file.fd(), MODE]) }?;
    if flags & MFD_CLOEXEC == 0 {
        // SAFETY: the descriptor is ours.
        unsafe { table.call(FCNTL, [file.fd(), F_SETFD, 0]) }?;
    }
    Ok(file.keep())
}

/// Opens a file that has no name and is never given one, in a folder of a file system in memory.
fn open_in(table: Table, folder: &core::ffi::CStr) -> core::result::Result<Opened, Errno> {
    let opened =
        match Opened::new(table, AT_FDCWD as usize, folder.as_ptr() as usize, O_RDWR | O_TMPFILE | O_EXCL) {
            // Kernels before 3.11 only see that it is a folder.
            Err(EISDIR) => create_in(table, folder),
            opened => opened,
        };
    let file = opened.map_err(|errno| if errno == EMFILE || errno == ENFILE { errno } else { ENOSYS })?;
    // SAFETY: the call takes a descriptor.
    let kind = unsafe { file_system(table, FSTATFS, file.fd()) };
    if kind == Ok(TMPFS_MAGIC) { Ok(file) } else { Err(ENOSYS) }
}

/// Makes a file in a folder, and takes its name away at once. Others of the same user may open it in between.
fn create_in(table: Table, folder: &core::ffi::CStr) -> core::result::Result<Opened, Errno> {
    // SAFETY: it returns a number.
    let thread = unsafe { table.call(GETTID, []) }? as u32;
    let here = AT_FDCWD as usize;
    let begin = Text::new(folder.to_bytes()).then(b"/.libsys-").then_number(thread).then(b"-");
    for i in 0..NAMES {
        let name = begin.then_number(i);
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
        // SAFETY: the path ends in NUL.
        let fd = match unsafe { table.call(OPENAT, [here, name.address(), flags, OWN_MODE]) } {
            Err(EEXIST) => continue,
            fd => fd?,
        };
        let file = Opened::of(table, fd);
        // SAFETY: as above.
        unsafe { table.call(UNLINKAT, [here, name.address(), 0]) }?;
        return Ok(file);
    }
    Err(EEXIST)
}
