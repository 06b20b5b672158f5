//! The loader's own calls, through the raw entries of its compact table.
//!
//! `libsys_emit::LOADER_CALLS` lists the same names; a trial of `tests/cases` disassembles the loader and compares
//! its table with what it calls.
//! Unsafe code is allowed here: these are foreign functions.

use core::arch::asm;
use core::ffi::CStr;
use libsys_image::PackedRelease;
use libsys_supply::{Errno, Kernel, Memory, Vdso};

unsafe extern "C" {
    fn __sys_raw_arch_prctl();
    fn __sys_raw_close();
    fn __sys_raw_exit_group();
    fn __sys_raw_fstat();
    fn __sys_raw_mmap();
    fn __sys_raw_mprotect();
    fn __sys_raw_mremap();
    fn __sys_raw_mseal();
    fn __sys_raw_munmap();
    fn __sys_raw_open();
    fn __sys_raw_prctl();
    fn __sys_raw_pread64();
    fn __sys_raw_uname();
    fn __sys_raw_write();
    fn __libsys_raw_by_number();
}

/// Calls a raw entry directly. A Rust call of a foreign function goes through a table of addresses,
/// which would need relocations.
macro_rules! call {
    ($entry:ident, $a:expr) => { call!($entry, $a, 0) };
    ($entry:ident, $a:expr, $b:expr) => { call!($entry, $a, $b, 0) };
    ($entry:ident, $a:expr, $b:expr, $c:expr) => { call!($entry, $a, $b, $c, 0) };
    ($entry:ident, $a:expr, $b:expr, $c:expr, $d:expr) => { call!($entry, $a, $b, $c, $d, 0) };
    ($entry:ident, $a:expr, $b:expr, $c:expr, $d:expr, $e:expr) => { call!($entry, $a, $b, $c, $d, $e, 0) };
    ($entry:ident, $a:expr, $b:expr, $c:expr, $d:expr, $e:expr, $f:expr) => {{
        let result: isize;
        asm!(
            "call {entry}",
            entry = sym $entry,
            inlateout("rdi") $a as usize => _,
            inlateout("rsi") $b as usize => _,
            inlateout("rdx") $c as usize => _,
            inlateout("rcx") $d as usize => _,
            inlateout("r8") $e as usize => _,
            inlateout("r9") $f as usize => _,
            lateout("rax") result,
            clobber_abi("C"),
        );
        result
    }};
}

const ARCH_SET_FS: i32 = 0x1002;
const PR_SET_NAME: i32 = 15;
const MREMAP_MAYMOVE: u32 = 1;
const MREMAP_FIXED: u32 = 2;
const O_RDONLY: u32 = 0;
const O_CLOEXEC: u32 = 0o2_000_000;
/// A pipe that nobody writes to is not waited for; files do not mind.
const O_NONBLOCK: u32 = 0o4000;

/// `mmap` flags, as in `asm-generic/mman-common.h` and `linux/mman.h`.
pub mod map {
    /// `MAP_PRIVATE`
    pub const PRIVATE: u32 = 2;
    /// `MAP_FIXED`
    pub const FIXED: u32 = 0x10;
    /// `MAP_ANONYMOUS`
    pub const ANONYMOUS: u32 = 0x20;
    /// `MAP_FIXED_NOREPLACE`, since 4.17; older kernels take it for a hint, so results are compared.
    pub const FIXED_NOREPLACE: u32 = 0x10_0000;
}

/// `struct stat` of x86_64: only its size is used.
#[repr(C)]
struct Stat {
    before: [u64; 6],
    size: i64,
    after: [u64; 11],
}

/// `struct new_utsname`: of its six strings, the third is the release.
type Utsname = [[u8; 65]; 6];

const _: () = assert!(size_of::<Stat>() == 144 && size_of::<Utsname>() == 390);

fn check(result: isize) -> Result<usize, Errno> {
    if (-4095..0).contains(&result) { Err(Errno(result.unsigned_abs() as u16)) } else { Ok(result as usize) }
}

/// An open file, closed when dropped.
#[derive(Debug)]
pub struct File {
    fd: i32,
}

impl File {
    /// Opens a file for reading.
    pub fn open(path: &CStr) -> Result<File, Errno> {
        Linux::default().open(path).map(|fd| File { fd })
    }

    /// The descriptor.
    pub fn fd(&self) -> i32 {
        self.fd
    }

    /// The file's size in bytes.
    pub fn size(&self) -> Result<u64, Errno> {
        Linux::default().file_size(self.fd)
    }

    /// Reads at an offset; the number of bytes read.
    pub fn read_at(&self, bytes: &mut [u8], offset: u64) -> Result<usize, Errno> {
        // SAFETY: the kernel writes at most the slice's length.
        check(unsafe { call!(__sys_raw_pread64, self.fd, bytes.as_mut_ptr(), bytes.len(), offset) })
    }
}

impl Drop for File {
    fn drop(&mut self) {
        Linux::default().close(self.fd);
    }
}

/// Maps memory.
///
/// # Safety
///
/// As mmap(2): with [`map::FIXED`], nothing may refer to what is replaced.
pub unsafe fn mmap(
    address: usize,
    size: usize,
    prot: u32,
    flags: u32,
    fd: i32,
    offset: u64,
) -> Result<usize, Errno> {
    // SAFETY: the caller's duty is the same.
    check(unsafe { call!(__sys_raw_mmap, address, size, prot, flags, fd, offset) })
}

/// Sets the name that `ps` and `/proc/self/comm` show; the kernel cuts it to 15 bytes.
///
/// # Safety
///
/// `name` points at bytes that end in NUL.
pub unsafe fn set_name(name: *const u8) {
    // SAFETY: the caller vouches for the name. Nothing depends on success.
    unsafe { call!(__sys_raw_prctl, PR_SET_NAME, name as usize, 0, 0, 0) };
}

/// Writes to standard error, once; what it does not take is lost.
pub fn complain(bytes: &[u8]) {
    // SAFETY: the kernel reads at most the slice's length.
    unsafe { call!(__sys_raw_write, 2, bytes.as_ptr(), bytes.len()) };
}

/// Ends the process.
pub fn exit(status: i32) -> ! {
    // SAFETY: any status is allowed.
    unsafe {
        asm!("call {entry}", "ud2", entry = sym __sys_raw_exit_group, in("edi") status, options(noreturn))
    }
}

/// The running kernel, through the compact table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linux {
    /// Address of the vDSO; 0: there is none.
    pub vdso: usize,
}

impl Memory for Linux {
    fn map_zeroed(&self, size: usize) -> Result<usize, Errno> {
        let prot = libsys_supply::prot::READ | libsys_supply::prot::WRITE;
        // SAFETY: nothing is replaced: no MAP_FIXED.
        unsafe { mmap(0, size, prot, map::PRIVATE | map::ANONYMOUS, -1, 0) }
    }
}

impl Kernel for Linux {
    unsafe fn move_mapping(&self, from: usize, size: usize, to: usize) -> Result<(), Errno> {
        // SAFETY: the caller's duty is the same.
        check(unsafe { call!(__sys_raw_mremap, from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) })
            .map(drop)
    }

    unsafe fn map_file(
        &self,
        fd: i32,
        offset: u64,
        size: usize,
        prot: u32,
        to: Option<usize>,
    ) -> Result<usize, Errno> {
        let fixed = if to.is_some() { map::FIXED } else { 0 };
        // SAFETY: the caller's duty is the same.
        unsafe { mmap(to.unwrap_or(0), size, prot, map::PRIVATE | fixed, fd, offset) }
    }

    unsafe fn map_zeroed_at(&self, address: usize, size: usize) -> Result<(), Errno> {
        let prot = libsys_supply::prot::READ | libsys_supply::prot::WRITE;
        // SAFETY: the caller's duty is the same.
        unsafe { mmap(address, size, prot, map::PRIVATE | map::ANONYMOUS | map::FIXED, -1, 0) }.map(drop)
    }

    unsafe fn unmap(&self, address: usize, size: usize) {
        // SAFETY: the caller's duty is the same. Nothing can be done about a failure.
        unsafe { call!(__sys_raw_munmap, address, size) };
    }

    unsafe fn mprotect(&self, address: usize, size: usize, prot: u32) -> Result<(), Errno> {
        // SAFETY: the caller's duty is the same.
        check(unsafe { call!(__sys_raw_mprotect, address, size, prot) }).map(drop)
    }

    fn seal(&self, address: usize, size: usize) {
        // SAFETY: sealing takes no access away. Kernels before 6.10 answer ENOSYS, which is fine.
        unsafe { call!(__sys_raw_mseal, address, size, 0) };
    }

    unsafe fn set_thread_pointer(&self, address: usize) -> Result<(), Errno> {
        // SAFETY: the caller's duty is the same.
        check(unsafe { call!(__sys_raw_arch_prctl, ARCH_SET_FS, address) }).map(drop)
    }

    fn release(&self) -> Option<PackedRelease> {
        let mut name: Utsname = [[0; 65]; 6];
        // SAFETY: the kernel fills the struct, which has its size.
        check(unsafe { call!(__sys_raw_uname, &raw mut name) }).ok()?;
        let [_, _, release, ..] = &name;
        let told = PackedRelease::from_uname(release);
        // A process can ask to be told 2.6 (personality(2), UNAME26). The vDSO's note is not changed by that, but to
        // look at it costs ten times the call.
        if told.is_some_and(|release| release >= PackedRelease::new(3, 0, 0)) {
            return told;
        }
        // SAFETY: the address is that of the vDSO, which stays mapped.
        unsafe { Vdso::at(self.vdso) }.and_then(|vdso| vdso.release()).or(told)
    }

    fn open(&self, path: &CStr) -> Result<i32, Errno> {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
        // SAFETY: the path ends in NUL.
        check(unsafe { call!(__sys_raw_open, path.as_ptr(), flags, 0) }).map(|fd| fd as i32)
    }

    fn file_size(&self, fd: i32) -> Result<u64, Errno> {
        let mut stat = Stat { before: [0; 6], size: 0, after: [0; 11] };
        // SAFETY: the kernel fills the struct, which has its size.
        check(unsafe { call!(__sys_raw_fstat, fd, &raw mut stat) })?;
        Ok(stat.size.unsigned_abs())
    }

    fn close(&self, fd: i32) {
        // SAFETY: the descriptor is not used afterwards. Nothing can be done about a failure.
        unsafe { call!(__sys_raw_close, fd) };
    }

    fn probe(&self, nr: u32) -> Result<usize, Errno> {
        let result: isize;
        // SAFETY: `libsys_supply::probe` makes no calls that such arguments let do anything.
        unsafe {
            asm!(
                "call {entry}",
                entry = sym __libsys_raw_by_number,
                inlateout("rdi") usize::MAX => _,
                inlateout("rsi") usize::MAX => _,
                inlateout("rdx") usize::MAX => _,
                inlateout("rcx") usize::MAX => _,
                inlateout("r8") usize::MAX => _,
                inlateout("r9") usize::MAX => _,
                inlateout("rax") nr as usize => result,
                clobber_abi("C"),
            );
        }
        check(result)
    }

    fn report(&self, line: &[u8]) {
        complain(line);
    }
}
