//! The text of a model lowers to that model again.

use libsys_emit::sys;
use libsys_model::{Abi, Shape, TypeDefKind, TypeRef};
use libsys_syntax::source::{Source, TableLoader};

fn lower(text: &str) -> Abi {
    let root = Source { path: "t.sys".into(), text: text.into() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    abi.unwrap_or_else(|| panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)))
}

#[test]
fn the_built_in_abi_survives() {
    let abi = libsys_abi::linux_x86_64();
    let text = sys::emit(&abi);
    assert_eq!(libsys_syntax::format(&text).as_deref(), Ok(text.as_str()));
    let again = lower(&text);
    for (a, b) in abi.calls.iter().zip(&again.calls) {
        assert_eq!(a, b);
    }
    for (a, b) in abi.types.iter().zip(&again.types) {
        assert_eq!(a, b);
    }
    assert_eq!(abi, again);
    assert_eq!(sys::emit(&again), text);
}

#[test]
fn everything_that_can_be_said_survives() {
    let text = r#"ABI linux/x86_64;
RELEASE 7.2;
/// About it.
group g "A \"title\"";
struct s@1 size 4 align 4 { @0 u32 a; }
struct s@2 since 5.0 size 16 align 8 extensible header "a.h" as "struct other" {
    /// A field.
    @0 u32 b; @4 u8 c[4]; @8 inout opt void *p [bytes b];
}
union u size 8 align 8 { i64 a; address b; }
flags f: u32 { /** */ A = 1; B = 1 << 31 since 4.2; }
"#
    .replace("/** */ ", "");
    let text = text
        + r#"
enum e: int { X = -1; Y = 2; }
/// Summary.
///
/// More.
///
ADD 3 {
    function int a(inout s@2 *s, f f, opt path p, in string *v [null], out int *n [*m], inout int *m);
    since 2.0; until 7.0; group g; cancel may; errors EIO, EINTR; see "other(2)"; slots 2;
    implementation structural { convert s: s@2 -> s@1; rename b = a; narrow b overflow EOVERFLOW; default c = 0; default p = 1; }
}
union v size 8 align 8 { i32 a; u8 raw[8]; }
struct w@1 size 16 align 8 { @0 u32 tag; @8 u of; }
struct w@2 since 6.0 size 16 align 8 { @0 u32 tag; @8 v of; }
ADD 8 {
    function int e(in w@1 *w [bytes n], u32 n);
    implementation structural { convert w: w@1 -> w@2; limit w 128 short; member a when tag = 3; narrow a overflow EOVERFLOW; member a otherwise; }
}
ADD 5 { function void b(e e); returns never; interpose never; vdso "__vdso_time"; implementation simulated ENOSYS; }
ADD 6 { function u64 c(void); implementation custom emulate using a, b approximate "it lies"; cancel point; }
ADD 7 { function int d(void); implementation custom nothing using none; returns twice; }
SERVICE 1008 { function void unmap(address stack, size_t size); }
"#;
    let abi = lower(&text);
    assert_eq!(lower(&sys::emit(&abi)), abi);
}

#[test]
fn files_of_2005_survive() {
    let abi = lower("BASE b; type t = u32; ADD 3 { function ssize_t read(int fd, void_ptr buf, t n); }");
    assert_eq!(lower(&sys::emit(&abi)), abi);
}

#[test]
fn an_older_release_is_a_text_too() {
    let old = libsys_abi::linux_x86_64().at(libsys_model::Release::new(5, 10, 0));
    let again = lower(&sys::emit(&old));
    assert_eq!(again.calls.len(), old.calls.len());
    assert_eq!(again.fingerprint(), old.fingerprint());
    // Names of types mean the versions that held then.
    let struct_of = |abi: &Abi, ty: &TypeRef| -> Option<u32> {
        let Shape::Pointer(inner) = &ty.shape else { return None };
        abi.as_struct(inner).map(|(_, layout)| layout.size)
    };
    for (a, b) in old.calls.iter().zip(&again.calls) {
        for (p, q) in a.params.iter().zip(&b.params) {
            assert_eq!(struct_of(&old, &p.ty), struct_of(&again, &q.ty), "{} {}", a.name, p.name);
        }
    }
    let constants = |abi: &Abi| {
        let of = |kind: &TypeDefKind| match kind {
            TypeDefKind::Flags(_, list) | TypeDefKind::Enum(_, list) => list.len(),
            _ => 0,
        };
        abi.types.iter().map(|def| of(&def.kind)).sum::<usize>()
    };
    assert_eq!(constants(&old), constants(&again));
}
