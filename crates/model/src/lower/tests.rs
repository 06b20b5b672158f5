//! Small programs: what they mean, and what is said about their mistakes.

use libsys_syntax::diagnostic::Severity;
use libsys_syntax::source::{Source, TableLoader};
use libsys_syntax::{MAX_DIAGNOSTICS, Parsed, parse};

use super::lower;
use crate::{Abi, Len, LenExpr, Release, Shape, SyscallNr, TypeDefKind};

const HEAD: &str = "ABI linux/x86_64;\nRELEASE 7.2;\n";

fn read(text: &str) -> Parsed {
    parse(Source { path: "test.sys".into(), text: text.into() }, &TableLoader::default())
}

/// The model of a text without mistakes.
fn model(text: &str) -> Abi {
    let parsed = read(text);
    let (abi, diagnostics) = lower(&parsed);
    assert_eq!(libsys_syntax::render(&diagnostics, &parsed.sources, false), "");
    abi.expect("it has no mistakes")
}

/// One line for each diagnostic: code, line and column, message; with its help.
fn mistakes(text: &str) -> String {
    let parsed = read(text);
    let (abi, diagnostics) = lower(&parsed);
    let has_errors = diagnostics.iter().any(|d| d.severity == Severity::Error);
    assert_eq!(abi.is_none(), has_errors, "{text}");
    let mut lines = String::new();
    for d in &diagnostics {
        let before = &text[..d.primary.span.start as usize];
        let line = before.matches('\n').count() + 1;
        let help = d.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
        let near = text.get(d.primary.span.start as usize..d.primary.span.end as usize).unwrap_or("");
        let near = near.lines().next().unwrap_or("");
        lines.push_str(&format!("  {}:{line} `{near}`: {}{help}\n", d.code, d.message));
    }
    lines
}

#[test]
fn a_whole_program() {
    let abi = model(
        "ABI linux/x86_64; RELEASE 7.2;
        group file \"Files\";
        resource fd: int;
        type count_t = size_t;
        struct iovec size 16 align 8 { @0 inout void *iov_base [bytes iov_len]; @8 count_t iov_len; }
        flags f: int { A = 1; B = 1 << 31 since 6.0; }
        /// Read a vector.
        ///
        /// More.
        CALL readv { function ssize_t readv(fd fd, in iovec *vec [count], int count); since 2.6, i386 2.0;
            until 7.0; group file; cancel point; errors EINVAL, EBADF, EBADF; }
        CALL open { function fd open(path name, f flags, ...0 u32 mode); }
        ADD 19 readv; ADD 20 readv { function ssize_t writev(fd fd, in iovec *vec [count], int count); }"
            .replace("...0 ", "")
            .replace("ADD 20 readv", "ADD 20")
            .as_str(),
    );
    let call = abi.call(SyscallNr(19)).expect("it is there");
    assert_eq!(call.c_prototype("__sys_"), "ssize_t __sys_readv(int fd, const struct iovec *vec, int count)");
    assert_eq!(call.signature_text(), "ssize_t readv(fd fd, in iovec *vec [count], int count)");
    assert_eq!((call.summary.as_str(), call.errors.len()), ("Read a vector", 2));
    assert_eq!((call.since, call.until), (Some(Release::new(2, 6, 0)), Some(Release::new(7, 0, 0))));
    assert_eq!(call.params[1].pointee.as_ref().map(|p| &p.len), Some(&Len::Elements(LenExpr::Param(2))));
    assert!(matches!(call.params[0].ty.shape, Shape::Named(_)));
    let (_, layout) = abi
        .types
        .iter()
        .find_map(|t| match &t.kind {
            TypeDefKind::Struct(layout) => Some((t, layout)),
            _ => None,
        })
        .expect("there is a struct");
    assert_eq!(layout.fields[0].pointee.as_ref().map(|p| &p.len), Some(&Len::Bytes(LenExpr::Param(1))));
    assert_eq!(abi.calls.len(), 2, "a declaration without a number is no call");
}

#[test]
fn releases_follow_from_one_history() {
    let abi = model(
        "ABI linux/x86_64; RELEASE 7.2;
        flags f: int { A = 1; B = 2 since 6.0; }
        struct s@1 size 4 align 4 { @0 int a; }
        struct s@2 since 5.0 size 8 align 4 { @0 int a; @4 int b; }
        ADD 0 { function int old(void); until 4.0; }
        ADD 1 { function int always(out s *s); }
        ADD 2 { function int new(void); since 6.5; }",
    );
    let names = |release: &str| -> Vec<String> {
        let old = abi.at(release.parse().expect("a release"));
        old.calls.iter().map(|c| c.name.clone()).collect()
    };
    assert_eq!(names("3.0"), ["old", "always"]);
    assert_eq!(names("4.0"), ["always"]);
    assert_eq!(names("7.2"), ["always", "new"]);
    let releases: Vec<String> = abi.releases().iter().map(Release::to_string).collect();
    assert_eq!(releases, ["4.0", "5.0", "6.5", "7.2"]);
    assert_eq!(abi.first_release(), None);
    let dated = model(
        "ABI linux/x86_64; RELEASE 7.2; ADD 0 { function int f(void); since 2.6; } ADD 1 { function int g(void); since 3.0; }
        ADD 2 { function int h(void); implementation simulated ENOSYS; }",
    );
    assert_eq!(dated.first_release(), Some(Release::new(2, 6, 0)));
    let size = |release: &str| {
        let abi = abi.at(release.parse().expect("a release"));
        let Shape::Pointer(target) = &abi.call_named("always").expect("always").params[0].ty.shape else {
            panic!("a pointer")
        };
        abi.as_struct(target).expect("a struct").1.size
    };
    assert_eq!((size("4.19"), size("5.0")), (4, 8));
    assert_eq!(abi.at(Release::new(6, 6, 0)).fingerprint(), abi.fingerprint());
    assert_ne!(abi.at(Release::new(6, 4, 0)).fingerprint(), abi.fingerprint());
}

#[test]
fn uses_of_an_older_release_name_the_versions_that_it_has() {
    let abi = model(
        "ABI linux/x86_64; RELEASE 7.2;
        struct s@1 size 4 align 4 as \"struct old\" { @0 int a; }
        struct s@2 since 5.0 size 8 align 4 as \"struct new\" { @0 int a; @4 int b; }
        struct holds@1 size 16 align 8 { @0 in s *p; @8 s@1 s; }
        struct holds@2 since 5.0 size 16 align 8 { @0 in s@2 **p; @8 s s; }
        ADD 0 { function int f(out s *a, in s@2 *b, inout s@2 **c, in s@1 *d, in holds *e, const s *g); }",
    );
    let old = abi.at(Release::new(4, 19, 0)).calls[0].clone();
    assert_eq!(
        old.c_prototype(""),
        "int f(struct old *a, const struct old *b, struct old **c, const struct old *d, const struct holds *e, \
         const struct old *g)"
    );
    assert_eq!(
        old.signature_text(),
        "int f(out s *a, in s@1 *b, inout s@1 **c, in s@1 *d, in holds *e, in const s *g)"
    );
    // What a struct holds stays what it was laid out for.
    let layout = |abi: &Abi, i: usize| match &abi.types[i].kind {
        TypeDefKind::Struct(layout) => layout.fields.iter().map(|f| f.ty.text.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    let then = abi.at(Release::new(4, 19, 0));
    assert_eq!(
        (layout(&then, 2), layout(&then, 3)),
        (vec!["s *".into(), "s@1".into()], vec!["s@1 **".into(), "s".into()])
    );
    assert_eq!(abi.at(abi.release), abi);
}

#[test]
fn declarations_overrides_and_additions_merge_clause_by_clause() {
    let abi = model(
        "ABI linux/x86_64; RELEASE 7.2;
        /// First.
        CALL a { function int a(void); since 2.6; errors EPERM; }
        ADD 5 a { errors EINVAL; }
        /// Second.
        OVERRIDE 5 { implementation simulated ENOSYS; }",
    );
    let call = &abi.calls[0];
    assert_eq!((call.errors.as_slice(), call.summary.as_str()), (&["EINVAL".to_owned()][..], "Second"));
    assert_eq!(call.since, Some(Release::new(2, 6, 0)));
    assert_eq!(call.implementation, crate::Implementation::Simulated("ENOSYS".into()));
}

#[test]
fn every_mistake_is_named() {
    let bodies = [
        // heads
        "",
        "BASE x; ABI linux/x86_64;",
        "ABI linux/x86_64; ABI linux/x86_64; RELEASE 7.2; RELEASE 7.1;",
        "ABI linux/vax; RELEASE 7.2;",
        "ABI linux/x86_64;",
        "ABI linux/x86_64; RELEASE 300.1;",
        "ABI averyveryverylongname/x86_64; RELEASE 7.2;",
        "type t = int;",
    ];
    let with_head = [
        // types
        "type a = int; type a = long;", "type t = strct;\nstruct struct_ size 4 align 4 { @0 int a; }", "type int = long;",
        "type a = b; type b = a; type c = a;", "resource r: void;", "flags f: u8 { A = 256; B = -129; C = 255; }",
        "enum a: int { X = 1; } enum b: int { X = 2; } enum c: int { X = 1; }",
        "struct s@1 size 4 align 4 { @0 int a; } struct s@2 size 4 align 4 { @0 int a; }",
        "struct s size 4 align 4 { @0 int a; } struct s@2 size 4 align 4 { @0 int a; }",
        "struct s@1 size 4 align 4 { @0 int a; } type t = s@2; type u = int@3;",
        "group a \"A\"; group a \"B\"; ADD 0 { function int f(void); group b; }",
        // layouts
        "struct s { @0 int a; }", "struct s size 4 { @0 int a; }", "struct s size 5 align 3 { @0 int a; }",
        "struct s size 6 align 4 { @0 int a; }", "struct s size 8 align 4 { int a; }",
        "struct s size 4 align 4 { @0 int a; @4 int b; }", "struct s size 8 align 4 { @2 int b; }",
        "struct s size 8 align 4 { @0 int b; @2 u16 c; }", "struct s size 8 align 4 { @0 u8 a[]; @4 int c; }",
        "struct s size 8 align 4 { @0 int b; @4 int b; }", "struct s size 8 align 4 { @0 s s; }",
        "struct a size 8 align 4 { @0 b b; } struct b size 8 align 4 { @0 a a; }", "struct s size 8 align 4 { @0 void v; }",
        "struct s size 8 align 8 { @0 in char *p [bytes n]; }", "struct s size 8 align 8 { @0 in char *p [bytes result]; }",
        "struct s size 8 align 8 { @-8 long p; }", "struct s size 8 align 8 { @0 u64 p[99999999999]; }",
        "union u size 8 align 8 { long a; int b; }",
        "struct s size 0 align 1 { } struct t size 0 align 1 { @0 u8 a[]; } struct u size 4 align 1 { @0 t t; @0 t u[]; }",
        "struct s size 4 align 1 as \"struct a b\" header \"<a.h>\" { } struct t size 4 align 1 as \"a_t\" header \"a/b-c.h\" { }",
        "struct s@1 size 4 align 4 { @0 int a; } struct s@2 since 1.0 size 4 align 4 { @0 int a; } struct s@1 since 2.0 size 4 align 4 { @0 int a; } struct s size 4 align 1 { } type s = int;",
        "struct s@1 size 4 align 4 { @0 int a; } struct s@2 since 5.0 size 8 align 4 { @0 int a; } type t = s;
         struct u size 40 align 8 { @0 s a; @8 t b; @16 s@1 c; @24 in s *d; @32 in t *e; } struct v since 5.0 size 8 align 4 { @0 s a; }",
        // calls
        "ADD 0 { function int f(void); } ADD 0 { function int g(void); }", "ADD 0 { function int f(void); } ADD 1 { function int f(void); }",
        "ADD 0 raed; CALL read { function int read(void); }", "OVERRIDE 7 { since 2.6; }", "ADD 1008 { function int f(void); }",
        "SERVICE 3 { function int f(void); }", "ADD -1 { function int f(void); }", "ADD 0 { since 2.6; }",
        "CALL a { function int b(void); } ADD 0 a;", "CALL a { function int a(void); } CALL a { function int a(void); }",
        "ADD 0 { function int f(int a, int b, int c, int d, int e, int f, int g); }", "ADD 0 { function int f(int a, long a); }",
        "struct s size 4 align 4 { @0 int a; } ADD 0 { function s f(s s, void v); }",
        "ADD 0 { function int f(out path p); }", "ADD 0 { function int f(char *p); }", "ADD 0 { function int f(in int p [n], int n); }",
        "ADD 0 { function int f(in char *p [m], int n); }", "ADD 0 { function int f(in char *p [*n], int n); }",
        "ADD 0 { function int f(in char *p [-1]); }", "ADD 0 { function int f(void); errors ENOSY, EPERM; }",
        "ADD 0 { function int f(void); since 2.6; since 2.7; }", "ADD 0 { function int f(void); slots 3; }",
        "ADD 0 { function int f(void); slots 2; } ADD 1 { function int g(void); }",
        "ADD 0 { function int f(void); implementation simulated ENOSYZ; }",
        "ADD 0 { function int f(void); implementation custom c using f, g, fg; } ADD 1 { function int fgh(void); }",
        "ADD 0 { function int f(in char *p [*n], in char **n); }", "ADD 1007 { function int f(void); slots 2; }",
        "CALL a { function int a(void); } ADD 0 a; ADD 1 a;", "ADD 0 a { function int a(void); } OVERRIDE 0 b { cancel may; }",
        "ADD 0 { function int f(strct s, in int p, out path q); errors ENOSY; group g; }",
        // rules
        "ADD 0 { function int f(void); } RULE f { implementation simulated ENOSYS; } RULE f { implementation simulated ENOSYS; }",
        "ADD 0 { function int f(void); } RULE f { implementation direct; } RULE f; RULE f { since 1.0; implementation simulated ENOSYS; }",
        "ADD 0 { function int ff(void); } CALL gg { function int gg(void); } RULE gg { implementation simulated ENOSYS; } RULE fg { implementation simulated ENOSYS; }",
        "ADD 0 { function int f(void); since 5.0; } ADD 1 { function int g(void); since 6.0; } ADD 2 { function int h(void); until 5.5; }
         ADD 3 { function int i(void); since 4.0; } ADD 4 { function int j(void); since 6.0; }
         RULE f { implementation custom f using g, i exact; } RULE h { implementation custom h using g exact; }
         RULE g { implementation simulated ENOSYS; } RULE j { implementation custom j using f, i exact; }",
        "ADD 0 { function int f(void); since 5.0; } ADD 1 { function int g(void); since 6.0; } ADD 2 { function int h(void); since 6.0; }
         RULE f { implementation custom f using g exact; } RULE g { implementation custom g using h, f exact; }
         RULE h { implementation custom h using g exact; }",
        "ADD 0 { function int f(void); since 5.0; } ADD 1 { function int g(void); since 6.0; } ADD 2 { function int h(void); since 6.5; }
         RULE f { implementation custom f using g exact; } RULE g { implementation custom g using h exact; }",
        // releases
        "ADD 0 { function int f(void); since 8.0; }", "ADD 0 { function int f(void); since 5.0; until 5.0; }",
        "ADD 0 { function int f(void); since x86_46 5.0; }", "ADD 0 { function int f(void); since 5.0, 6.0; }",
        // conversions
        "struct a size 4 align 4 { @0 int x; } struct b size 16 align 8 { @0 long x; @8 long y; }
         ADD 0 { function int f(out a *p); implementation structural { convert p: a -> b; } }
         ADD 1 { function int g(in a *p); implementation structural { convert p: a -> b; } }
         ADD 2 { function int h(inout a *p); implementation structural { convert q: a -> int; narrow z overflow EOVERFLO; rename x = yy; } }
         ADD 3 { function int i(inout a *p); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; default y = 0; } }
         ADD 4 { function int j(inout a *p); implementation structural { } }
         ADD 5 { function int k(int p); implementation structural { convert p: a -> a; convert p: a -> b; default x = 0; default x = 1; } }",
        "struct a size 4 align 1 { @0 u8 x[4]; } struct b size 8 align 1 { @0 u8 x[8]; }
         ADD 0 { function int f(inout a *p); implementation structural { convert p: a -> b; } }",
        // What would be lost, what no number counts, what nothing tells, and what is not passed.
        "struct a size 16 align 8 { @0 long x; @8 long y; } struct b size 8 align 8 { @0 long x; } struct c size 8 align 8 extensible { @0 long x; }
         ADD 0 { function int f(in a *p); implementation structural { convert p: a -> b; } }
         ADD 1 { function int g(out a *p); implementation structural { convert p: b -> a; default y = 0; } }
         ADD 2 { function int h(in b *p [n], int n); implementation structural { convert p: b -> a; default y = 0; } }
         ADD 3 { function int i(in b *p [bytes n], int n); implementation structural { convert p: b -> c; } }
         ADD 4 { function int j(in b *p [null]); implementation structural { convert p: b -> c; } }
         ADD 5 { function int k(in b *p [n], int n); implementation structural { convert p: b -> c; limit p short; limit q 5 overflow ETOO; } }
         ADD 6 { function int l(in a *p); implementation structural { convert p: a -> b; default y = 5; narrow y overflow EINVAL; } }
         ADD 7 { function int m(out b *p); implementation structural { convert p: b -> a; default x = 99999999999999999999; } }",
        "union u size 8 align 8 { long x; int y; } union v size 8 align 8 { int y; u16 x; } struct a size 16 align 8 { @0 int t; @8 u u; } struct b size 16 align 8 { @0 v u; @8 int t; }
         ADD 0 { function int f(in a *p); implementation structural { convert p: a -> b; } }
         ADD 1 { function int g(in a *p); implementation structural { convert p: a -> b; member x when t = 1; } }
         ADD 2 { function int h(in a *p); implementation structural { convert p: a -> b; member x when w = 1; member z when t = 2; narrow x overflow EOVERFLOW; narrow u overflow EINVAL; } }
         ADD 3 { function int i(in a *p); implementation structural { convert p: a -> b; member x when t = 1; member y when t = 2; member x when t = 1; narrow x overflow EOVERFLOW; narrow u overflow EINVAL; } }
         ADD 4 { function int j(in u *p); implementation structural { convert p: u -> v; } }
         ADD 5 { function int k(in a *p); implementation structural { convert p: a -> b; member x when t = 1; member y otherwise; member y otherwise; member z otherwise; narrow x overflow EOVERFLOW; } }
         ADD 6 { function int l(in a *p); implementation structural { convert p: a -> b; member y otherwise; } }",
        // Measured in bytes, and counted behind a pointer.
        "struct a size 4 align 4 { @0 u32 x; } struct b size 8 align 8 { @0 u64 x; } struct c size 16 align 8 { @0 in a *q; } struct d size 16 align 8 { @0 in b *q; }
         ADD 0 { function int f(out a *p [bytes n], int n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }
         ADD 1 { function int g(inout a *p [bytes *n], inout int *n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }
         ADD 2 { function int h(out a *p [*n], inout int *n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }
         ADD 3 { function int i(out a *p [*n], in int *n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; limit p short; } }
         ADD 4 { function int j(in a *p [*n], out a *q [*n], inout int *n); implementation structural { convert p: a -> b; limit p short; } }
         ADD 5 { function int k(in c *p [bytes n], int n); implementation structural { convert p: c -> d; limit p short; } }
         ADD 6 { function int l(in a *p [bytes result]); implementation structural { convert p: a -> b; } }
         ADD 7 { function int m(out a *p [bytes *n], inout int *n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }",
        "struct a size 4 align 4 { @0 u32 x; } struct b size 8 align 8 { @0 u64 x; }
         struct c size 16 align 8 { @0 inout a *q [bytes n]; @8 u64 n; } struct d size 16 align 8 { @0 inout b *q [bytes n]; @8 i64 n; }
         struct e size 16 align 8 { @0 in a *q [bytes n]; @8 u64 n; }
         ADD 0 { function int f(in c *p); implementation structural { convert p: c -> d; narrow x overflow EOVERFLOW; limit q short; } }
         ADD 1 { function int g(in e *p); implementation structural { convert p: e -> d; } }
         ADD 2 { function int h(in e *p); implementation structural { convert p: e -> d; limit q short; } }",
        "struct i size 4 align 4 { @0 u32 l; } struct j size 8 align 8 { @0 u64 l; }
         struct a size 16 align 8 { @0 in i *p [n]; @8 u32 n; } struct b size 16 align 8 { @0 in j *p [n]; @8 u64 n; } struct c size 16 align 8 { @0 j p; @8 u64 n; }
         ADD 0 { function int f(in a *a); implementation structural { convert a: a -> b; } }
         ADD 1 { function int g(in a *a); implementation structural { convert a: a -> b; limit p short; } }
         ADD 2 { function int h(in a *a); implementation structural { convert a: a -> b; limit p overflow EMSGSIZE; } }
         ADD 3 { function int k(in a *a); implementation structural { convert a: a -> c; } }
         ADD 4 { function int l(in a *a); implementation structural { convert a: a -> b; limit p 7 overflow EMSGSIZE; } }",
        "flags f: u32 { A = 1; B = 2; } flags g: u32 { C = 2; D = 1; } enum h: u32 { E = 1; }
         ADD 0 { function int f(f x); implementation structural { convert x: f -> g; rename A = C; } }
         ADD 1 { function int g(f x); implementation structural { convert x: f -> g; rename A = C; rename B = F; narrow x overflow EINVAL; rename EPERM = EACCES; rename EPERM = EAGAIN; rename EPERM = A; } }
         ADD 2 { function int h(u64 x); implementation structural { convert x: u64 -> g; convert x: f -> g; } }",
        // A rule says how two versions become each other, in both directions.
        "struct s@1 size 4 align 4 { @0 int a; } struct s@2 since 5.0 size 8 align 8 { @0 long a; } struct s@3 since 6.0 size 8 align 8 { @0 int a; @4 int b; }
         ADD 0 { function int f(in s *s); } RULE f { implementation structural { convert s: s@1 -> s@2; convert s: s@2 -> s@3; convert s: s@2 -> s@1; default b = 0; } }
         ADD 1 { function int g(in s@1 *s); implementation structural { convert s: s@2 -> s@3; } }",
    ];
    let mut shown = String::new();
    for text in bodies {
        shown.push_str(&format!("{text}\n{}", mistakes(text)));
    }
    for body in with_head {
        shown.push_str(&format!("{body}\n{}", mistakes(&format!("{HEAD}{body}"))));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn files_of_2005_are_read_loosely() {
    let text = "BASE map_syscalls_1_2_0;
        ADD 3 { function ssize_t read(int fd, void_ptr buf, size_t nbyte); implementation direct; }
        ADD 4 { function ssize_t read(int fd, const_void_ptr buf, size_t nbyte); implementation direct; }
        ADD 4 { function int again(void); implementation direct; }
        ADD 5 { function int open(const_char_ptr path, u_int flags, caddr_t x, rtprio_1_2_0_ptr rtp, rtprio_1_2_0_ptr); }
        ADD 6 { function int execve(char_ptr name, char_ptr_ptr argv, aiocb_1_2_0_ptr_const_ptr list, volatile_const_int_ptr w); }";
    let parsed = read(text);
    let (abi, _) = lower(&parsed);
    let abi = abi.expect("its faults are warnings");
    assert_eq!((abi.name.as_str(), abi.is_base, abi.slot_count()), ("map_syscalls_1_2_0", true, 7));
    let call = abi.call(SyscallNr(6)).expect("it is there");
    assert_eq!(
        call.c_prototype(""),
        "int execve(char *name, char **argv, aiocb_1_2_0 *const *list, const volatile int *w)"
    );
    let call = abi.call(SyscallNr(5)).expect("it is there");
    assert_eq!(
        call.c_prototype(""),
        "int open(const char *path, u_int flags, caddr_t x, rtprio_1_2_0 *rtp, rtprio_1_2_0 *arg4)"
    );
    insta::assert_snapshot!(mistakes(text));
}

#[test]
fn pointers_to_functions_are_spelled_from_the_inside() {
    let abi = model(&format!(
        "{HEAD}ADD 0 {{ function function_pointer f(out function_pointer *a, in function_pointer *b, \
         inout function_pointer **c, function_pointer d); }}"
    ));
    assert_eq!(
        abi.calls[0].c_prototype(""),
        "void (*f(void (**a)(void), void (*const *b)(void), void (***c)(void), void (*d)(void)))(void)"
    );
}

#[test]
fn const_says_in_only_of_what_the_pointer_points_at() {
    let lines = mistakes(&format!(
        "{HEAD}type s = const char *;
        ADD 0 {{ function int f(const char *a, string *b, const char **c, s *d, function_pointer *e); }}"
    ));
    let near: Vec<&str> = lines.lines().filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(near, ["string *b", "const char **c", "s *d", "function_pointer *e"], "{lines}");
}

#[test]
fn other_names_of_structs_and_of_nothing_are_no_parameters() {
    let lines = mistakes(&format!(
        "{HEAD}type nothing = void; type t = s; struct s size 4 align 4 {{ @0 int a; }}
        ADD 0 {{ function nothing f(nothing a, t b, in nothing *c, in t *d); }}"
    ));
    assert_eq!(lines.matches("E0212").count(), 2, "{lines}");
}

#[test]
fn structs_have_a_greatest_number_of_versions_and_fields() {
    let mut text = HEAD.to_owned();
    for i in 0..66 {
        text.push_str(&format!("struct s@{i} since 1.{i} size 1 align 1 {{ }}\n"));
    }
    text.push_str("struct t size 1048576 align 1 {\n");
    for i in 0..4098 {
        text.push_str(&format!("@{i} u8 f{i};\n"));
    }
    text.push('}');
    let lines = mistakes(&text);
    let found: Vec<&str> = lines.lines().map(|line| line.trim().split(':').next().unwrap_or("")).collect();
    assert_eq!(found, ["E0209", "E0209", "E0312"], "{lines}");
}

#[test]
fn files_with_too_many_mistakes_say_so_once() {
    let mut text = HEAD.to_owned();
    for i in 0..MAX_DIAGNOSTICS + 5 {
        text.push_str(&format!("type t{i} = word{i};\n"));
    }
    let lines = mistakes(&text);
    assert_eq!(lines.lines().count(), MAX_DIAGNOSTICS + 1);
    assert!(lines.ends_with(
        "  E0109:1003 `word1000`: more than 1000 mistakes; the rest of the file is not reported\n"
    ));
    // The parser finds as many before.
    let lines = mistakes(&format!("{text}{}", "?;\n".repeat(MAX_DIAGNOSTICS + 5)));
    assert_eq!((lines.matches("E0109").count(), lines.lines().count()), (1, MAX_DIAGNOSTICS + 1));
}

#[test]
fn a_text_of_warnings_only_has_no_head_either() {
    assert_eq!(
        mistakes("/// Nothing."),
        "  E0504:1 ``: neither `ABI` nor `BASE` (begin with `ABI linux/x86_64;` and `RELEASE 7.2;`)\n  \
         W0101:1 `/// Nothing.`: doc comment that documents nothing (begin it with `//`)\n"
    );
}

#[test]
fn long_chains_end() {
    let mut aliases = HEAD.to_owned();
    let mut structs = HEAD.to_owned();
    for i in 0..5_000 {
        aliases.push_str(&format!("type a{i} = a{} *;\n", i + 1));
        structs.push_str(&format!("struct s{i} size 4 align 4 {{ @0 s{} x; }}\n", i + 1));
    }
    aliases.push_str("type a5000 = int;");
    structs.push_str("struct s5000 size 4 align 4 { @0 int x; }");
    assert_eq!(mistakes(&aliases).lines().count(), 1);
    assert_eq!(mistakes(&structs).lines().count(), 1);
}
