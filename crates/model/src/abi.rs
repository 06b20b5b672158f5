//! The ABI as a whole.

use std::collections::HashMap;

use crate::{Call, Release, Rule, Scalar, Shape, Struct, SyscallNr, TypeDef, TypeDefKind, TypeId, TypeRef};

/// Slots in the table of an ABI, holes and services included.
pub const SLOTS: u32 = 1024;

/// The first service slot; calls have smaller numbers.
pub const SERVICE_BASE: u32 = 1008;

/// One past the last service slot; the slots behind it hold code that all C entries share.
pub const SERVICE_END: u32 = 1020;

/// One past the greatest number that a 2005 file may use.
pub const BASE_SLOTS: u32 = 4096;

/// Bytes in a slot.
pub const SLOT_SIZE: u32 = 64;

/// Bytes in the longest name of an ABI; the note of a program holds no more.
pub const NAME_MAX: usize = 23;

/// A machine that ABIs are declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Machine {
    /// AMD64; `EM_X86_64`, LP64, little-endian.
    X86_64,
    /// 32-bit x86, as the 2005 files meant it; `EM_386`, ILP32. Listings only.
    I386,
}

impl Machine {
    /// All machines that ABIs can be generated for.
    pub const ALL: [Machine; 2] = [Machine::X86_64, Machine::I386];

    /// The machine of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Machine> {
        Machine::ALL.into_iter().find(|machine| machine.name() == name)
    }

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
    /// How calls are carried out by kernels that do not have them, by the names of the calls.
    pub rules: Vec<Rule>,
}

impl Abi {
    /// The type behind an index that this ABI handed out.
    #[must_use]
    pub fn ty(&self, id: TypeId) -> &TypeDef {
        &self.types[id.0 as usize]
    }

    /// The types of each name, in order of declaration: more than one where a struct has versions.
    #[must_use]
    pub fn types_by_name(&self) -> HashMap<&str, Vec<TypeId>> {
        let mut by_name: HashMap<&str, Vec<TypeId>> = HashMap::with_capacity(self.types.len());
        for (def, id) in self.types.iter().zip(0..) {
            by_name.entry(&def.name).or_default().push(TypeId(id));
        }
        by_name
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

    /// How the call of that name is carried out by kernels that do not have it.
    #[must_use]
    pub fn rule(&self, call: &str) -> Option<&Rule> {
        self.rules.binary_search_by(|rule| rule.call.as_str().cmp(call)).ok().map(|i| &self.rules[i])
    }

    /// Number of slots in the table: [`SLOTS`], or for a 2005 file one past its greatest number.
    #[must_use]
    pub fn slot_count(&self) -> u32 {
        if self.is_base { self.calls.last().map_or(0, |call| call.nr.0 + call.slots) } else { SLOTS }
    }

    /// Follows aliases to the type that they stand for; other types are returned as they are.
    #[must_use]
    pub fn resolve<'a>(&'a self, ty: &'a TypeRef) -> &'a TypeRef {
        let mut ty = ty;
        // The checker lets no alias stand for itself, so that the walk ends; the bound guards a model that
        // was put together by hand.
        for _ in 0..=self.types.len() {
            match &ty.shape {
                Shape::Named(id) => match self.types.get(id.0 as usize).map(|def| &def.kind) {
                    Some(TypeDefKind::Alias(target)) => ty = target,
                    _ => break,
                },
                _ => break,
            }
        }
        ty
    }

    /// The struct or union that a type is, seen through aliases.
    #[must_use]
    pub fn as_struct(&self, ty: &TypeRef) -> Option<(TypeId, &Struct)> {
        let Shape::Named(id) = self.resolve(ty).shape else { return None };
        match &self.types.get(id.0 as usize)?.kind {
            TypeDefKind::Struct(layout) => Some((id, layout)),
            _ => None,
        }
    }

    /// The machine integer that a type is, seen through aliases, resources, flags and enums.
    #[must_use]
    pub fn as_scalar(&self, ty: &TypeRef) -> Option<Scalar> {
        match &self.resolve(ty).shape {
            Shape::Scalar(scalar) => Some(*scalar),
            Shape::Named(id) => match &self.types.get(id.0 as usize)?.kind {
                TypeDefKind::Resource(scalar)
                | TypeDefKind::Flags(scalar, _)
                | TypeDefKind::Enum(scalar, _) => Some(*scalar),
                TypeDefKind::Alias(_) | TypeDefKind::Struct(_) => None,
            },
            _ => None,
        }
    }
}
