//! The initial stack: arguments, environment, auxiliary vector (psABI x86-64, figure 3.9).
//!
//! ```text
//!   sp → argc, argv[0] … argv[argc-1], 0, envp[0] … 0, (type, value) … (AT_NULL, 0)
//! ```
//!
//! Unsafe code is allowed here: the kernel laid these words out.

use core::ffi::CStr;

/// `a_type` values, from `linux/auxvec.h` and `asm/auxvec.h`.
pub mod at {
    /// End of the vector.
    pub const NULL: usize = 0;
    /// Address of the program headers.
    pub const PHDR: usize = 3;
    /// Bytes in one.
    pub const PHENT: usize = 4;
    /// How many.
    pub const PHNUM: usize = 5;
    /// Where the interpreter was loaded.
    pub const BASE: usize = 7;
    /// The program's entry point.
    pub const ENTRY: usize = 9;
    /// Not 0: the program has more rights than its caller.
    pub const SECURE: usize = 23;
    /// Address of 16 random bytes.
    pub const RANDOM: usize = 25;
    /// Address of the path given to execve.
    pub const EXECFN: usize = 31;
    /// Address of the vDSO.
    pub const SYSINFO_EHDR: usize = 33;
}

/// The stack as the kernel left it.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    sp: *mut usize,
    envp: *mut usize,
    auxv: *mut usize,
}

impl Stack {
    /// Finds the parts of a stack.
    ///
    /// # Safety
    ///
    /// `sp` is the stack pointer at process entry, and nothing else refers to these words.
    pub unsafe fn at(sp: *mut usize) -> Stack {
        // SAFETY: argc is the first word.
        let argc = unsafe { sp.read() };
        let envp = sp.wrapping_add(argc).wrapping_add(2);
        let mut end = envp;
        // SAFETY: the environment ends in a null word.
        while unsafe { end.read() } != 0 {
            end = end.wrapping_add(1);
        }
        Stack { sp, envp, auxv: end.wrapping_add(1) }
    }

    /// Where the stack begins.
    pub fn pointer(&self) -> usize {
        self.sp as usize
    }

    /// Argument `i`; null when there are fewer.
    pub fn argument(&self, i: usize) -> *const u8 {
        // SAFETY: argc is the first word.
        let argc = unsafe { self.sp.read() };
        if i >= argc {
            return core::ptr::null();
        }
        // SAFETY: there are argc arguments behind it.
        let argument = unsafe { self.sp.wrapping_add(1 + i).read() };
        argument as *const u8
    }

    /// The value of an environment variable; none when it is not set.
    pub fn variable<'a>(&self, name: &[u8]) -> Option<&'a CStr> {
        let mut place = self.envp;
        loop {
            // SAFETY: the environment ends in a null word, where this loop ends.
            let text = unsafe { place.read() } as *const u8;
            if text.is_null() {
                return None;
            }
            if let Some(value) = value_of(text, name) {
                // SAFETY: a string of the environment ends in NUL, and this is the end of one.
                return Some(unsafe { CStr::from_ptr(value.cast()) });
            }
            place = place.wrapping_add(1);
        }
    }

    fn entry(&self, kind: usize) -> *mut usize {
        let mut place = self.auxv;
        loop {
            // SAFETY: the vector ends in AT_NULL, where this loop ends.
            match unsafe { place.read() } {
                at::NULL => return core::ptr::null_mut(),
                found if found == kind => return place.wrapping_add(1),
                _ => place = place.wrapping_add(2),
            }
        }
    }

    /// A value of the auxiliary vector; 0 when the kernel gave none.
    pub fn auxv(&self, kind: usize) -> usize {
        let place = self.entry(kind);
        if place.is_null() {
            return 0;
        }
        // SAFETY: `entry` found it in the vector.
        unsafe { place.read() }
    }

    /// Changes a value that the kernel gave.
    pub fn set_auxv(&mut self, kind: usize, value: usize) {
        let place = self.entry(kind);
        if !place.is_null() {
            // SAFETY: `entry` found it in the vector, and nothing else refers to it.
            unsafe { place.write(value) };
        }
    }

    /// Takes the first argument away: the rest moves down one word, so that the stack stays aligned.
    pub fn drop_argument(&mut self) {
        let mut end = self.auxv;
        // SAFETY: the vector ends in AT_NULL, where this loop ends.
        while unsafe { end.read() } != at::NULL {
            end = end.wrapping_add(2);
        }
        let from = self.sp.wrapping_add(2);
        let words = (end as usize).wrapping_add(16).wrapping_sub(from as usize) / size_of::<usize>();
        // SAFETY: from the second argument to the end of the vector, moved onto the first argument.
        unsafe { core::ptr::copy(from, self.sp.wrapping_add(1), words) };
        // SAFETY: argc is the first word.
        let argc = unsafe { self.sp.read() };
        // SAFETY: as above; it was at least 1.
        unsafe { self.sp.write(argc.wrapping_sub(1)) };
        self.envp = self.envp.wrapping_sub(1);
        self.auxv = self.auxv.wrapping_sub(1);
    }
}

fn value_of(text: *const u8, name: &[u8]) -> Option<*const u8> {
    for (i, wanted) in name.iter().enumerate() {
        // SAFETY: the string ends in NUL, which no name contains, so the loop stops there.
        if unsafe { text.wrapping_add(i).read() } != *wanted {
            return None;
        }
    }
    let value = text.wrapping_add(name.len());
    // SAFETY: all bytes before this one were not NUL, so it is still in the string.
    (unsafe { value.read() } == b'=').then(|| value.wrapping_add(1))
}

/// The bytes of a NUL-terminated string, at most 4096 of them.
///
/// # Safety
///
/// `text` is null or points at bytes that end in NUL and do not change for `'a`.
pub unsafe fn bytes_of<'a>(text: *const u8) -> &'a [u8] {
    let mut len = 0;
    // SAFETY: the loop stops at the NUL.
    while !text.is_null() && len < 4096 && unsafe { text.wrapping_add(len).read() } != 0 {
        len += 1;
    }
    if len == 0 {
        return &[];
    }
    // SAFETY: that many bytes were just read.
    unsafe { core::slice::from_raw_parts(text, len) }
}
