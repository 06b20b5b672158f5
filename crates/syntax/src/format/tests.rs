//! The canonical form, shown on small texts; each is formatted twice.

use super::format;

fn formatted(text: &str) -> String {
    let once = format(text).expect("the text parses");
    assert_eq!(format(&once).expect("the canonical form parses"), once, "not idempotent");
    once
}

#[test]
fn one_thing_per_line() {
    insta::assert_snapshot!(
        formatted(
            "abi linux / x86_64;release 7.2;\n\n\nAdd 3{FUNCTION  ssize_t read(int fd,void_ptr buf ,size_t nbyte);\n\
             implementation direct;}ADD 4 write;add 5 {  }\nflags f:int{A=0x1;B=1<<3 since 2.6.39;C=-  1;}"
        ),
        @r"
    ABI linux/x86_64;
    RELEASE 7.2;

    ADD 3 {
        function ssize_t read(int fd, void_ptr buf, size_t nbyte);
        implementation direct;
    }

    ADD 4 write;
    ADD 5 {}

    flags f: int {
        A = 0x1;
        B = 1 << 3 since 2.6.39;
        C = -1;
    }
    "
    );
}

#[test]
fn types_and_lengths() {
    insta::assert_snapshot!(
        formatted(
            "struct s @ 2_6 since 2.6 size 64 extensible header \"a.h\" as \"struct k\"{@ 0 in opt iovec * iov[iovlen];u8 x [ 12 ];u8 y[ ];}
             CALL f{function int f(in opt string**argv[null],out void*b[bytes result],stat@ 2 *s,int*[ * n]);
             implementation structural{convert s:stat@1->stat@2;default x=- 3;rename a=b;narrow c overflow E;};}"
        ),
        @r#"
    struct s@2_6 since 2.6 size 64 extensible header "a.h" as "struct k" {
        @0 in opt iovec *iov [iovlen];
        u8 x[12];
        u8 y[];
    }

    CALL f {
        function int f(in opt string **argv [null], out void *b [bytes result], stat@2 *s, int * [*n]);
        implementation structural {
            convert s: stat@1 -> stat@2;
            default x = -3;
            rename a = b;
            narrow c overflow E;
        }
    }
    "#
    );
}

#[test]
fn comments_and_blank_lines_stay() {
    insta::assert_snapshot!(
        formatted(
            "\n\n# first\n\n\n//second\nBASE a; # beside\n   // before\n\n  /// doc\n ADD 3 { // at the brace\n\n\
             since 1.0;\n\n\n// last\n\n} // after\nADD 4 x;\nADD 5 // why\n{\n// only\n}"
        ),
        @r"
    # first

    //second
    BASE a; # beside
    // before

    /// doc
    ADD 3 { // at the brace
        since 1.0;

        // last
    } // after

    ADD 4 x;
    ADD 5 // why
        {
        // only
    }
    "
    );
}

#[test]
fn long_lines_are_broken() {
    insta::assert_snapshot!(
        formatted(
            "CALL futex{function long futex(inout u32*uaddr, futex_operation operation, u32 value, in opt timespec*timeout, inout opt u32*uaddr2, u32 value3);\
             errors EACCES,EAGAIN,EDEADLK,EFAULT,EINTR,EINVAL,ENFILE,ENOMEM,ENOSYS,EPERM,ESRCH,ETIMEDOUT,EOVERFLOW,EXDEV;\
             implementation custom emulate_futex_with_a_long_name using futex, getpid, sched_yield approximate \"the order of waiters\";}\
             struct a_struct_with_a_long_name size 1024 align 32 extensible header \"linux/with_a_long_name.h\" as \"struct a\" {}"
        ),
        @r#"
    CALL futex {
        function long futex(inout u32 *uaddr, futex_operation operation, u32 value,
            in opt timespec *timeout, inout opt u32 *uaddr2, u32 value3);
        errors EACCES, EAGAIN, EDEADLK, EFAULT, EINTR, EINVAL, ENFILE, ENOMEM, ENOSYS, EPERM, ESRCH,
            ETIMEDOUT, EOVERFLOW, EXDEV;
        implementation custom emulate_futex_with_a_long_name using futex, getpid, sched_yield
            approximate "the order of waiters";
    }

    struct a_struct_with_a_long_name size 1024 align 32 extensible header "linux/with_a_long_name.h"
        as "struct a" {}
    "#
    );
}

#[test]
fn comments_inside_a_clause_stay() {
    insta::assert_snapshot!(
        formatted(
            "ADD 3 { function // a\nint f( // b\nint x, // c\n// d\nint y // e\n); implementation structural {} // f\n; }"
        ),
        @r"
    ADD 3 {
        function // a
            int f( // b
            int x, // c
            // d
            int y // e
            );
        implementation structural {} // f
        ;
    }
    "
    );
}

#[test]
fn mistakes_are_returned() {
    let mistakes = format("ADD 3 read").unwrap_err();
    assert_eq!(mistakes.len(), 1);
    assert_eq!(mistakes[0].message, "expected `;`, found the end of the file");
    assert_eq!(format("").unwrap(), "");
    assert_eq!(format("\u{feff}\r\n// x \r\n").unwrap(), "// x\n");
}
