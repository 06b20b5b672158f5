//! The initial thread-local storage of a static program, set up before its first instruction.
//!
//! ```text
//!   mapping ─┬ … zeros …
//!            ├ TLS image, then zeros up to p_memsz       (variant II: below the thread pointer)
//!   tp ──────┼ tp itself                                 +0
//!            ├ stack guard                               +40
//!            ├ pointer guard                             +48
//!            └ zeros, as many as the note asks for
//! ```
//!
//! References: psABI x86-64 3.4.6 (`%fs:0`), Drepper, *ELF Handling For Thread-Local Storage* 0.21, 3.4.6;
//! `%fs:40` is where GCC's stack protector looks.

use crate::program::{Program, Range, segment};
use crate::{Errno, Memory, Refusal};

const PAGE: usize = 4096;
/// Bytes of control block that are always there, whatever the note asks for.
const TCB_MIN: usize = 64;
const GUARD_OFFSET: usize = 40;

/// Where everything will lie, before anything is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsPlan {
    image: Option<Range>,
    /// From the start of the TLS block to the thread pointer.
    block: usize,
    /// From the start of the mapping to the thread pointer.
    before: usize,
    /// Bytes to map, whole pages.
    size: usize,
    /// Of the thread pointer: a power of two, 64 at least.
    align: usize,
}

/// What was set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The thread pointer.
    pub thread_pointer: usize,
    /// Start of the mapping.
    pub mapping: usize,
    /// Bytes in it.
    pub size: usize,
}

impl TlsPlan {
    /// Plans the storage of a program with `tcb_size` bytes at the thread pointer.
    ///
    /// # Errors
    ///
    /// A PT_TLS that does not lie in the file's bytes, or cannot be laid out.
    pub fn new(program: &Program<'_>, tcb_size: u32) -> Result<TlsPlan, Refusal> {
        let tcb = (tcb_size as usize).max(TCB_MIN);
        let Some(phdr) = program.headers().find(|p| p.kind == segment::TLS) else {
            return TlsPlan::layout(None, 0, 0, 1, tcb)
                .ok_or(Refusal::Field("thread-pointer bytes: too many"));
        };
        let bad = Refusal::Program("PT_TLS cannot be laid out");
        let align = (phdr.align as usize).max(1);
        if !align.is_power_of_two() || align > 1 << 20 || phdr.memsz > 1 << 40 || phdr.filesz > phdr.memsz {
            return Err(bad);
        }
        let image = program.range(&phdr, phdr.filesz).ok_or(bad)?;
        if phdr.filesz != 0 && program.bytes(&image).is_none() {
            return Err(Refusal::Program("PT_TLS does not lie in the file's bytes"));
        }
        let image = (phdr.filesz != 0).then_some(image);
        TlsPlan::layout(image, phdr.vaddr as usize, phdr.memsz as usize, align, tcb).ok_or(bad)
    }

    fn layout(image: Option<Range>, vaddr: usize, memsz: usize, align: usize, tcb: usize) -> Option<TlsPlan> {
        // The linkers' rule: the thread pointer is aligned, and the block keeps p_vaddr's misalignment.
        let block = memsz.checked_add(vaddr.wrapping_add(memsz).wrapping_neg() & (align - 1))?;
        let align = align.max(64);
        let before = block.checked_next_multiple_of(align)?;
        let size = before.checked_add(tcb)?.checked_next_multiple_of(PAGE)?;
        // A mapping is page-aligned; a larger alignment needs room to move.
        let size = if align > PAGE { size.checked_add(align)? } else { size };
        Some(TlsPlan { image, block, before, size, align })
    }

    /// Maps and fills the storage; the thread pointer is not yet set.
    ///
    /// # Errors
    ///
    /// The kernel's refusal to map.
    pub fn carry_out<K: Memory>(
        &self,
        kernel: &K,
        program: &Program<'_>,
        random: Option<[u8; 16]>,
    ) -> Result<Tls, Refusal> {
        let mapping = kernel.map_zeroed(self.size).map_err(failed)?;
        let thread_pointer = self.thread_pointer(mapping);
        // SAFETY: `layout` made room below the thread pointer, in a mapping that nobody else knows yet.
        unsafe { self.fill(program, thread_pointer) };
        // SAFETY: the control block's first word lies in the mapping, and is aligned to 64.
        unsafe { (thread_pointer as *mut usize).write(thread_pointer) };
        if let Some(random) = random {
            let mut guards = random;
            // A zero byte ends strings: a guard that begins with one is not copied by them.
            if let Some(first) = guards.first_mut() {
                *first = 0;
            }
            let to = (thread_pointer + GUARD_OFFSET) as *mut [u8; 16];
            // SAFETY: bytes 40 to 56 lie in the control block's 64.
            unsafe { to.write_unaligned(guards) };
        }
        Ok(Tls { thread_pointer, mapping, size: self.size })
    }

    /// Copies the TLS image below a thread pointer, over what is there.
    ///
    /// # Safety
    ///
    /// Storage was laid out by this plan at `thread_pointer`, and nothing refers to it yet.
    pub unsafe fn fill(&self, program: &Program<'_>, thread_pointer: usize) {
        if let Some(image) = self.image.and_then(|range| program.bytes(&range)) {
            let to = thread_pointer.wrapping_sub(self.block) as *mut u8;
            // SAFETY: p_filesz bytes fit in the p_memsz that lie below the thread pointer.
            unsafe { core::ptr::copy_nonoverlapping(image.as_ptr(), to, image.len()) };
        }
    }

    /// The thread pointer in a mapping at that address.
    fn thread_pointer(&self, mapping: usize) -> usize {
        (mapping + self.before + self.align - 1) & !(self.align - 1)
    }
}

fn failed(errno: Errno) -> Refusal {
    Refusal::Kernel("mmap of the initial TLS", errno)
}

#[cfg(test)]
mod tests {
    use super::TlsPlan;

    #[test]
    fn blocks_end_at_the_thread_pointer() {
        let plan = |vaddr, memsz, align| TlsPlan::layout(None, vaddr, memsz, align, 64).unwrap();
        // (p_vaddr, p_memsz, p_align) → distance from block to thread pointer, as ld, lld and mold link it.
        assert_eq!(plan(0x1000, 4, 4).block, 4);
        assert_eq!(plan(0x1000, 5, 8).block, 8);
        assert_eq!(plan(0x1004, 8, 8).block, 12);
        assert_eq!(plan(0x1000, 100, 64).block, 128);
        assert_eq!(plan(0x1000, 0, 1).block, 0);
        assert_eq!(plan(0x1000, 4, 4).size, 4096);
    }

    #[test]
    fn everything_lies_in_the_mapping() {
        for memsz in [0, 1, 64, 4096, 8192, 65536, 1 << 20, (1 << 20) + 1] {
            for align in [1, 16, 64, 4096, 8192, 1 << 20] {
                let plan = TlsPlan::layout(None, 0, memsz, align, 64).unwrap();
                for mapping in (1..260).map(|page| page * 4096) {
                    let pointer = plan.thread_pointer(mapping);
                    assert!(pointer.is_multiple_of(align.max(64)));
                    assert!(mapping <= pointer - plan.block, "{memsz} bytes at {mapping:#x}");
                    assert!(pointer + 64 <= mapping + plan.size, "{memsz} bytes at {mapping:#x}");
                }
            }
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        assert_eq!(TlsPlan::layout(None, 0, usize::MAX, 8, 64), None);
        assert_eq!(TlsPlan::layout(None, 0, usize::MAX - 63, 64, 64), None);
    }
}
