//! Types: scalars, resources, flag sets, enums, structs with explicit layout.

use crate::Release;

/// Index of a declared type in [`crate::Abi::types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// Kinds of machine integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// Size and alignment in bytes: 1, 2, 4 or 8.
    pub size: u32,
    /// Whether it is signed.
    pub signed: bool,
}

/// A type as used by a parameter, a field or a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeRef {
    /// What it is.
    pub shape: Shape,
    /// How C spells it, complete: `const struct iovec *`, `unsigned long`, `int`.
    pub c: String,
    /// How the `.sys` text spells it: `iovec *`, `fd`, `path`.
    pub text: String,
}

/// The shape of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `void`: only as a result or behind a pointer.
    Void,
    /// A C integer that is not declared in the files, such as `unsigned long`.
    Scalar(Scalar),
    /// A declared type.
    Named(TypeId),
    /// `address`: an address that the call does not read or write through, such as `mmap`'s.
    Address,
    /// `path` and `string`: a pointer to NUL-terminated bytes.
    CString {
        /// True for `path`: it names a file.
        is_path: bool,
    },
    /// A pointer.
    Pointer(Box<TypeRef>),
    /// A function pointer or other opaque machine word.
    Function,
}

/// A declared type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeDef {
    /// The declared word, without version.
    pub name: String,
    /// Its documentation, or empty.
    pub doc: String,
    /// What it is.
    pub kind: TypeDefKind,
}

/// The kinds of declared types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeDefKind {
    /// Another name of a type.
    Alias(TypeRef),
    /// A handle such as `fd` or `pid`.
    Resource(Scalar),
    /// Bits to be combined.
    Flags(Scalar, Vec<Constant>),
    /// One of several values.
    Enum(Scalar, Vec<Constant>),
    /// A struct or union.
    Struct(Struct),
}

/// A named constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its name, as in C.
    pub name: String,
    /// Its value.
    pub value: i128,
    /// Its documentation, or empty.
    pub doc: String,
    /// The release that introduced it, when the files say.
    pub since: Option<Release>,
}

/// A struct or union, one version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struct {
    /// True for a union: every field at offset 0 unless said otherwise.
    pub is_union: bool,
    /// The version after `@`, such as `2_6`; none when there is only one.
    pub version: Option<String>,
    /// The release since which this version holds; none: always.
    pub since: Option<Release>,
    /// Programs pass its size; a larger one with a zero tail is the same.
    pub extensible: bool,
    /// Size in bytes.
    pub size: u32,
    /// Alignment in bytes.
    pub align: u32,
    /// The header that declares it in C, or none: libsys.h declares it.
    pub header: Option<String>,
    /// Its C spelling: `struct stat`, `struct __kernel_timespec`, `struct iovec`.
    pub c_name: String,
    /// Fields by ascending offset (declaration order for equal ones).
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its documentation, or empty.
    pub doc: String,
    /// Offset in bytes.
    pub offset: u32,
    /// Size in bytes, of the whole array for an array; 0 for a flexible one.
    pub size: u32,
    /// The element's type.
    pub ty: TypeRef,
    /// Number of elements of an array; `Some(0)`: flexible; none: not an array.
    pub array: Option<u32>,
    /// For pointers: what lies behind.
    pub pointee: Option<Pointee>,
}

/// What lies behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pointee {
    /// Direction, as seen by the program.
    pub dir: Dir,
    /// Null is allowed.
    pub opt: bool,
    /// How much.
    pub len: Len,
}

/// Direction of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dir {
    /// The kernel reads it.
    In,
    /// The kernel writes it.
    Out,
    /// Both.
    InOut,
}

/// How much lies behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Len {
    /// One element.
    One,
    /// That many elements.
    Elements(LenExpr),
    /// That many bytes.
    Bytes(LenExpr),
    /// Up to a null element (`argv`), or a zero byte (strings).
    NullTerminated,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LenExpr {
    /// A constant.
    Const(u64),
    /// The value of that parameter (index) or field.
    Param(u32),
    /// The integer behind that pointer parameter.
    Behind(u32),
    /// The result of the call.
    Result,
}
