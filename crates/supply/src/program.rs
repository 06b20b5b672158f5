//! A program's segments as its headers claim them, checked before anything is read through them.
//!
//! References: ELF-64 object file format 1.5 (program headers); psABI x86-64 5.1.

use crate::Refusal;
use libsys_image::bytes::{u32_at, u64_at};

/// Bytes in an ELF-64 program header.
pub const PHDR_SIZE: usize = 56;
/// Headers of any program we follow; the kernel's own bound is a page of them.
pub const MAX_PHDRS: usize = 73;
const PAGE: usize = 4096;
/// Bytes in an ELF-64 file header.
const EHDR_SIZE: usize = 64;
/// One past the highest address of a process (47 bits; five-level paging does not raise it unasked).
const USER_END: usize = 0x7fff_ffff_f000;

/// `p_type` values.
pub mod segment {
    /// Loaded.
    pub const LOAD: u32 = 1;
    /// Path of the interpreter.
    pub const INTERP: u32 = 3;
    /// Notes.
    pub const NOTE: u32 = 4;
    /// The headers themselves.
    pub const PHDR: u32 = 6;
    /// Template of the thread-local storage.
    pub const TLS: u32 = 7;
}

/// `p_flags` bit: executable.
pub const PF_X: u32 = 1;
/// `p_flags` bit: writable.
pub const PF_W: u32 = 2;
/// `p_flags` bit: readable.
pub const PF_R: u32 = 4;

/// One program header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phdr {
    /// `p_type`
    pub kind: u32,
    /// `p_flags`
    pub flags: u32,
    /// `p_offset`
    pub offset: u64,
    /// `p_vaddr`
    pub vaddr: u64,
    /// `p_filesz`
    pub filesz: u64,
    /// `p_memsz`
    pub memsz: u64,
    /// `p_align`
    pub align: u64,
}

impl Phdr {
    /// Reads a header from its 56 bytes.
    #[must_use]
    #[inline]
    pub fn parse(bytes: &[u8]) -> Option<Phdr> {
        let bytes: &[u8; PHDR_SIZE] = bytes.first_chunk()?;
        Some(Phdr {
            kind: u32_at(bytes, 0)?,
            flags: u32_at(bytes, 4)?,
            offset: u64_at(bytes, 8)?,
            vaddr: u64_at(bytes, 16)?,
            filesz: u64_at(bytes, 32)?,
            memsz: u64_at(bytes, 40)?,
            align: u64_at(bytes, 48)?,
        })
    }
}

/// A program in this address space: headers, and what the kernel (or we) added to their addresses.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    headers: &'a [u8],
    bias: usize,
    /// Whether what lies beyond a segment's bytes in the file is memory, and not whatever of the file lies there.
    is_exact: bool,
}

/// A range of addresses, checked to lie in the user half and not to wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First address.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

impl Range {
    /// A range from its start and size.
    #[must_use]
    pub fn new(start: usize, size: usize) -> Option<Range> {
        let end = start.checked_add(size)?;
        (end <= USER_END).then_some(Range { start, end })
    }

    /// Bytes in it.
    #[must_use]
    pub fn size(&self) -> usize {
        self.end.wrapping_sub(self.start)
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains(&self, other: &Range) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether they share an address.
    #[must_use]
    pub fn overlaps(&self, other: &Range) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The pages that it touches.
    #[must_use]
    pub fn pages(&self) -> Option<Range> {
        let start = self.start & !(PAGE - 1);
        let end = self.end.checked_add(PAGE - 1)? & !(PAGE - 1);
        Some(Range { start, end })
    }
}

impl<'a> Program<'a> {
    /// A program whose headers lie in memory at the address that the kernel gave in the auxiliary vector.
    ///
    /// # Errors
    ///
    /// Headers of another size, too many, or none that tells the load bias apart.
    ///
    /// # Safety
    ///
    /// `address` and `count` are the kernel's AT_PHDR and AT_PHNUM of this process (or describe headers
    /// that the caller mapped), readable and unchanged for `'a`.
    pub unsafe fn from_auxv(address: usize, entry_size: usize, count: usize) -> Result<Program<'a>, Refusal> {
        if entry_size != PHDR_SIZE {
            return Err(Refusal::Program("entries are not 56 bytes"));
        }
        if address == 0 || count == 0 || count > MAX_PHDRS {
            return Err(Refusal::Program("none, or more than a page of them"));
        }
        // SAFETY: the caller vouches for `count` headers of 56 bytes at this address.
        let headers = unsafe { core::slice::from_raw_parts(address as *const u8, count * PHDR_SIZE) };
        let mut program = Program { headers, bias: 0, is_exact: true };
        // PT_PHDR says where the headers believe they are; without it, the segment that holds them does:
        // the kernel computes AT_PHDR from the segment that holds their offset.
        let stated = program.headers().find(|p| p.kind == segment::PHDR).map(|p| p.vaddr as usize);
        let first = program.headers().find(|p| p.kind == segment::LOAD && p.offset == 0);
        // Where they lie in the file can be told when the file's header is in the same page, as it is in
        // all but rewritten files. Then nothing that PT_PHDR says is taken on trust.
        // SAFETY: the page of the headers is readable.
        let page = unsafe { core::slice::from_raw_parts((address & !(PAGE - 1)) as *const u8, EHDR_SIZE) };
        let is_file_start = page.first_chunk() == Some(b"\x7fELF")
            && u64_at(page, 32).is_some_and(|offset| offset as usize == address % PAGE);
        let linked = match (stated, first) {
            (stated, Some(load)) if is_file_start => {
                let vaddr = (load.vaddr as usize).wrapping_add(address % PAGE);
                if stated.is_some_and(|stated| stated != vaddr) {
                    return Err(Refusal::Program("PT_PHDR is not where they are"));
                }
                vaddr
            }
            (Some(vaddr), _) => vaddr,
            (None, _) => return Err(Refusal::Program("neither PT_PHDR nor a segment that holds them")),
        };
        program.bias = address.wrapping_sub(linked);
        if !program.bias.is_multiple_of(PAGE) {
            return Err(Refusal::Program("the load bias is not whole pages"));
        }
        Ok(program)
    }

    /// An object that the caller, a run-time linker, has loaded itself: where its headers lie, and what was added to
    /// its addresses.
    ///
    /// # Errors
    ///
    /// More headers than a page holds.
    ///
    /// # Safety
    ///
    /// `address` is that of `count` headers of 56 bytes, readable and unchanged for `'a`, and every segment that they
    /// describe is mapped `bias` bytes above its address.
    pub unsafe fn loaded(address: usize, count: usize, bias: usize) -> Result<Program<'a>, Refusal> {
        if address == 0 || count > MAX_PHDRS {
            return Err(Refusal::Program("none, or more than a page of them"));
        }
        // SAFETY: the caller vouches for `count` headers of 56 bytes at this address.
        let headers = unsafe { core::slice::from_raw_parts(address as *const u8, count * PHDR_SIZE) };
        Ok(Program { headers, bias, is_exact: false })
    }

    /// The path of the program's interpreter; none when it has none, or no path is there.
    #[must_use]
    pub fn interpreter(&self) -> Option<&'a [u8]> {
        let interp = self.headers().find(|p| p.kind == segment::INTERP)?;
        // As the kernel reads it: up to the first zero byte.
        let bytes = self.bytes(&self.range(&interp, interp.filesz)?)?;
        bytes.iter().position(|byte| *byte == 0).and_then(|end| bytes.get(..end))
    }

    /// What was added to the addresses in the headers.
    #[must_use]
    pub fn bias(&self) -> usize {
        self.bias
    }

    /// Whether each segment is mapped as the kernel does it: zeroed memory beyond its bytes in the file. Run-time linkers do so
    /// for writable segments alone.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// The headers, in their order.
    pub fn headers(&self) -> impl Iterator<Item = Phdr> + 'a {
        self.headers.chunks_exact(PHDR_SIZE).filter_map(Phdr::parse)
    }

    /// Where a header's bytes lie in memory.
    #[must_use]
    pub fn range(&self, phdr: &Phdr, size: u64) -> Option<Range> {
        Range::new((phdr.vaddr as usize).wrapping_add(self.bias), size as usize)
    }

    /// The loadable segment whose memory holds `range` wholly, and its own range.
    #[must_use]
    pub fn segment_of(&self, range: &Range) -> Option<(Phdr, Range)> {
        self.headers().filter(|p| p.kind == segment::LOAD).find_map(|p| {
            let memory = self.range(&p, p.memsz)?.pages()?;
            memory.contains(range).then_some((p, memory))
        })
    }

    /// The bytes of a range that lies wholly in what a readable segment has in the file.
    #[must_use]
    pub fn bytes(&self, range: &Range) -> Option<&'a [u8]> {
        self.headers().filter(|p| p.kind == segment::LOAD && p.flags & PF_R != 0).find_map(|p| {
            let file = self.range(&p, p.filesz)?;
            if !file.contains(range) {
                return None;
            }
            // SAFETY: the kernel maps the file's bytes of every loadable, readable segment, and this
            // range lies inside such bytes. Nothing writes there before the program starts.
            Some(unsafe { core::slice::from_raw_parts(range.start as *const u8, range.size()) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_do_not_wrap() {
        assert_eq!(Range::new(usize::MAX, 1), None);
        assert_eq!(Range::new(usize::MAX - 1, 1), None);
        assert_eq!(Range::new(0x1000, USER_END), None);
        let range = Range::new(0x1001, 0x10).unwrap();
        assert_eq!(range.pages(), Some(Range { start: 0x1000, end: 0x2000 }));
        assert!(range.overlaps(&Range { start: 0x1010, end: 0x1011 }));
        assert!(!range.overlaps(&Range { start: 0x1011, end: 0x1012 }));
    }
}
