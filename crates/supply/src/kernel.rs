//! What the procedure asks of the kernel.

use core::ffi::CStr;

/// An error number, 1 to 4095.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub u16);

/// Protections for [`Kernel::mprotect`] and [`Kernel::map_file`], as in `asm-generic/mman-common.h`.
pub mod prot {
    /// `PROT_READ`
    pub const READ: u32 = 1;
    /// `PROT_WRITE`
    pub const WRITE: u32 = 2;
    /// `PROT_EXEC`
    pub const EXEC: u32 = 4;
}

/// Memory, which also programs need that set up their own thread-local storage.
pub trait Memory {
    /// Maps zeroed private memory, readable and writable, wherever there is room; where.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn map_zeroed(&self, size: usize) -> Result<usize, Errno>;
}

/// The supplier's own calls, through whatever table it has.
pub trait Kernel: Memory {
    /// Moves a mapping to `to`, replacing what is there.
    ///
    /// # Errors
    ///
    /// The kernel's.
    ///
    /// # Safety
    ///
    /// Nothing may refer to the memory at either place any more.
    unsafe fn move_mapping(&self, from: usize, size: usize, to: usize) -> Result<(), Errno>;

    /// Maps `size` bytes at `offset` of a file, private, with `prot`, at `to` exactly, replacing what is there, or
    /// anywhere for none; where.
    ///
    /// # Errors
    ///
    /// The kernel's.
    ///
    /// # Safety
    ///
    /// Nothing may refer to the memory at a given address any more.
    unsafe fn map_file(
        &self,
        fd: i32,
        offset: u64,
        size: usize,
        prot: u32,
        to: Option<usize>,
    ) -> Result<usize, Errno>;

    /// Maps zeroed private memory, readable and writable, at an address, replacing what is there.
    ///
    /// # Errors
    ///
    /// The kernel's.
    ///
    /// # Safety
    ///
    /// Nothing may refer to the memory there any more.
    unsafe fn map_zeroed_at(&self, address: usize, size: usize) -> Result<(), Errno>;

    /// Unmaps memory; a failure changes nothing.
    ///
    /// # Safety
    ///
    /// Nothing may refer to it any more.
    unsafe fn unmap(&self, address: usize, size: usize);

    /// Changes protection.
    ///
    /// # Errors
    ///
    /// The kernel's.
    ///
    /// # Safety
    ///
    /// No reference may rely on access that the new protection takes away.
    unsafe fn mprotect(&self, address: usize, size: usize, prot: u32) -> Result<(), Errno>;

    /// Seals mappings against every later change; does nothing on kernels without `mseal` (before 6.10).
    fn seal(&self, address: usize, size: usize);

    /// Sets the thread pointer.
    ///
    /// # Errors
    ///
    /// The kernel's.
    ///
    /// # Safety
    ///
    /// `address` is where the calling thread's control block lies, as the psABI has it.
    unsafe fn set_thread_pointer(&self, address: usize) -> Result<(), Errno>;

    /// The running kernel's release; none when `uname` tells nothing of the kind.
    fn release(&self) -> Option<libsys_image::PackedRelease>;

    /// Opens a file for reading; its descriptor, closed at exec.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn open(&self, path: &CStr) -> Result<i32, Errno>;

    /// Bytes in an open file.
    ///
    /// # Errors
    ///
    /// The kernel's.
    fn file_size(&self, fd: i32) -> Result<u64, Errno>;

    /// Closes a descriptor that [`Kernel::open`] gave.
    fn close(&self, fd: i32);

    /// Makes the call of that number with all six arguments -1.
    ///
    /// # Errors
    ///
    /// The kernel's, which is what is asked for. [`crate::probe`] knows which calls such arguments let do anything,
    /// and makes none of them.
    fn probe(&self, nr: u32) -> Result<usize, Errno>;

    /// Writes a line to standard error; what it does not take is lost.
    fn report(&self, line: &[u8]);
}
