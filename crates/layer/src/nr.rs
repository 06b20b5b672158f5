//! Numbers of the calls that conversions make, as `abi/linux/x86_64.sys` has them; a test compares.

pub const CLOSE: usize = 3;
pub const MPROTECT: usize = 10;
pub const RT_SIGPROCMASK: usize = 14;
pub const MINCORE: usize = 27;
pub const MADVISE: usize = 28;
pub const CLONE: usize = 56;
pub const UNAME: usize = 63;
pub const GETUID: usize = 102;
pub const GETGID: usize = 104;
pub const GETEUID: usize = 107;
pub const GETEGID: usize = 108;
pub const GETPRIORITY: usize = 140;
pub const SETPRIORITY: usize = 141;
pub const SCHED_GETPARAM: usize = 143;
pub const SCHED_SETSCHEDULER: usize = 144;
pub const SCHED_GETSCHEDULER: usize = 145;
pub const MLOCK: usize = 149;
pub const PRCTL: usize = 157;
pub const FUTEX: usize = 202;
pub const IO_GETEVENTS: usize = 208;
pub const FACCESSAT: usize = 269;
pub const GETRANDOM: usize = 318;
pub const LIBSYS_RESULT: usize = 1012;
