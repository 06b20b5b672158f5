//! What the errno names mean, in a few words for readers of the references; no full stop at the end.
//!
//! Second names (`EWOULDBLOCK`) have the words of the usual name of their number.

use libsys_model::errno;

/// Usual names and meanings, in alphabetical order of the names.
const TABLE: [(&str, &str); 132] = [
    ("E2BIG", "The arguments or the structure are too large"),
    ("EACCES", "Permission denied"),
    ("EADDRINUSE", "The address is in use"),
    ("EADDRNOTAVAIL", "The address is not available here"),
    ("EADV", "Advertise error"),
    ("EAFNOSUPPORT", "The address family is not supported"),
    ("EAGAIN", "Not now: try again"),
    ("EALREADY", "Already in progress"),
    ("EBADE", "The exchange is invalid"),
    ("EBADF", "Not an open file descriptor, or not one for this"),
    ("EBADFD", "The descriptor is in a bad state"),
    ("EBADMSG", "The message is malformed"),
    ("EBADR", "The request descriptor is invalid"),
    ("EBADRQC", "The request code is invalid"),
    ("EBADSLT", "The slot is invalid"),
    ("EBFONT", "The font file is malformed"),
    ("EBUSY", "In use by something else"),
    ("ECANCELED", "Cancelled"),
    ("ECHILD", "No such child"),
    ("ECHRNG", "The channel number is out of range"),
    ("ECOMM", "Error while sending"),
    ("ECONNABORTED", "The connection was given up"),
    ("ECONNREFUSED", "The connection was refused"),
    ("ECONNRESET", "The other side reset the connection"),
    ("EDEADLK", "It would deadlock"),
    ("EDESTADDRREQ", "A destination address is needed"),
    ("EDOM", "The argument is outside the function's domain"),
    ("EDOTDOT", "Specific to RFS"),
    ("EDQUOT", "The disk quota is used up"),
    ("EEXIST", "It exists already"),
    ("EFAULT", "A pointer leads to memory that the process may not use so"),
    ("EFBIG", "The file is or would be too large"),
    ("EFTYPE", "Not the right type of file for this"),
    ("EHOSTDOWN", "The host is down"),
    ("EHOSTUNREACH", "No route to the host"),
    ("EHWPOISON", "The memory page has a hardware error"),
    ("EIDRM", "The identifier was removed"),
    ("EILSEQ", "The byte sequence is invalid"),
    ("EINPROGRESS", "Now in progress"),
    ("EINTR", "Interrupted by a signal"),
    ("EINVAL", "An argument is invalid"),
    ("EIO", "Input or output failed"),
    ("EISCONN", "The socket is connected already"),
    ("EISDIR", "It is a directory"),
    ("EISNAM", "It is a file of a named type"),
    ("EKEYEXPIRED", "The key has expired"),
    ("EKEYREJECTED", "The key was rejected by the service"),
    ("EKEYREVOKED", "The key was revoked"),
    ("EL2HLT", "Level 2 halted"),
    ("EL2NSYNC", "Level 2 is not synchronised"),
    ("EL3HLT", "Level 3 halted"),
    ("EL3RST", "Level 3 was reset"),
    ("ELIBACC", "A needed shared library cannot be accessed"),
    ("ELIBBAD", "A shared library is corrupt"),
    ("ELIBEXEC", "A shared library cannot be executed"),
    ("ELIBMAX", "Too many shared libraries"),
    ("ELIBSCN", "The .lib section is corrupt"),
    ("ELNRNG", "The link number is out of range"),
    ("ELOOP", "Too many symbolic links"),
    ("EMEDIUMTYPE", "The wrong type of medium"),
    ("EMFILE", "The process has too many open files"),
    ("EMLINK", "Too many links"),
    ("EMSGSIZE", "The message is too long"),
    ("EMULTIHOP", "A multihop was attempted"),
    ("ENAMETOOLONG", "The name is too long"),
    ("ENAVAIL", "No XENIX semaphores are available"),
    ("ENETDOWN", "The network is down"),
    ("ENETRESET", "The network dropped the connection"),
    ("ENETUNREACH", "The network cannot be reached"),
    ("ENFILE", "The system has too many open files"),
    ("ENOANO", "No anode"),
    ("ENOBUFS", "No room for buffers"),
    ("ENOCSI", "No CSI structure is available"),
    ("ENODATA", "No data"),
    ("ENODEV", "No such device"),
    ("ENOENT", "No such file or directory"),
    ("ENOEXEC", "Not an executable in a known format"),
    ("ENOKEY", "The needed key is not there"),
    ("ENOLCK", "No locks are left"),
    ("ENOLINK", "The link was severed"),
    ("ENOMEDIUM", "No medium"),
    ("ENOMEM", "Not enough memory"),
    ("ENOMSG", "No message of the wanted type"),
    ("ENONET", "The machine is not on the network"),
    ("ENOPKG", "The package is not installed"),
    ("ENOPROTOOPT", "The protocol has no such option"),
    ("ENOSPC", "No space is left on the device"),
    ("ENOSR", "No stream resources are left"),
    ("ENOSTR", "Not a stream"),
    ("ENOSYS", "This kernel has no such call"),
    ("ENOTBLK", "A block device is needed"),
    ("ENOTCONN", "The socket is not connected"),
    ("ENOTDIR", "Not a directory"),
    ("ENOTEMPTY", "The directory is not empty"),
    ("ENOTNAM", "Not a XENIX named type file"),
    ("ENOTRECOVERABLE", "The state cannot be recovered"),
    ("ENOTSOCK", "Not a socket"),
    ("ENOTTY", "Not a device or file that this request is for"),
    ("ENOTUNIQ", "The name is not unique on the network"),
    ("ENXIO", "No such device or address"),
    ("EOPNOTSUPP", "The operation is not supported"),
    ("EOVERFLOW", "A value does not fit its type"),
    ("EOWNERDEAD", "The owner of the lock has died"),
    ("EPERM", "Not permitted"),
    ("EPFNOSUPPORT", "The protocol family is not supported"),
    ("EPIPE", "Nobody reads the other end"),
    ("EPROTO", "Protocol error"),
    ("EPROTONOSUPPORT", "The protocol is not supported"),
    ("EPROTOTYPE", "The wrong protocol for the socket"),
    ("ERANGE", "The result or the size is out of range"),
    ("EREMCHG", "The remote address changed"),
    ("EREMOTE", "The object is remote"),
    ("EREMOTEIO", "Input or output failed on the remote side"),
    ("ERESTART", "The call should be started again"),
    ("ERFKILL", "A radio switch is off"),
    ("EROFS", "The file system is read-only"),
    ("ESHUTDOWN", "The other side was shut down"),
    ("ESOCKTNOSUPPORT", "The type of socket is not supported"),
    ("ESPIPE", "It cannot be positioned in"),
    ("ESRCH", "No such process or thread"),
    ("ESRMNT", "Remote mount error"),
    ("ESTALE", "The file handle is stale"),
    ("ESTRPIPE", "Error of a stream pipe"),
    ("ETIME", "The timer expired"),
    ("ETIMEDOUT", "The time is up"),
    ("ETOOMANYREFS", "Too many references"),
    ("ETXTBSY", "The program is being executed, or the file is being written"),
    ("EUCLEAN", "The structure on the medium needs cleaning"),
    ("EUNATCH", "The protocol driver is not attached"),
    ("EUSERS", "Too many users"),
    ("EXDEV", "On another file system"),
    ("EXFULL", "The exchange is full"),
];

/// What an errno name means: `Interrupted by a signal` for `EINTR`.
pub(crate) fn meaning(name: &str) -> Option<&'static str> {
    let of = |name: &str| TABLE.binary_search_by_key(&name, |&(known, _)| known).ok().map(|i| TABLE[i].1);
    of(name).or_else(|| errno::number(name).and_then(errno::name).and_then(of))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_errno_of_the_model_has_a_meaning() {
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
        for name in errno::names() {
            assert!(meaning(name).is_some(), "{name}");
        }
        assert_eq!(meaning("EWOULDBLOCK"), meaning("EAGAIN"));
        assert_eq!(meaning("ENOTSUP"), meaning("EOPNOTSUPP"));
        assert_eq!(meaning("ENOSUCH"), None);
        assert!(TABLE.iter().all(|&(name, _)| errno::number(name).is_some()));
        assert!(TABLE.iter().all(|&(_, words)| !words.ends_with('.')));
    }
}
