//! The syntax tree: what was written, with where it was written; nothing is looked up or checked.

use crate::source::Span;

/// A word as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The text of the word.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// An integer literal: decimal, `0x…`, `0o…` or `0…` octal, `0b…`, optionally negative, or `1 << 3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int {
    /// Its value; a literal that does not fit was reported and is 0.
    pub value: i128,
    /// Where it stands.
    pub span: Span,
}

/// A release such as `2.6.32`, `5.10` or `7.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseLit {
    /// Major, minor and patch number; a missing patch is 0.
    pub parts: [u16; 3],
    /// Where it stands.
    pub span: Span,
}

/// `///` lines above a declaration, without the slashes and one following space, joined by `\n`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// The text; empty when there is none.
    pub text: String,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its directives in the order written.
    pub items: Vec<Item>,
}

/// A directive.
#[allow(clippy::large_enum_variant, reason = "most items are of the large kinds")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `BASE name;` names the section as the 2005 files did.
    Base(Name),
    /// `ABI linux/x86_64;`: the name of the ABI and, after the slash, its machine.
    Abi {
        /// The operating system's part.
        os: Name,
        /// The machine's part.
        machine: Name,
    },
    /// `RELEASE 7.2;`: the newest release that these files describe.
    Release(ReleaseLit),
    /// `INCLUDE "path";`
    Include {
        /// The path between the quotes.
        path: Name,
        /// The whole directive.
        span: Span,
    },
    /// `ADD 3 { … }`, `OVERRIDE 3 { … }`, `CALL read { … }`, `ADD 3 read;`, `SERVICE 1008 { … }`.
    Call(CallItem),
    /// `type`, `resource`, `flags`, `enum`, `struct`, `union`, `group`.
    Type(TypeItem),
    /// `group NAME "title";`
    Group {
        /// Its doc comment.
        doc: Doc,
        /// The name used by `group` clauses.
        name: Name,
        /// The heading shown to readers.
        title: Name,
    },
}

/// How a call item attaches to the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallVerb {
    /// `ADD nr`: a new number, with a body, or bound to a `CALL` of that name.
    Add(Int),
    /// `OVERRIDE nr`: replaces the clauses of a number that an earlier file added.
    Override(Int),
    /// `SERVICE nr`: a slot of the layer's own, above the calls.
    Service(Int),
    /// `CALL`: machine-independent, gets its number from a later `ADD nr NAME;`.
    Declare,
    /// `RULE`: how the call of that name is carried out where the kernel does not have it.
    Rule,
}

/// A call directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallItem {
    /// Its doc comment: first line is the summary.
    pub doc: Doc,
    /// Which directive it is.
    pub verb: CallVerb,
    /// The name after the number, in `ADD 3 read;`, or after `CALL` or `RULE`.
    pub name: Option<Name>,
    /// The clauses between the braces.
    pub clauses: Vec<Clause>,
    /// The whole directive.
    pub span: Span,
}

/// One clause of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// `function TYPE name(args);`
    Function(Function),
    /// `implementation …;`
    Implementation(Implementation, Span),
    /// `since 5.1;` or `since x86_64 2.6, i386 5.1;` (no machine: all of them).
    Since(Vec<(Option<Name>, ReleaseLit)>, Span),
    /// `until 5.5;`, the release that no longer has it.
    Until(Vec<(Option<Name>, ReleaseLit)>, Span),
    /// `group process;`
    Group(Name),
    /// `cancel point;` or, for calls that POSIX lets be one, `cancel may;`
    Cancel(Name),
    /// `errors ECHILD, EINTR;`
    Errors(Vec<Name>, Span),
    /// `returns twice;`, `returns never;` or `returns frame;`
    Returns(Name),
    /// `interpose never;`
    Interpose(Name),
    /// `vdso "__vdso_clock_gettime";`
    Vdso(Name),
    /// `slots 2;`
    Slots(Int),
    /// `see "clone(2)";`: the manual page, where it has another name.
    See(Name),
}

/// `function TYPE name(params);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// What the C function returns.
    pub ret: TypeExpr,
    /// The name of the call.
    pub name: Name,
    /// Parameters in C order; `(void)` is empty.
    pub params: Vec<Param>,
    /// The clause.
    pub span: Span,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// `in`, `out`, `inout`; none written means none given.
    pub dir: Option<Dir>,
    /// `opt`: null is allowed.
    pub opt: bool,
    /// The type; a parameter array is a pointer in C.
    pub ty: TypeExpr,
    /// The name; 2005 files may leave it out.
    pub name: Option<Name>,
    /// `[…]` after the name.
    pub len: Option<Len>,
    /// The whole parameter.
    pub span: Span,
}

/// Direction of the data behind a pointer, as seen by the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dir {
    /// Read by the kernel.
    In,
    /// Written by the kernel.
    Out,
    /// Both.
    InOut,
}

/// How much lies behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Len {
    /// `[n]`: that many elements; `n` is a parameter, a constant or `*n` (behind a pointer).
    Elements(LenExpr),
    /// `[bytes n]`
    Bytes(LenExpr),
    /// `[null]`: elements up to a null one, such as `argv`.
    NullTerminated,
}

/// The amount itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LenExpr {
    /// A constant.
    Int(Int),
    /// The value of a parameter (or field).
    Param(Name),
    /// The value behind a pointer parameter (or field): `*optlen`.
    Behind(Name),
    /// The call's result: `[bytes result]`.
    Result(Span),
}

/// A type as written: words, a version, stars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeExpr {
    /// `const` was written.
    pub is_const: bool,
    /// The base word; several C words (`unsigned long`) are joined by one space.
    pub base: Name,
    /// `@2_6` or `@7_2`, a struct's version.
    pub version: Option<Name>,
    /// Number of `*`.
    pub stars: u8,
    /// The whole type.
    pub span: Span,
}

/// `implementation …;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// The kernel's own call.
    Direct,
    /// `structural { … }`: converted field by field.
    Structural(Vec<Conversion>),
    /// `custom NAME using CALL, … [exact | approximate "what differs"]`
    Custom {
        /// The layer's function.
        name: Name,
        /// The calls it makes.
        using: Vec<Name>,
        /// What differs from the real call; none: exact.
        approximate: Option<Name>,
    },
    /// `simulated ENOSYS`: always that errno.
    Simulated(Name),
}

/// A line of a structural implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `convert buf: stat@1 -> stat@2;`
    Convert {
        /// The parameter.
        param: Name,
        /// The program's struct.
        from: TypeExpr,
        /// The kernel's struct.
        to: TypeExpr,
    },
    /// `narrow st_ino overflow EOVERFLOW;`
    Narrow {
        /// The field that may not fit.
        field: Name,
        /// The errno answered then.
        overflow: Name,
    },
    /// `default st_gen = 0;`: the value of a field that the other side lacks.
    Default {
        /// The field.
        field: Name,
        /// Its value.
        value: Int,
    },
    /// `rename st_atime_sec = st_atim_sec;`: program's field, constant or errno = the kernel's.
    Rename {
        /// The program's name.
        from: Name,
        /// The kernel's name.
        to: Name,
    },
    /// `limit iov 1024 short;`, `limit msg_iov overflow EMSGSIZE;`: what is done about more elements than fit.
    Limit {
        /// The parameter or field.
        name: Name,
        /// The greatest number of elements that the kernel takes.
        most: Option<Int>,
        /// The errno answered for more than fit; none: as many as fit are done.
        overflow: Option<Name>,
    },
    /// `member in when family = 2;`: which member a union holds.
    Member {
        /// The member.
        member: Name,
        /// The field beside the union that tells.
        tag: Name,
        /// Its value.
        value: Int,
    },
    /// `member raw otherwise;`: which member a union holds when no other line tells.
    Otherwise {
        /// The member.
        member: Name,
    },
}

/// A type declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeItem {
    /// Its doc comment.
    pub doc: Doc,
    /// The declared word.
    pub name: Name,
    /// `@2_6` after a struct's name.
    pub version: Option<Name>,
    /// What it is.
    pub kind: TypeKind,
    /// `since …` in the head of a struct version: `struct rseq@7_0 since 7.0 size 64 { … }`.
    pub since: Option<ReleaseLit>,
    /// The whole declaration.
    pub span: Span,
}

/// The kinds of declared types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `type off_t = i64;`, with a C spelling of its own or not: `type dev_t = u64;`
    Alias(TypeExpr),
    /// `resource fd: int;`
    Resource(TypeExpr),
    /// `flags open_flags: int { O_CREAT = 0o100; … }`
    Flags(TypeExpr, Vec<Constant>),
    /// `enum whence: int { SEEK_SET = 0; … }`
    Enum(TypeExpr, Vec<Constant>),
    /// `struct timespec size 16 align 8 { … }`
    Struct(Layout),
    /// `union sigval size 8 align 8 { … }`: all offsets 0 unless written.
    Union(Layout),
}

/// One named constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its doc comment.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Int,
    /// `since 5.11` after the value.
    pub since: Option<ReleaseLit>,
}

/// The body of a struct or union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// `size N`, in bytes.
    pub size: Option<Int>,
    /// `align N`, in bytes.
    pub align: Option<Int>,
    /// `extensible`: programs pass its size, and a zero tail may be cut.
    pub extensible: bool,
    /// `header "linux/stat.h"`: where C finds it, and `as "struct __kernel_timespec"`, how.
    pub header: Option<Name>,
    /// The C spelling, when it is not `struct NAME`.
    pub c_name: Option<Name>,
    /// Fields in the order written.
    pub fields: Vec<Field>,
}

/// One field: `@8 i64 tv_nsec;`, `@0 u8 name[16];`, `@16 in iovec *iov [iovlen];`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its doc comment.
    pub doc: Doc,
    /// `@N`.
    pub offset: Option<Int>,
    /// Direction of what a pointer field points at.
    pub dir: Option<Dir>,
    /// `opt`.
    pub opt: bool,
    /// The type.
    pub ty: TypeExpr,
    /// The name; none only for an anonymous nested union, which is not supported: report it.
    pub name: Name,
    /// `[N]` directly after the name: a fixed array; `[]` (0 here): a flexible one at the end.
    pub array: Option<Int>,
    /// For pointer fields: `[len]`, `[bytes len]`, `[null]`.
    pub len: Option<Len>,
    /// The whole field.
    pub span: Span,
}
