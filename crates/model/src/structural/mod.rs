//! What becomes of each field when the structs of a call are converted: the plan that the checker checks and that
//! conversion programs are made from.
//!
//! [`plan`] walks two structs in step, by the names of their fields, in both directions that the call's parameters
//! need. What cannot be converted, or may not fit without an errno for that, is a [`Fault`]. The checker runs it
//! while a text is lowered, with the same lines; so what has been checked can be generated.

mod arguments;
mod between;
mod build;
mod lines;
mod names;
mod unions;

use crate::{Abi, Constant, Scalar, Shape, Struct, TypeDef, TypeDefKind, TypeId, TypeRef};

pub use between::Between;
pub use build::plan;
pub(crate) use names::names;

/// Where types are looked up: in an ABI, or while one is lowered.
pub trait Lookup {
    /// The type of an index.
    fn def(&self, id: TypeId) -> &TypeDef;

    /// What a type is, seen through aliases.
    fn seen<'t>(&'t self, ty: &'t TypeRef) -> &'t TypeRef;

    /// All versions of a struct, itself too.
    fn versions(&self, id: TypeId) -> Vec<TypeId>;

    /// The struct or union that a type is.
    fn layout(&self, ty: &TypeRef) -> Option<(TypeId, &Struct)> {
        let Shape::Named(id) = self.seen(ty).shape else { return None };
        self.layout_of(id).map(|layout| (id, layout))
    }

    /// The struct or union of an index.
    fn layout_of(&self, id: TypeId) -> Option<&Struct> {
        match &self.def(id).kind {
            TypeDefKind::Struct(layout) => Some(layout),
            _ => None,
        }
    }

    /// The machine integer that a type is.
    fn integer(&self, ty: &TypeRef) -> Option<Scalar> {
        match &self.seen(ty).shape {
            Shape::Scalar(scalar) => Some(*scalar),
            Shape::Named(id) => match &self.def(*id).kind {
                TypeDefKind::Resource(scalar)
                | TypeDefKind::Flags(scalar, _)
                | TypeDefKind::Enum(scalar, _) => Some(*scalar),
                TypeDefKind::Alias(_) | TypeDefKind::Struct(_) => None,
            },
            _ => None,
        }
    }

    /// The constants of a flag set or enum, its index, and whether they are bits.
    fn constants(&self, ty: &TypeRef) -> Option<(TypeId, bool, &[Constant])> {
        let Shape::Named(id) = self.seen(ty).shape else { return None };
        match &self.def(id).kind {
            TypeDefKind::Flags(_, constants) => Some((id, true, constants)),
            TypeDefKind::Enum(_, constants) => Some((id, false, constants)),
            _ => None,
        }
    }
}

impl Lookup for Abi {
    fn def(&self, id: TypeId) -> &TypeDef {
        self.ty(id)
    }

    fn seen<'t>(&'t self, ty: &'t TypeRef) -> &'t TypeRef {
        self.resolve(ty)
    }

    fn versions(&self, id: TypeId) -> Vec<TypeId> {
        let name = &self.ty(id).name;
        let named = self.types.iter().zip(0..).filter(|(def, _)| def.name == *name);
        named.map(|(_, i)| TypeId(i)).collect()
    }
}

/// What is done for one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The arguments that are converted.
    pub arguments: Vec<Argument>,
    /// Pairs of structs.
    pub pairs: Vec<Pair>,
    /// Errors: the kernel's name of one, and the program's.
    pub errors: Vec<(String, String)>,
}

/// An argument that is converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its index.
    pub param: u32,
    /// What it is.
    pub kind: ArgumentKind,
}

/// What an argument is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    /// An integer; its steps go from offset 0 to offset 0.
    Value(Vec<Step>),
    /// A pointer to structs.
    Structs {
        /// Which.
        pair: usize,
        /// Whether the kernel reads them.
        is_read: bool,
        /// Whether it writes them.
        is_written: bool,
        /// Whether a null pointer says that they are not wanted.
        is_optional: bool,
        /// How many.
        count: Count,
    },
    /// A pointer to a struct whose size another parameter is.
    Sized {
        /// Which.
        pair: usize,
        /// Whether the kernel reads it.
        is_read: bool,
        /// Whether it writes it.
        is_written: bool,
        /// The parameter with the size, and what that is.
        size: (u32, Scalar),
        /// Bytes in the oldest version; fewer are refused.
        least: u32,
        /// Offset of the program's field that tells the size too, of 32 bits.
        field: Option<u32>,
    },
    /// A pointer to a struct that the kernel reads and that says its size itself.
    Telling {
        /// Which.
        pair: usize,
        /// Whether the kernel may write the size that it knows.
        is_written: bool,
        /// Offset of the program's field with the size, of 32 bits.
        field: u32,
        /// Bytes in the oldest version; fewer are left for the kernel to refuse.
        least: u32,
        /// Bytes in the newest version of which the kernel knows every field.
        known: u32,
    },
}

/// How many structs lie behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// One.
    One,
    /// A fixed number.
    Fixed(u32),
    /// As many as a number says.
    Counted(Counter),
    /// One, of which as many bytes are there as a number says.
    Bytes(Counter),
}

/// A number that says how much there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Index of the parameter, or the offset of a field in the kernel's struct.
    pub at: u32,
    /// What it is.
    pub scalar: Scalar,
    /// Whether the parameter is a pointer to it. Then the kernel writes how much there is.
    pub is_behind: bool,
    /// The greatest number that the kernel takes.
    pub most: Option<u64>,
    /// The errno for more than the layer has room for; none: as much as fits is done.
    pub overflow: Option<String>,
}

/// Two structs, and how they become each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Bytes of the program's.
    pub ours: u32,
    /// Bytes of the kernel's.
    pub theirs: u32,
    /// From the program's to the kernel's; none: not needed.
    pub inwards: Option<Vec<Step>>,
    /// From the kernel's to the program's; none: not needed.
    pub outwards: Option<Vec<Step>>,
    /// Whether they are measured in bytes.
    pub is_measured: bool,
}

/// One step from a source to a target; offsets and sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Bytes stay as they are.
    Copy {
        /// Offset in the source.
        from: u32,
        /// Offset in the target.
        to: u32,
        /// How many.
        size: u32,
    },
    /// Integers become wider or narrower.
    Integers {
        /// Offset in the source.
        from: u32,
        /// Offset in the target.
        to: u32,
        /// What they are and become.
        scalars: (Scalar, Scalar),
        /// How many.
        count: u32,
        /// The errno for one that does not fit; none: all do.
        overflow: Option<String>,
    },
    /// The target has a value that the source does not.
    Store {
        /// Offset in the target.
        to: u32,
        /// What it is.
        scalar: Scalar,
        /// Its value.
        value: i128,
    },
    /// The target has zeros.
    Clear {
        /// Offset in the target.
        to: u32,
        /// How many bytes.
        size: u32,
    },
    /// The target lacks what must then be this value.
    Expect {
        /// Offset in the source.
        from: u32,
        /// What it is.
        scalar: Scalar,
        /// The value.
        value: i128,
        /// The errno for another.
        overflow: String,
    },
    /// The target lacks what must then be zeros.
    Empty {
        /// Offset in the source.
        from: u32,
        /// How many bytes.
        size: u32,
        /// The errno if they are not.
        overflow: String,
    },
    /// Constants have other values.
    Translate {
        /// Offset in the source.
        from: u32,
        /// Offset in the target.
        to: u32,
        /// What they are.
        scalars: (Scalar, Scalar),
        /// Whether they are bits.
        is_bits: bool,
        /// Values of the source, and what they are in the target.
        values: Vec<(i128, i128)>,
        /// The errno for values without a counterpart.
        overflow: String,
    },
    /// A union's member is converted, which another field tells.
    Select {
        /// Offset of that field in the source.
        tag: u32,
        /// What it is.
        scalar: Scalar,
        /// Its values, and what is done then.
        cases: Vec<(i128, Vec<Step>)>,
        /// What is done for other values.
        otherwise: Vec<Step>,
    },
    /// Nothing can be converted here.
    Fail {
        /// The errno.
        overflow: String,
    },
    /// What a struct measured in bytes holds ends here, unless more of it ends further.
    Ends {
        /// Offset in the source.
        from: u32,
        /// Offset in the target.
        to: u32,
    },
    /// Inwards only: what lies behind a pointer, which has been copied to the target, is converted.
    Follow {
        /// Offset of the pointer in the target.
        to: u32,
        /// The pair of structs there.
        pair: usize,
        /// Whether the kernel reads them.
        is_read: bool,
        /// Whether it writes them.
        is_written: bool,
        /// How many.
        count: Count,
    },
}

/// Why a call cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code of the diagnostic.
    pub code: &'static str,
    /// The parameter that leads to it.
    pub param: u32,
    /// What is wrong.
    pub message: String,
    /// What would mend it, if that is known.
    pub help: Option<String>,
}
