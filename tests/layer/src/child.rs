//! Runs parts of tests in processes of their own: what they change goes with them.

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::panic::{AssertUnwindSafe, catch_unwind};

unsafe extern "C" {
    fn fork() -> i32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    fn _exit(status: i32) -> !;
}

/// Runs a function in a forked child and returns what it returned.
///
/// # Panics
///
/// When it panicked, with its words, or when the child ended otherwise.
pub fn in_child<T: Copy>(run: impl FnOnce() -> T) -> T {
    let shared = Shared::<Option<T>>::new(None);
    let status = status_of(|| {
        shared.set(Some(run()));
        0
    });
    shared.get().unwrap_or_else(|| panic!("the child failed: {}", ending(status)))
}

/// Runs a function in a forked child, exits with what it returned, and returns the status that `wait4` gives.
///
/// # Panics
///
/// When there is no child to be had.
pub fn status_of(run: impl FnOnce() -> i32) -> i32 {
    // No other thread may hold what the child needs.
    let tables = crate::tables();
    // SAFETY: the child runs tests only, and leaves by `_exit`.
    let pid = unsafe { fork() };
    drop(tables);
    assert!(pid >= 0, "a child");
    if pid == 0 {
        // The panic hook has printed why.
        let code = catch_unwind(AssertUnwindSafe(run)).unwrap_or(101);
        // SAFETY: it does not return.
        unsafe { _exit(code) };
    }
    wait_for(pid)
}

/// Waits for a child, and returns its status.
///
/// # Panics
///
/// When it is none of ours.
#[must_use]
pub fn wait_for(pid: i32) -> i32 {
    /// Children that end without a signal count too.
    const WALL: i32 = 0x4000_0000;
    let mut status = 0;
    // SAFETY: the status is written here.
    let waited = unsafe { waitpid(pid, &raw mut status, WALL) };
    assert_eq!(waited, pid);
    status
}

/// Ends this process at once.
pub fn exit_now(code: i32) -> ! {
    // SAFETY: it does not return.
    unsafe { _exit(code) }
}

fn ending(status: i32) -> String {
    match status & 0x7f {
        0 => format!("exit status {}", status >> 8),
        signal => format!("signal {signal}"),
    }
}

/// A value that forked children share with their parent.
#[derive(Debug)]
pub struct Shared<T>(*mut T);

impl<T: Copy> Shared<T> {
    /// Maps memory for it.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn new(value: T) -> Shared<T> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: nothing is replaced.
        let at = unsafe { mmap_anonymous(std::ptr::null_mut(), size_of::<T>().max(1), protection, flags) };
        let shared = Shared(at.expect("shared memory").cast::<T>());
        shared.set(value);
        shared
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0 as usize
    }

    /// What it is now.
    #[must_use]
    pub fn get(&self) -> T {
        // SAFETY: mapped for a `T`, and written by `new`.
        unsafe { self.0.read_volatile() }
    }

    /// Changes it.
    pub fn set(&self, value: T) {
        // SAFETY: mapped for a `T`.
        unsafe { self.0.write_volatile(value) };
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`; nobody refers to it any more.
        let _ = unsafe { munmap(self.0.cast(), size_of::<T>().max(1)) };
    }
}
