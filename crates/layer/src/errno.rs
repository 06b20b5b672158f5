//! The error numbers that conversions answer or look for.

use crate::Errno;

/// Too much: a structure is longer than what is known of it, and the rest is not empty.
pub const E2BIG: Errno = Errno(7);
/// Permission denied.
pub const EACCES: Errno = Errno(13);
/// An address that leads nowhere.
pub const EFAULT: Errno = Errno(14);
/// An invalid argument.
pub const EINVAL: Errno = Errno(22);
/// Not enough memory, or addresses beyond it.
pub const ENOMEM: Errno = Errno(12);
/// No room left.
pub const ENOSPC: Errno = Errno(28);
/// The kernel does not have it.
pub const ENOSYS: Errno = Errno(38);
/// Not a folder.
pub const ENOTDIR: Errno = Errno(20);
/// Not supported.
pub const EOPNOTSUPP: Errno = Errno(95);
/// Not permitted.
pub const EPERM: Errno = Errno(1);
