//! Runs conversions of the layer in this process, beside the calls that they stand for.
//!
//! [`Harness`] maps the layer, and for each conversion a table in which only the calls that its rule names are
//! made; all others, the converted one among them, answer ENOSYS, so that a conversion which made one would be found
//! out. Tests make a call both ways and compare results, errno and side effects.
//!
//! Unsafe code is allowed here: code is mapped and called by address.

pub mod child;
pub mod files;
pub mod guard;

use libsys_emit::arch::x86_64::assemble;
use libsys_emit::arch::{self, Options, SlotKind};
use libsys_image::data::{ERRNO_ADDRESS, LAYER, UNAME};
use libsys_image::{DATA_OFFSET, DATA_SIZE, PackedRelease, RAW_ENTRY, SLOT_SIZE};
use libsys_model::{Abi, Implementation};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Endianness, Object, ObjectSymbol};
use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect};
use std::collections::HashMap;
use std::ffi::c_void;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `ENOSYS`
pub const ENOSYS: isize = 38;

/// The layer and a table in this process.
#[derive(Debug)]
pub struct Harness {
    abi: Abi,
    layer: usize,
    entries: HashMap<String, usize>,
    native: usize,
}

/// Where the layer lies: `LIBSYS_LAYER`, or in the SDK that `LIBSYS_SDK` names.
///
/// # Panics
///
/// When neither is set: `cargo xtask test` builds the SDK and sets it.
#[must_use]
pub fn layer_path() -> PathBuf {
    if let Some(path) = std::env::var_os("LIBSYS_LAYER") {
        return PathBuf::from(path);
    }
    let sdk = std::env::var_os("LIBSYS_SDK").expect("LIBSYS_SDK is not set: run `cargo xtask test`");
    PathBuf::from(sdk).join("lib/libsys/layer-x86_64")
}

impl Harness {
    /// Maps everything.
    ///
    /// # Panics
    ///
    /// When the layer cannot be read or mapped.
    #[must_use]
    pub fn new() -> Harness {
        let path = layer_path();
        let bytes = std::fs::read(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let file = ElfFile64::<Endianness>::parse(bytes.as_slice()).expect("the layer is an ELF file");
        let endian = file.endian();
        let mut loads =
            file.elf_program_headers().iter().filter(|p| p.p_type(endian) == object::elf::PT_LOAD);
        let code = loads.next().expect("the layer has a segment").data(endian, bytes.as_slice());
        let entries = file.symbols().filter_map(|s| {
            Some((s.name().ok()?.strip_prefix("__libsys_layer_")?.to_owned(), s.address() as usize))
        });
        let abi = libsys_abi::linux_x86_64();
        let native = map_code(&assemble(&arch::slots(&abi), Options::TEXT));
        Harness {
            entries: entries.collect(),
            layer: map_code(code.expect("its bytes are there")),
            native,
            abi,
        }
    }

    /// The number of a call.
    ///
    /// # Panics
    ///
    /// When there is none of that name.
    #[must_use]
    pub fn nr(&self, name: &str) -> usize {
        self.abi.call_named(name).unwrap_or_else(|| panic!("no call {name}")).nr.0 as usize
    }

    /// Makes a call as the kernel has it.
    ///
    /// # Safety
    ///
    /// As the call demands.
    pub unsafe fn real(&self, name: &str, arguments: [usize; 6]) -> isize {
        let entry = self.native + self.nr(name) * SLOT_SIZE as usize + RAW_ENTRY as usize;
        // SAFETY: the raw entry of the call in a table that was mapped executable.
        unsafe { enter(entry, self.native, arguments) }
    }

    /// Makes a call by its conversion, through a table in which the call, every one that its rule does not name,
    /// and every one of `denied` answers ENOSYS.
    ///
    /// # Safety
    ///
    /// As the call demands.
    ///
    /// # Panics
    ///
    /// When the layer has no conversion of that name.
    pub unsafe fn converted(&self, name: &str, denied: &[&str], arguments: [usize; 6]) -> isize {
        let (entry, table) = self.entry(name, name, denied);
        // SAFETY: an entry of the layer, and a table as it wants it.
        unsafe { enter(entry, table, arguments) }
    }

    /// Whether the kernel has a call, so that there is something to compare with; says so if not.
    #[must_use]
    pub fn kernel_has(&self, name: &str) -> bool {
        // SAFETY: no call that is compared does anything with such arguments.
        let has = unsafe { self.real(name, [usize::MAX; 6]) } != -ENOSYS;
        if !has {
            eprintln!("not compared: this kernel has no {name}");
        }
        has
    }

    /// Whether this process has the rights of root, so that all can be tried; says so if not.
    #[must_use]
    pub fn is_root(&self) -> bool {
        // SAFETY: it changes nothing.
        let is_root = unsafe { self.real("geteuid", [0; 6]) } == 0;
        if !is_root {
            eprintln!("not all is tried: needs root");
        }
        is_root
    }

    /// Makes a call by its conversion, or as the kernel has it.
    ///
    /// # Safety
    ///
    /// As the call demands.
    pub unsafe fn either(&self, converted: bool, name: &str, arguments: [usize; 6]) -> isize {
        if converted {
            // SAFETY: the caller's duty.
            unsafe { self.converted(name, &[], arguments) }
        } else {
            // SAFETY: the caller's duty.
            unsafe { self.real(name, arguments) }
        }
    }

    /// Makes a call both ways, and expects the same.
    ///
    /// # Safety
    ///
    /// As the call demands, twice.
    ///
    /// # Panics
    ///
    /// When the results differ.
    pub unsafe fn agree(&self, name: &str, arguments: [usize; 6]) -> isize {
        // SAFETY: the caller's duty.
        let real = unsafe { self.real(name, arguments) };
        // SAFETY: the caller's duty.
        let converted = unsafe { self.converted(name, &[], arguments) };
        assert_eq!(converted, real, "{name}({arguments:#x?})");
        real
    }

    /// The address of a function of the layer that carries out a call, and that of the table it wants in `%r11`,
    /// which is as [`Harness::converted`] says.
    ///
    /// # Panics
    ///
    /// When the layer has no function of that name.
    #[must_use]
    pub fn entry(&self, name: &str, function: &str, denied: &[&str]) -> (usize, usize) {
        let entry = *self.entries.get(function).unwrap_or_else(|| panic!("the layer has no {function}"));
        (self.layer + entry, self.table(name, denied))
    }

    /// A whole table as a supplier maps it, with its data page, in which the layer's functions carry out a call:
    /// behind its raw entry, and for one that returns twice another behind its C entry. Returns its address.
    ///
    /// `errno` returns where errno is.
    ///
    /// # Panics
    ///
    /// When the layer lacks one of them.
    #[must_use]
    pub fn supplied(
        &self,
        name: &str,
        functions: (&str, Option<&str>),
        errno: extern "C" fn() -> *mut i32,
    ) -> usize {
        let offset = |function: &str| self.entries[function] as u32;
        let kind = match functions {
            (raw, Some(c)) => SlotKind::ConvertedTwice(offset(raw), offset(c)),
            (raw, None) => SlotKind::Converted(offset(raw)),
        };
        self.whole(name, kind, PackedRelease(0), errno)
    }

    /// As [`Harness::supplied`], but the layer amends what a call of its own name answered, and `uname` reports a
    /// release.
    ///
    /// # Panics
    ///
    /// As [`Harness::supplied`].
    #[must_use]
    pub fn amended(&self, name: &str, release: PackedRelease, errno: extern "C" fn() -> *mut i32) -> usize {
        self.whole(name, SlotKind::Amended(self.entries[name] as u32), release, errno)
    }

    fn whole(
        &self,
        name: &str,
        kind: SlotKind,
        release: PackedRelease,
        errno: extern "C" fn() -> *mut i32,
    ) -> usize {
        let mut slots = arch::slots(&self.abi);
        slots[self.nr(name)] = kind;
        let mut image = assemble(&slots, Options::IMAGE);
        image.resize((DATA_OFFSET + DATA_SIZE) as usize, 0);
        let words = [(LAYER, self.layer), (ERRNO_ADDRESS, errno as usize), (UNAME, release.0 as usize)];
        for (word, value) in words {
            let at = (DATA_OFFSET + word) as usize;
            image[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        map_code(&image)
    }

    /// The table for a call's conversion; each is made once in a process.
    fn table(&self, name: &str, denied: &[&str]) -> usize {
        let mut tables = tables();
        let key = [&[name], denied].concat().join(" ");
        if let Some((_, table)) = tables.iter().find(|(known, _)| *known == key) {
            return *table;
        }
        let rule = self.abi.rule(name).map(|rule| &rule.implementation);
        let is_denied = |call: &String| match rule {
            Some(Implementation::Custom { using, .. }) => !using.contains(call),
            _ => call == name,
        };
        let mut slots = arch::slots(&self.abi);
        for call in &self.abi.calls {
            if is_denied(&call.name) || denied.contains(&call.name.as_str()) {
                slots[call.nr.0 as usize] = SlotKind::Simulated(ENOSYS as u16);
            }
        }
        let table = map_code(&assemble(&slots, Options::TEXT));
        tables.push((key, table));
        table
    }
}

impl Default for Harness {
    fn default() -> Harness {
        Harness::new()
    }
}

/// The tables of this process, by call and what is denied besides.
fn tables() -> MutexGuard<'static, Vec<(String, usize)>> {
    static TABLES: Mutex<Vec<(String, usize)>> = Mutex::new(Vec::new());
    TABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn map_code(code: &[u8]) -> usize {
    let size = code.len().next_multiple_of(4096);
    let writable = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: nothing is replaced.
    let at = unsafe { mmap_anonymous(std::ptr::null_mut(), size, writable, MapFlags::PRIVATE) };
    let at = at.expect("memory for code");
    // SAFETY: that many bytes were just mapped, and nobody else knows them.
    unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), at.cast::<u8>(), code.len()) };
    // SAFETY: no reference to the memory is alive.
    unsafe { mprotect(at.cast::<c_void>(), size, MprotectFlags::READ | MprotectFlags::EXEC) }
        .expect("executable");
    at as usize
}

/// Calls code as a slot does: arguments in registers, the table in `%r11`.
///
/// # Safety
///
/// `entry` is a function of that kind; the rest as the call demands.
unsafe fn enter(entry: usize, table: usize, arguments: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the caller's duty.
    unsafe {
        std::arch::asm!(
            "call {entry}",
            entry = in(reg) entry,
            in("r11") table,
            inlateout("rdi") arguments[0] => _,
            inlateout("rsi") arguments[1] => _,
            inlateout("rdx") arguments[2] => _,
            inlateout("rcx") arguments[3] => _,
            inlateout("r8") arguments[4] => _,
            inlateout("r9") arguments[5] => _,
            lateout("rax") result,
            clobber_abi("C"),
        );
    }
    result
}
