//! `seccomp` by `prctl`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::{exit_now, in_child, status_of};

const GARBAGE: usize = 0xdead_beef << 32;
const EINVAL: isize = -22;
const STRICT: usize = 0;
const FILTER: usize = 1;
const SIGKILL: i32 = 9;
const NOBODY: usize = 65534;

/// `struct sock_filter`
#[repr(C)]
#[derive(Clone, Copy)]
struct Instruction {
    code: u16,
    yes: u8,
    no: u8,
    value: u32,
}

/// `struct sock_fprog`
#[repr(C)]
struct Program {
    count: u16,
    instructions: *const Instruction,
}

/// Answers `errno` to the call `nr`, and allows all others.
fn filter(nr: usize, errno: u32) -> [Instruction; 4] {
    [
        // The number, which is the first word of `struct seccomp_data`.
        Instruction { code: 0x20, yes: 0, no: 0, value: 0 },
        Instruction { code: 0x15, yes: 0, no: 1, value: nr as u32 },
        Instruction { code: 0x06, yes: 0, no: 0, value: 0x0005_0000 | errno },
        Instruction { code: 0x06, yes: 0, no: 0, value: 0x7fff_0000 },
    ]
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

fn seccomp(harness: &Harness, by_layer: bool, arguments: [usize; 3]) -> isize {
    let [operation, flags, argument] = arguments;
    let arguments = [operation, flags, argument, 0, 0, 0];
    if by_layer {
        // SAFETY: in a process of its own.
        unsafe { harness.converted("seccomp", &[], arguments) }
    } else {
        // SAFETY: as above.
        unsafe { harness.real("seccomp", arguments) }
    }
}

fn call(harness: &Harness, name: &str, arguments: [usize; 6]) -> isize {
    // SAFETY: calls that change only the child.
    unsafe { harness.real(name, arguments) }
}

#[test]
fn a_filter_is_installed() {
    let harness = Harness::new();
    let instructions = filter(harness.nr("getppid"), 99);
    let program = Program { count: 4, instructions: instructions.as_ptr() };
    // Who is not root is already somebody without rights.
    let users: &[usize] = if harness.is_root() { &[0, NOBODY] } else { &[NOBODY] };
    for &user in users {
        for is_bound in [false, true] {
            let outcome = |by_layer| {
                in_child(|| {
                    if is_bound {
                        const PR_SET_NO_NEW_PRIVS: usize = 38;
                        assert_eq!(call(&harness, "prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0]), 0);
                    }
                    if users.len() > 1 {
                        assert_eq!(call(&harness, "setresuid", [user, user, user, 0, 0, 0]), 0);
                    }
                    let result = seccomp(&harness, by_layer, [GARBAGE | FILTER, GARBAGE, address(&program)]);
                    (result, call(&harness, "getppid", [0; 6]) == -99)
                })
            };
            let real = outcome(false);
            assert_eq!(outcome(true), real, "{user} {is_bound}");
            assert_eq!(real.1, user == 0 || is_bound);
        }
    }
}

#[test]
fn strict_mode_is_strict() {
    let harness = Harness::new();
    for (name, code) in [("exit", Some(7)), ("getppid", None)] {
        let outcome = |by_layer| {
            status_of(|| {
                if seccomp(&harness, by_layer, [GARBAGE, GARBAGE, 0]) != 0 {
                    exit_now(1);
                }
                call(&harness, name, [7, 0, 0, 0, 0, 0]);
                exit_now(2)
            })
        };
        let real = outcome(false);
        assert_eq!(outcome(true), real);
        assert_eq!(real, code.map_or(SIGKILL, |code| code << 8));
    }
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let empty = Program { count: 0, instructions: std::ptr::null() };
    let nowhere = Program { count: 4, instructions: 8 as *const Instruction };
    let endless = [Instruction { code: 0x20, yes: 0, no: 0, value: 0 }];
    let wrong = Program { count: 1, instructions: endless.as_ptr() };
    let places = [0, 8, 1 << 63, address(&empty), address(&nowhere), address(&wrong)];
    for operation in [STRICT, FILTER, 4, 99, usize::MAX] {
        for flags in [0, 0x40, 1 << 31, usize::MAX] {
            for place in places {
                if operation == STRICT && flags == 0 && place == 0 {
                    continue;
                }
                let arguments = [operation, flags, place];
                let real = in_child(|| seccomp(&harness, false, arguments));
                assert_eq!(in_child(|| seccomp(&harness, true, arguments)), real, "{arguments:#x?}");
                assert!(real < 0);
            }
        }
    }
}

#[test]
fn what_it_cannot_do_is_refused() {
    let harness = Harness::new();
    let instructions = filter(harness.nr("getppid"), 99);
    let program = Program { count: 4, instructions: instructions.as_ptr() };
    for (operation, flags) in [(FILTER, 1), (FILTER, 2), (FILTER, 4), (FILTER, 8), (2, 0), (3, 0)] {
        let arguments = [operation, flags, address(&program)];
        assert_eq!(in_child(|| seccomp(&harness, true, arguments)), EINVAL);
    }
}
