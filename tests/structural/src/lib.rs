//! Conversion programs run in this process, by the same source that the layer has, on memory of the test's.
//!
//! [`compiled`] makes the program of a call from a text; [`Memory`] is a caller whose kernel is a function. `toy.sys`
//! beside this is a whole ABI with other structs than the kernel's, and `programs/` run on it.
//!
//! Unsafe code is allowed here: conversions work on addresses.

use libsys_model::structural::Between;
use libsys_model::{Abi, Release};
use libsys_structural::{Arguments, Caller, Sound};
use libsys_syntax::source::{FsLoader, Source, TableLoader};
use std::cell::RefCell;
use std::ops::Range;

/// The model of a text, under a head of its own.
///
/// # Panics
///
/// When the text has mistakes, with them.
#[must_use]
pub fn model(text: &str) -> Abi {
    let text = format!("ABI linux/x86_64; RELEASE 7.2;\n{text}");
    lowered(&libsys_syntax::parse(Source { path: "t.sys".into(), text }, &TableLoader::default()))
}

/// The model of `toy.sys`.
///
/// # Panics
///
/// When it has mistakes.
#[must_use]
pub fn toy() -> Abi {
    let root = FsLoader.read(concat!(env!("CARGO_MANIFEST_DIR"), "/toy.sys")).expect("toy.sys is there");
    lowered(&libsys_syntax::parse(root, &FsLoader))
}

fn lowered(parsed: &libsys_syntax::Parsed) -> Abi {
    let (abi, diagnostics) = libsys_model::lower(parsed);
    abi.unwrap_or_else(|| panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)))
}

/// The conversion program of a call.
///
/// # Errors
///
/// Why it has none.
///
/// # Panics
///
/// When there is no such call, or its structs are not converted.
pub fn compiled(abi: &Abi, name: &str) -> Result<Vec<u8>, String> {
    between(abi, name, abi.release, abi.release)
}

/// The conversion program of a call of programs of one release on kernels of another.
///
/// # Errors
///
/// Why it has none.
///
/// # Panics
///
/// When there is no such call, or its structs are not converted.
pub fn between(abi: &Abi, name: &str, from: Release, to: Release) -> Result<Vec<u8>, String> {
    let call = abi.call_named(name).unwrap_or_else(|| panic!("no call {name}"));
    let Between::Converted(lines, reversed) = abi.between(call, from, to) else {
        panic!("{name} is not converted")
    };
    let plan = abi.plan_between(call, &lines, reversed).map_err(|whys| whys.join("; "))?;
    libsys_emit::structural::compile(abi, call, &plan)
}

/// The kernel of a test: what it does with a call.
pub type Kernel<'k> = dyn FnMut(&Arguments) -> isize + 'k;

/// A caller whose memory is some ranges of this process.
pub struct Memory<'k> {
    ranges: Vec<Range<usize>>,
    kernel: RefCell<Box<Kernel<'k>>>,
    closed: RefCell<Vec<usize>>,
}

impl<'k> Memory<'k> {
    /// One with these ranges and this kernel.
    pub fn new(ranges: &[Range<usize>], kernel: impl FnMut(&Arguments) -> isize + 'k) -> Memory<'k> {
        Memory { ranges: ranges.to_vec(), kernel: RefCell::new(Box::new(kernel)), closed: RefCell::default() }
    }

    /// The files that were closed.
    pub fn closed(&self) -> Vec<usize> {
        self.closed.borrow().clone()
    }

    fn has(&self, address: usize, size: usize) -> bool {
        let end = address.checked_add(size);
        // Nothing is everywhere.
        size == 0
            || self
                .ranges
                .iter()
                .any(|range| range.start <= address && end.is_some_and(|end| end <= range.end))
    }
}

impl Caller for Memory<'_> {
    fn can_read(&self, address: usize, size: usize) -> bool {
        self.has(address, size)
    }

    fn can_write(&self, address: usize, size: usize) -> bool {
        self.has(address, size)
    }

    fn call(&self, _: Sound<'_>, arguments: &Arguments) -> isize {
        (self.kernel.borrow_mut())(arguments)
    }

    fn close(&self, file: usize) {
        self.closed.borrow_mut().push(file);
    }
}

/// Runs a program for a caller.
///
/// # Panics
///
/// When the program is not sound.
pub fn run(program: &[u8], memory: &Memory<'_>, mut arguments: Arguments) -> isize {
    let program = Sound::of(program).expect("a program that does not lead outside");
    // SAFETY: the memory says truly what is there.
    unsafe { libsys_structural::run(program, memory, &mut arguments) }
}

/// The range of some bytes.
pub fn range(bytes: &mut [u8]) -> Range<usize> {
    let range = bytes.as_mut_ptr_range();
    range.start as usize..range.end as usize
}

/// Bytes at an address: what a kernel was given.
///
/// # Safety
///
/// So many can be read there.
#[must_use]
pub unsafe fn bytes_at(address: usize, size: usize) -> Vec<u8> {
    // SAFETY: the caller's duty.
    unsafe { std::slice::from_raw_parts(address as *const u8, size) }.to_vec()
}

/// Puts bytes at an address: what a kernel writes.
///
/// # Safety
///
/// So many can be written there.
pub unsafe fn put_at(address: usize, bytes: &[u8]) {
    // SAFETY: the caller's duty.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
}
