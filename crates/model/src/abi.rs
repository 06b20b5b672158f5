//! The ABI as a whole.

use crate::{Call, Release, SyscallNr, TypeDef, TypeId};

/// A machine that ABIs are declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Machine {
    /// AMD64; `EM_X86_64`, LP64, little-endian.
    X86_64,
    /// 32-bit x86, as the 2005 files meant it; `EM_386`, ILP32. Listings only.
    I386,
}

impl Machine {
    /// The name used in `ABI os/NAME`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Machine::X86_64 => "x86_64",
            Machine::I386 => "i386",
        }
    }

    /// Size and alignment of a pointer and of `long`, in bytes.
    #[must_use]
    pub const fn pointer_size(self) -> u32 {
        match self {
            Machine::X86_64 => 8,
            Machine::I386 => 4,
        }
    }

    /// The registers that carry the arguments into the kernel, in order.
    #[must_use]
    pub const fn argument_registers(self) -> &'static [&'static str] {
        match self {
            Machine::X86_64 => &["rdi", "rsi", "rdx", "r10", "r8", "r9"],
            Machine::I386 => &["ebx", "ecx", "edx", "esi", "edi", "ebp"],
        }
    }
}

/// A heading that calls are gathered under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The word in `group` clauses.
    pub name: String,
    /// The heading.
    pub title: String,
    /// Its documentation, or empty.
    pub doc: String,
}

/// One ABI at one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abi {
    /// `linux/x86_64`; for a 2005 file the name after `BASE`.
    pub name: String,
    /// The machine.
    pub machine: Machine,
    /// This release: the newest described, or an older one made by [`Abi::at`].
    pub release: Release,
    /// True for a 2005 file: it has a `BASE` and no `ABI`.
    pub is_base: bool,
    /// Types in order of declaration; a [`TypeId`] is an index here.
    pub types: Vec<TypeDef>,
    /// Groups in order of declaration.
    pub groups: Vec<Group>,
    /// Calls by ascending number; numbers are unique.
    pub calls: Vec<Call>,
    /// Service slots by ascending number, all above the calls.
    pub services: Vec<Call>,
}

impl Abi {
    /// The type behind an index that this ABI handed out.
    #[must_use]
    pub fn ty(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0 as usize]
    }

    /// The call with that number.
    #[must_use]
    pub fn call(&self, nr: SyscallNr) -> Option<&Call> {
        self.calls.binary_search_by_key(&nr, |c| c.nr).ok().map(|i| &self.calls[i])
    }

    /// The call with that name.
    #[must_use]
    pub fn call_named(&self, name: &str) -> Option<&Call> {
        self.calls.iter().find(|c| c.name == name)
    }
}
