//! Calls.

use crate::{Pointee, Release, TypeRef};

/// The number of a call in its ABI; also the index of its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SyscallNr(pub u32);

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number.
    pub nr: SyscallNr,
    /// Its name.
    pub name: String,
    /// First line of its documentation, without full stop; may be empty in 2005 files.
    pub summary: String,
    /// The whole documentation.
    pub doc: String,
    /// What the C function returns.
    pub ret: TypeRef,
    /// Parameters in C order, at most six on machines that pass them in registers.
    pub params: Vec<Param>,
    /// The release that introduced it.
    pub since: Option<Release>,
    /// The release that no longer has it.
    pub until: Option<Release>,
    /// Index in [`crate::Abi::groups`].
    pub group: Option<usize>,
    /// Whether it is a cancellation point.
    pub cancel: Cancel,
    /// Errors that the manual lists, by name, in alphabetical order.
    pub errors: Vec<String>,
    /// How it comes back.
    pub returns: Returns,
    /// A tracer or policy must not be put around it.
    pub interpose: bool,
    /// The vDSO symbol that can answer it.
    pub vdso: Option<String>,
    /// How many slots it takes: 1 or 2.
    pub slots: u32,
    /// The manual page when it has another name: `clone(2)`.
    pub see: Option<String>,
    /// How it is carried out.
    pub implementation: Implementation,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name; `argN` (from 0) where the file gave none.
    pub name: String,
    /// Its type.
    pub ty: TypeRef,
    /// For pointers and strings that are followed: what lies behind.
    pub pointee: Option<Pointee>,
}

/// POSIX's two lists of cancellation points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cancel {
    /// Not one.
    No,
    /// Shall be one.
    Point,
    /// May be one.
    May,
}

/// How a call comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returns {
    /// Once.
    Once,
    /// Twice, the second time in a child, perhaps on another stack: `clone`, `fork`, `vfork`.
    Twice,
    /// Not at all: `exit`.
    Never,
    /// Somewhere else, in the frame that it restores: `rt_sigreturn`.
    Frame,
}

/// How a call is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// By the kernel's own call.
    Direct,
    /// By the kernel's call after converting structs.
    Structural(Vec<Conversion>),
    /// By a function of the layer.
    Custom {
        /// Its name.
        name: String,
        /// The calls it makes, by name.
        using: Vec<String>,
        /// What differs from the real call; none: exact.
        approximate: Option<String>,
    },
    /// Not at all: always that errno.
    Simulated(String),
}

/// How one call is carried out by a kernel that does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The call's name.
    pub call: String,
    /// How it is done and what differs, for readers; may be empty.
    pub doc: String,
    /// By other calls, or not at all; never `direct`.
    pub implementation: Implementation,
}

impl Rule {
    /// The calls that it names: its own, and those that it uses.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let using = match &self.implementation {
            Implementation::Custom { using, .. } => using.as_slice(),
            Implementation::Direct | Implementation::Structural(_) | Implementation::Simulated(_) => &[],
        };
        std::iter::once(self.call.as_str()).chain(using.iter().map(String::as_str))
    }
}

/// One line of a structural implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// A parameter's struct goes from one version to another.
    Convert {
        /// The parameter's index.
        param: u32,
        /// The program's struct.
        from: TypeRef,
        /// The kernel's struct.
        to: TypeRef,
    },
    /// A field that may not fit, and the errno answered then.
    Narrow {
        /// The field.
        field: String,
        /// The errno.
        overflow: String,
    },
    /// The value of a field that the other side lacks.
    Default {
        /// The field.
        field: String,
        /// The value.
        value: i128,
    },
    /// A field, constant or errno with another name on the kernel's side.
    Rename {
        /// The program's name.
        from: String,
        /// The kernel's name.
        to: String,
    },
    /// What is done about more elements than the layer has room for.
    Limit {
        /// The parameter or field that leads to them.
        name: String,
        /// The greatest number that the kernel takes; it is left to refuse more.
        most: Option<u64>,
        /// The errno answered; none: as many as fit are done.
        overflow: Option<String>,
    },
    /// Which member a union holds.
    Member {
        /// The member.
        member: String,
        /// The field beside the union that tells.
        tag: String,
        /// Its value then.
        value: i128,
    },
    /// Which member a union holds when no other line tells.
    Otherwise {
        /// The member.
        member: String,
    },
}
