//! Machine code of the slots: one file per machine, all defining the same names.
//!
//! To add a machine: a file here with `assemble` and `unwind`, a `Machine` in the model, and the
//! geometry's entry offset if it differs.

pub mod x86_64;

use libsys_image::VdsoCall;
use libsys_model::{Abi, Call, Implementation, Machine, Returns};

/// What a slot must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// No call has this number: ENOSYS.
    Hole,
    /// Enters the kernel and returns once, or never.
    Ordinary,
    /// Enters the kernel and may return a second time on another stack.
    Twice,
    /// Restores a signal frame; jumped to.
    Frame,
    /// Asks the vDSO, where a supplier found it there.
    Vdso(VdsoCall),
    /// Always fails with that errno.
    Simulated(u16),
    /// Carried out by the layer, at that offset in it.
    Converted(u32),
    /// As [`SlotKind::Converted`], of a call that returns twice: its raw entry's offset, and its C entry's.
    ConvertedTwice(u32, u32),
    /// Enters the kernel, and the layer changes what it answered: a function at that offset in it.
    Amended(u32),
    /// Converts structs for the kernel's own call, by the layer's first function: at that offset of the layer is the
    /// program for it.
    Structural(u32),
    /// One of the layer's own.
    Service(libsys_image::Service),
    /// Room for the code that all C entries share.
    Tail,
}

/// How an entry goes back to its caller after it has been in the kernel.
///
/// Where the kernel refills the return-stack buffer on entry, the first `ret` mispredicts; an
/// indirect jump does not. Which is better depends on the caller's next returns: see BENCHMARKS.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnSequence {
    /// `ret`
    Ret,
    /// `pop %rcx; jmp *%rcx`; never with a user shadow stack.
    PopJump,
}

/// Choices that do not change the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The return sequence.
    pub return_sequence: ReturnSequence,
    /// True for code that a supplier maps and whose data page it fills; false for code that must
    /// also run unsupplied, which therefore does not look for the vDSO.
    pub supplied: bool,
}

impl Options {
    /// For map images.
    pub const IMAGE: Options = Options { return_sequence: ReturnSequence::Ret, supplied: true };
    /// For `text` sections.
    pub const TEXT: Options = Options { return_sequence: ReturnSequence::Ret, supplied: false };
}

/// ELF `e_machine`.
#[must_use]
pub fn elf_machine(machine: Machine) -> u16 {
    match machine {
        Machine::X86_64 => 62,
        Machine::I386 => 3,
    }
}

/// What the slot of each number must do, holes included.
#[must_use]
pub fn slots(abi: &Abi) -> Vec<SlotKind> {
    let mut slots = vec![SlotKind::Hole; libsys_image::SLOTS as usize];
    for call in &abi.calls {
        if let Some(slot) = slots.get_mut(call.nr.0 as usize) {
            *slot = kind(call);
        }
    }
    for service in libsys_image::Service::ALL {
        slots[service.nr() as usize] = SlotKind::Service(service);
    }
    for slot in &mut slots[libsys_image::TAIL_BASE as usize..] {
        *slot = SlotKind::Tail;
    }
    slots
}

/// What the slot of one call must do.
#[must_use]
pub fn kind(call: &Call) -> SlotKind {
    match &call.implementation {
        Implementation::Simulated(errno) => return SlotKind::Simulated(errno_number(errno)),
        // Without a layer there is nobody to convert, and the kernel would take the structs for others.
        Implementation::Structural(_) => return SlotKind::Simulated(ENOSYS),
        Implementation::Direct | Implementation::Custom { .. } => {}
    }
    match call.returns {
        Returns::Twice => SlotKind::Twice,
        Returns::Frame => SlotKind::Frame,
        Returns::Once | Returns::Never => match call.vdso.as_deref().and_then(VdsoCall::from_symbol) {
            Some(vdso) => SlotKind::Vdso(vdso),
            None => SlotKind::Ordinary,
        },
    }
}

/// ENOSYS, which is also what a name that no machine here has would mean; the model has checked it.
const ENOSYS: u16 = 38;

pub(crate) fn errno_number(name: &str) -> u16 {
    libsys_model::errno::number(name).and_then(|n| u16::try_from(n).ok()).unwrap_or(ENOSYS)
}
