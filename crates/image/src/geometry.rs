//! Where things lie in a `.libsys` section.
//!
//! ```text
//!   +0        slot 0     +0  C entry     __sys_NAME
//!                        +32 raw entry   __sys_raw_NAME
//!   +64       slot 1
//!   …
//!   +64*1008  service slots, then the shared tail of the C entries
//!   +65536    data page, read-only once supplied
//!   +69632    end
//! ```

/// Bytes in a slot.
pub const SLOT_SIZE: u32 = 64;
/// Offset of the C entry in its slot.
pub const C_ENTRY: u32 = 0;
/// Offset of the raw entry in its slot.
pub const RAW_ENTRY: u32 = 32;
/// Bytes in an entry; also the size of its symbol.
pub const ENTRY_SIZE: u32 = 32;
/// Offset, inside each entry, of the instruction that enters the kernel.
pub const ENTER_OFFSET: u32 = 14;
/// Slots in a table, holes and services included.
pub const SLOTS: u32 = 1024;
/// First service slot.
pub const SERVICE_BASE: u32 = 1008;
/// First of the slots that hold the C entries' shared tail; not callable.
pub const TAIL_BASE: u32 = 1020;
/// Bytes in a whole table.
pub const TABLE_SIZE: u32 = SLOT_SIZE * SLOTS;
/// Offset of the data page in the section.
pub const DATA_OFFSET: u32 = TABLE_SIZE;
/// Bytes in the data page.
pub const DATA_SIZE: u32 = 4096;
/// Bytes in a whole section.
pub const SECTION_SIZE: u32 = DATA_OFFSET + DATA_SIZE;
/// Alignment of the section: the page size of the machine.
pub const SECTION_ALIGN: u32 = 4096;

/// The name of the section.
pub const SECTION_NAME: &str = ".libsys";
/// Name of the section in which a run-time linker has a compact table of its own, beside the section that it supplies.
pub const RTLD_SECTION_NAME: &str = ".libsys.rtld";
/// The name of the section that lists the numbers of the calls a program links, two bytes each.
pub const USES_NAME: &str = "libsys_uses";
/// The name of the section with the errno descriptor that the archives bring.
pub const ERRNO_NAME: &str = "libsys_errno";

const _: () = assert!(SECTION_SIZE == 17 * 4096 && RAW_ENTRY + ENTRY_SIZE == SLOT_SIZE);

/// The layer's own slots, counted from [`SERVICE_BASE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Service {
    /// Address of the data page.
    Info = 0,
    /// Carries out the call whose number is the first argument.
    Syscall = 1,
    /// Unmaps the caller's own stack and ends the thread.
    UnmapExit = 2,
    /// Address of the calling thread's errno.
    Errno = 3,
    /// Turns a raw entry's result into a C entry's: stores errno and returns -1 for an error.
    Result = 4,
}

impl Service {
    /// All of them, by ascending number.
    pub const ALL: [Service; 5] =
        [Service::Info, Service::Syscall, Service::UnmapExit, Service::Errno, Service::Result];

    /// The slot's number.
    #[must_use]
    pub const fn nr(self) -> u32 {
        SERVICE_BASE + self as u32
    }
}

/// What a slot's code must do beside entering the kernel; the generator and the supplier both
/// need to know the last kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum VdsoCall {
    /// `__vdso_clock_gettime`
    ClockGettime = 0,
    /// `__vdso_clock_getres`
    ClockGetres = 1,
    /// `__vdso_gettimeofday`
    Gettimeofday = 2,
    /// `__vdso_time`
    Time = 3,
    /// `__vdso_getcpu`
    Getcpu = 4,
}

impl VdsoCall {
    /// All of them, in the order of their words in the data page.
    pub const ALL: [VdsoCall; 5] = [
        VdsoCall::ClockGettime,
        VdsoCall::ClockGetres,
        VdsoCall::Gettimeofday,
        VdsoCall::Time,
        VdsoCall::Getcpu,
    ];

    /// The symbol in the vDSO.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            VdsoCall::ClockGettime => "__vdso_clock_gettime",
            VdsoCall::ClockGetres => "__vdso_clock_getres",
            VdsoCall::Gettimeofday => "__vdso_gettimeofday",
            VdsoCall::Time => "__vdso_time",
            VdsoCall::Getcpu => "__vdso_getcpu",
        }
    }

    /// The call that has this symbol.
    #[must_use]
    pub fn from_symbol(symbol: &str) -> Option<VdsoCall> {
        VdsoCall::ALL.into_iter().find(|v| v.symbol() == symbol)
    }
}
