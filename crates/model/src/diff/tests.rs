use super::*;
use libsys_syntax::source::{Source, TableLoader};

const HEAD: &str = "ABI linux/x86_64; RELEASE 7.2; resource fd: int;";

fn abi(text: &str) -> Abi {
    let text = if text.starts_with("BASE") { text.to_owned() } else { format!("{HEAD}{text}") };
    let root = Source { path: "t.sys".into(), text };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (abi, diagnostics) = crate::lower(&parsed);
    abi.unwrap_or_else(|| panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)))
}

/// Each call with what became of it, one line each.
fn lines(old: &str, new: &str) -> Vec<String> {
    let line = |call: CallDiff| {
        let mut line = format!("{} {} {}", call.nr.0, call.name, call.verdict.name());
        if let Verdict::Changed(changes) = call.verdict {
            for change in changes {
                line.push_str(&format!("; {change}"));
            }
        }
        line
    };
    diff(&abi(old), &abi(new)).calls.into_iter().map(line).collect()
}

fn change(old: &str, new: &str) -> String {
    let lines = lines(old, new);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

#[test]
fn calls_come_and_go() {
    let (a, b) = ("ADD 1 { function int a(fd fd); }", "ADD 2 { function int b(fd fd); }");
    assert_eq!(lines(a, &format!("{a}{b}")), ["1 a direct", "2 b added"]);
    assert_eq!(lines(&format!("{a}{b}"), b), ["1 a removed", "2 b direct"]);
    assert!(diff(&abi(a), &abi(a)).is_same());
    assert_eq!(diff(&abi(a), &abi(b)).count("added"), 1);
    assert_eq!(lines(a, "ADD 9 { function int a(fd fd); }"), ["9 a changed; number 1 is now 9"]);
}

#[test]
fn names_of_parameters_and_of_equal_types_do_not_count() {
    let old = "ADD 1 { function int a(fd fd, in u8 *p [n], size_t n); }";
    let new = "type count = size_t; ADD 1 { function i32 a(int other, in u8 *q [m], count m); }";
    assert_eq!(lines(old, new), ["1 a direct"]);
    assert_eq!(
        lines("ADD 1 { function int a(path p); }", "ADD 1 { function int a(in char *p [null]); }"),
        ["1 a direct"]
    );
}

#[test]
fn prototypes() {
    assert_eq!(
        change("ADD 1 { function int a(int x); }", "ADD 1 { function int a(long x); }"),
        "1 a changed; int a(int x) is now int a(long x)"
    );
    assert_eq!(
        change("ADD 1 { function int a(in int *x); }", "ADD 1 { function int a(out int *x); }"),
        "1 a changed; int a(in int *x) is now int a(out int *x)"
    );
    assert_eq!(
        change("ADD 1 { function int a(void); }", "ADD 1 { function int a(fd fd); }"),
        "1 a changed; int a(void) is now int a(fd fd)"
    );
}

#[test]
fn layouts_are_compared_through_pointers_and_once() {
    let call = "ADD 1 { function int a(in s *x, out s *y); }";
    let old = format!(
        "struct t size 4 align 4 {{ @0 u32 v; }} struct s size 16 align 8 {{ @0 u32 a; @4 u32 b; @8 in s *next; }}{call}"
    );
    let new = format!(
        "struct t size 4 align 4 {{ @0 u32 v; }} struct s size 32 align 8 {{ @0 u64 a; @12 u32 b; @16 in s *next; @24 u32 c[2]; }}{call}"
    );
    assert_eq!(
        change(&old, &new),
        "1 a changed; struct s, 16 bytes, now 32: a was u32, is u64, b from 4 to 12, next from 8 to 16, +c at 24"
    );
    assert_eq!(lines(&old, &old), ["1 a direct"]);
}

#[test]
fn constants() {
    let flags = |constants: &str| format!("flags f: int {{ {constants} }} ADD 1 {{ function int a(f f); }}");
    assert_eq!(
        change(&flags("A = 1; B = 2; C = 4;"), &flags("A = 1; B = 8; D = 16;")),
        "1 a changed; constants of f: B was 2, is 8, +D, -C"
    );
    assert_eq!(lines(&flags("A = 1;"), "ADD 1 { function int a(int f); }"), ["1 a direct"]);
}

#[test]
fn all_that_is_said_of_a_call() {
    let old = "ADD 1 { function int a(void); errors EINTR, EIO; }";
    let new = "ADD 1 { function int a(void); errors EBADF, EIO; cancel point; returns never; \
               vdso \"__vdso_time\"; slots 2; interpose never; implementation simulated ENOSYS; }";
    assert_eq!(
        change(old, new),
        "1 a changed; errors: +EBADF, -EINTR; a cancellation point; never returns; answered by __vdso_time of \
         the vDSO; slots: 1, now 2; must not be interposed any more; direct, now simulated ENOSYS"
    );
}

#[test]
fn releases_of_one_abi() {
    let text = "struct s@1 size 4 align 4 { @0 u32 a; } struct s@2 since 6.0 size 8 align 4 { @0 u32 a; @4 u32 b; }\
                flags f: int { A = 1; B = 2 since 5.0; }\
                ADD 1 { function int old(f f); until 6.5; } ADD 2 { function int kept(in s *s); }\
                ADD 3 { function int new(f f); since 5.1; }";
    let newest = abi(text);
    let lines = |from: &str, to: &str| -> Vec<String> {
        let diff = diff(&newest.at(from.parse().unwrap()), &newest.at(to.parse().unwrap()));
        diff.calls.iter().map(|c| format!("{} {}", c.name, c.verdict.name())).collect()
    };
    assert_eq!(lines("4.0", "5.0"), ["old changed", "kept direct"]);
    assert_eq!(lines("5.0", "7.2"), ["old removed", "kept changed", "new added"]);
    assert_eq!(lines("6.5", "7.2"), ["kept direct", "new direct"]);
}

#[test]
fn files_of_2005_name_calls_twice() {
    let twice = "BASE b; ADD 1 { function int a(const_char_ptr x); } ADD 2 { function int a(void_ptr x); }";
    assert_eq!(lines(twice, twice), ["1 a direct", "2 a direct"]);
    let once = "BASE b; ADD 2 { function int a(stat_ptr x); }";
    assert_eq!(lines(twice, once), ["1 a removed", "2 a direct"]);
}
