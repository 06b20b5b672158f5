//! Loading a program when the loader is run by hand: what the kernel does at exec.
//!
//! The file is hostile: everything is checked before anything is mapped, and what lies beyond the end
//! of the file is never mapped, so that reading the program later cannot fault.
//!
//! Unsafe code is allowed here: mapping.

use core::ffi::CStr;
use libsys_image::bytes::{u16_at, u32_at, u64_at};
use libsys_platform::sys::{self, File, map};
use libsys_supply::program::{MAX_PHDRS, PF_R, PF_W, PF_X, PHDR_SIZE, Phdr, Range, segment};
use libsys_supply::{Errno, prot};

const PAGE: usize = 4096;
const ET_EXEC: u16 = 2;
const ET_DYN: u16 = 3;
const EM_X86_64: u16 = 62;
const EHDR_SIZE: usize = 64;

/// Why a file cannot be loaded.
#[derive(Clone, Copy, Debug)]
pub enum LoadError {
    /// A call failed.
    Kernel(&'static str, Errno),
    /// A field of the file is wrong.
    File(&'static str),
}

/// A loaded file.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    /// Where its first page was put, for AT_BASE.
    pub base: usize,
    /// Its entry point.
    pub entry: usize,
    /// Address of its program headers in memory.
    pub headers: usize,
    /// How many.
    pub count: usize,
    /// Path of its interpreter: offset in the file, bytes with the NUL.
    pub interpreter: Option<(u64, u64)>,
}

struct Headers {
    bytes: [u8; MAX_PHDRS * PHDR_SIZE],
    count: usize,
}

impl Headers {
    fn iter(&self) -> impl Iterator<Item = Phdr> + '_ {
        self.bytes.chunks_exact(PHDR_SIZE).take(self.count).filter_map(Phdr::parse)
    }

    fn loads(&self) -> impl Iterator<Item = Phdr> + '_ {
        self.iter().filter(|p| p.kind == segment::LOAD && p.memsz != 0)
    }
}

/// Loads an open file.
#[cold]
pub fn load(file: &File) -> Result<Loaded, LoadError> {
    let mut ehdr = [0u8; EHDR_SIZE];
    let read = file.read_at(&mut ehdr, 0).map_err(|e| LoadError::Kernel("read", e))?;
    let bad = LoadError::File;
    if read < EHDR_SIZE || ehdr.first_chunk() != Some(b"\x7fELF") {
        return Err(bad("not an ELF file"));
    }
    if ehdr.get(4..7) != Some(&[2, 1, 1]) || u16_at(&ehdr, 18) != Some(EM_X86_64) {
        return Err(bad("ELF header field class, data or machine: not a 64-bit x86_64 file"));
    }
    let kind = u16_at(&ehdr, 16).unwrap_or(0);
    if kind != ET_EXEC && kind != ET_DYN {
        return Err(bad("ELF header field type: neither an executable nor a shared object"));
    }
    let count = usize::from(u16_at(&ehdr, 56).unwrap_or(0));
    if u16_at(&ehdr, 54) != Some(PHDR_SIZE as u16) || count == 0 || count > MAX_PHDRS {
        return Err(bad("ELF header field phnum or phentsize: out of range"));
    }
    let size = file.size().map_err(|e| LoadError::Kernel("fstat", e))?;
    let table = u64_at(&ehdr, 32).unwrap_or(0);
    let mut headers = Headers { bytes: [0; MAX_PHDRS * PHDR_SIZE], count };
    let wanted = count * PHDR_SIZE;
    let place = headers.bytes.get_mut(..wanted).unwrap_or(&mut []);
    let read = file.read_at(place, table).map_err(|e| LoadError::Kernel("read", e))?;
    if read < wanted {
        return Err(bad("program headers: beyond the end of the file"));
    }
    let span = check(&headers, size)?;
    let bias = place_image(span, kind == ET_EXEC)?;
    for phdr in headers.loads() {
        map_segment(file, &phdr, bias)?;
    }
    let entry = (u64_at(&ehdr, 24).unwrap_or(0) as usize).wrapping_add(bias);
    let in_code = headers.loads().any(|p| {
        let start = (p.vaddr as usize).wrapping_add(bias);
        p.flags & PF_X != 0 && entry.wrapping_sub(start) < p.memsz as usize
    });
    if !in_code {
        return Err(bad("ELF header field entry: not inside a loaded code segment"));
    }
    let holder = headers.loads().find(|p| {
        table >= p.offset && table.saturating_add(wanted as u64) <= p.offset.saturating_add(p.filesz)
    });
    let Some(holder) = holder else {
        return Err(bad("program headers: not inside a loaded segment"));
    };
    let in_memory =
        (holder.vaddr.wrapping_add(table.wrapping_sub(holder.offset)) as usize).wrapping_add(bias);
    let interpreter = headers.iter().find(|p| p.kind == segment::INTERP).map(|p| (p.offset, p.filesz));
    Ok(Loaded { base: span.start.wrapping_add(bias), entry, headers: in_memory, count, interpreter })
}

/// Checks every segment; the addresses that they span, in whole pages.
#[cold]
fn check(headers: &Headers, size: u64) -> Result<Range, LoadError> {
    let bad = LoadError::File;
    let mut span: Option<Range> = None;
    for phdr in headers.loads() {
        let end = phdr.offset.checked_add(phdr.filesz);
        if phdr.filesz > phdr.memsz {
            return Err(bad("PT_LOAD field filesz: above memsz"));
        }
        if end.is_none_or(|end| end > size) {
            return Err(bad("PT_LOAD field filesz: beyond the end of the file"));
        }
        if (phdr.vaddr ^ phdr.offset) % PAGE as u64 != 0 {
            return Err(bad("PT_LOAD field vaddr: not congruent to its offset"));
        }
        let pages = Range::new(phdr.vaddr as usize, phdr.memsz as usize).and_then(|r| r.pages());
        let pages = pages.ok_or(bad("PT_LOAD field memsz: outside the address space"))?;
        span = Some(match span {
            None => pages,
            // lld may put two segments into one page of different files' pages only by ascending order.
            Some(before) if pages.start < before.end.wrapping_sub(PAGE) || pages.start < before.start => {
                return Err(bad("PT_LOAD field vaddr: segments overlap or are not in order"));
            }
            Some(before) => Range { start: before.start, end: pages.end.max(before.end) },
        });
    }
    span.ok_or(bad("program headers: no PT_LOAD"))
}

/// Reserves the addresses; what is to be added to those in the file.
#[cold]
fn place_image(span: Range, fixed: bool) -> Result<usize, LoadError> {
    let flags = map::PRIVATE | map::ANONYMOUS | if fixed { map::FIXED_NOREPLACE } else { 0 };
    let wanted = if fixed { span.start } else { 0 };
    // SAFETY: nothing is replaced: no MAP_FIXED.
    let at = unsafe { sys::mmap(wanted, span.size(), 0, flags, -1, 0) };
    let at = at.map_err(|e| LoadError::Kernel("mmap of the program's addresses", e))?;
    if fixed && at != span.start {
        return Err(LoadError::File("PT_LOAD field vaddr: those addresses are taken"));
    }
    Ok(at.wrapping_sub(span.start))
}

#[cold]
fn map_segment(file: &File, phdr: &Phdr, bias: usize) -> Result<(), LoadError> {
    let failed = |e| LoadError::Kernel("mmap of a segment", e);
    let mut prot = 0;
    for (flag, bit) in [(PF_R, prot::READ), (PF_W, prot::WRITE), (PF_X, prot::EXEC)] {
        if phdr.flags & flag != 0 {
            prot |= bit;
        }
    }
    let start = (phdr.vaddr as usize).wrapping_add(bias);
    let first = start & !(PAGE - 1);
    let in_file = start.wrapping_add(phdr.filesz as usize);
    let file_end = if phdr.filesz == 0 { first } else { in_file.wrapping_add(PAGE - 1) & !(PAGE - 1) };
    let end = start.wrapping_add(phdr.memsz as usize).wrapping_add(PAGE - 1) & !(PAGE - 1);
    if file_end > first {
        let offset = phdr.offset & !(PAGE as u64 - 1);
        let flags = map::PRIVATE | map::FIXED;
        // SAFETY: inside the addresses that `place_image` reserved.
        unsafe { sys::mmap(first, file_end - first, prot, flags, file.fd(), offset) }.map_err(failed)?;
    }
    if end > file_end {
        let flags = map::PRIVATE | map::FIXED | map::ANONYMOUS;
        // SAFETY: as above.
        unsafe { sys::mmap(file_end, end - file_end, prot, flags, -1, 0) }.map_err(failed)?;
    }
    if phdr.memsz > phdr.filesz && phdr.flags & PF_W != 0 && phdr.filesz != 0 {
        // SAFETY: the rest of the last page that came from the file: writable, and the segment's own.
        unsafe { core::ptr::write_bytes(in_file as *mut u8, 0, file_end - in_file) };
    }
    Ok(())
}

/// Reads the interpreter's path; none when it does not end in NUL within `path`.
pub fn interpreter_path<'a>(file: &File, at: (u64, u64), path: &'a mut [u8]) -> Option<&'a CStr> {
    let wanted = path.get_mut(..usize::try_from(at.1).ok()?)?;
    let read = file.read_at(wanted, at.0).ok()?;
    CStr::from_bytes_until_nul(path.get(..read)?).ok()
}

/// Whether the first bytes say `#!`: scripts are the kernel's to start.
pub fn is_script(file: &File) -> bool {
    let mut head = [0u8; 4];
    file.read_at(&mut head, 0).is_ok() && u32_at(&head, 0).is_some_and(|w| w & 0xffff == 0x2123)
}
