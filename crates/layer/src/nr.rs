//! Numbers of the calls that conversions make, as `abi/linux/x86_64.sys` has them; a test compares.

pub const CLOSE: usize = 3;
pub const RT_SIGPROCMASK: usize = 14;
pub const GETUID: usize = 102;
pub const GETGID: usize = 104;
pub const GETEUID: usize = 107;
pub const GETEGID: usize = 108;
pub const FACCESSAT: usize = 269;
