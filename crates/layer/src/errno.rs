//! The error numbers that conversions answer or look for.

use crate::Errno;

/// Too much: a structure is longer than what is known of it, and the rest is not empty.
pub const E2BIG: Errno = Errno(7);
/// Permission denied.
pub const EACCES: Errno = Errno(13);
/// Not now.
pub const EAGAIN: Errno = Errno(11);
/// There is such a file.
pub const EEXIST: Errno = Errno(17);
/// An address that leads nowhere.
pub const EFAULT: Errno = Errno(14);
/// A signal was handled meanwhile.
pub const EINTR: Errno = Errno(4);
/// An invalid argument.
pub const EINVAL: Errno = Errno(22);
/// A folder.
pub const EISDIR: Errno = Errno(21);
/// A device, or a file that is made as it is read, says something else than it should.
pub const EIO: Errno = Errno(5);
/// This process may have no more descriptors.
pub const EMFILE: Errno = Errno(24);
/// A path is too long.
pub const ENAMETOOLONG: Errno = Errno(36);
/// There are too many open files.
pub const ENFILE: Errno = Errno(23);
/// No such file.
pub const ENOENT: Errno = Errno(2);
/// Not enough memory, or addresses beyond it.
pub const ENOMEM: Errno = Errno(12);
/// No room left.
pub const ENOSPC: Errno = Errno(28);
/// The kernel does not have it.
pub const ENOSYS: Errno = Errno(38);
/// Not a folder.
pub const ENOTDIR: Errno = Errno(20);
/// A device or file system does not have this control.
pub const ENOTTY: Errno = Errno(25);
/// Not supported.
pub const EOPNOTSUPP: Errno = Errno(95);
/// Not permitted.
pub const EPERM: Errno = Errno(1);
/// Out of range, or a name of a wrong length.
pub const ERANGE: Errno = Errno(34);
/// The file system is read-only.
pub const EROFS: Errno = Errno(30);
