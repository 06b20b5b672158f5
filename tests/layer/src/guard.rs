//! Memory that ends where nothing is: what reads or writes too far is found out.

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};
use std::ffi::c_void;

const PAGE: usize = 4096;

/// A page before one that cannot be reached.
#[derive(Debug)]
pub struct Guard(*mut c_void);

impl Guard {
    /// Maps it.
    ///
    /// # Panics
    ///
    /// When there is no memory.
    #[must_use]
    pub fn new() -> Guard {
        let protection = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: nothing is replaced.
        let at = unsafe { mmap_anonymous(std::ptr::null_mut(), 2 * PAGE, protection, MapFlags::PRIVATE) };
        let guard = Guard(at.expect("memory"));
        let next = guard.end() as *mut c_void;
        // SAFETY: the second of the two pages.
        unsafe { mprotect(next, PAGE, MprotectFlags::empty()) }.expect("a page that cannot be reached");
        guard
    }

    /// The address behind the last byte that can be reached.
    #[must_use]
    pub fn end(&self) -> usize {
        self.0 as usize + PAGE
    }

    /// Places bytes at the very end; returns their address.
    ///
    /// # Panics
    ///
    /// When there are more than a page has.
    pub fn put(&self, bytes: &[u8]) -> usize {
        assert!(bytes.len() <= PAGE);
        let at = self.end() - bytes.len();
        // SAFETY: that many bytes lie before the end.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), at as *mut u8, bytes.len()) };
        at
    }

    /// The last bytes.
    ///
    /// # Panics
    ///
    /// When there are more than a page has.
    #[must_use]
    pub fn last(&self, count: usize) -> Vec<u8> {
        assert!(count <= PAGE);
        // SAFETY: that many bytes lie before the end, and are copied at once.
        unsafe { std::slice::from_raw_parts((self.end() - count) as *const u8, count) }.to_vec()
    }

    /// Makes the page read-only.
    ///
    /// # Panics
    ///
    /// When the kernel does not.
    pub fn freeze(&self) {
        // SAFETY: nobody refers to it.
        unsafe { mprotect(self.0, PAGE, MprotectFlags::READ) }.expect("a read-only page");
    }
}

impl Default for Guard {
    fn default() -> Guard {
        Guard::new()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`; nobody refers to it any more.
        let _ = unsafe { munmap(self.0, 2 * PAGE) };
    }
}
