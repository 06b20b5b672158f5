//! `sched_setattr` and `sched_getattr` by policy, priority and nice value.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::in_child;
use libsys_layer_tests::guard::Guard;

const GARBAGE: usize = 0xdead_beef << 32;
const EINVAL: isize = -22;
const EPERM: isize = -1;
const EOPNOTSUPP: isize = -95;
const RESET_ON_FORK: u64 = 1;
const CLAMPS: u64 = 0x60;
const NOBODY: usize = 65534;

/// `struct sched_attr`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Attr {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
    util_min: u32,
    util_max: u32,
}

const SIZE: u32 = 56;

fn attr(policy: u32, flags: u64, nice: i32, priority: u32) -> Attr {
    Attr { size: SIZE, policy, flags, nice, priority, ..Attr::default() }
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// Which of both ways a call is made.
#[derive(Clone, Copy)]
enum Way {
    Real,
    Converted,
}

fn call(harness: &Harness, way: Way, name: &str, arguments: [usize; 6]) -> isize {
    match way {
        // SAFETY: structures are checked or ours; what changes is the scheduling of this process.
        Way::Real => unsafe { harness.real(name, arguments) },
        // SAFETY: as above.
        Way::Converted => unsafe { harness.converted(name, &[], arguments) },
    }
}

fn set(harness: &Harness, way: Way, attr: &Attr) -> isize {
    call(harness, way, "sched_setattr", [0, address(attr), 0, 0, 0, 0])
}

/// What the kernel says now, but for the time slice.
fn now(harness: &Harness) -> Attr {
    let mut attr = Attr::default();
    let arguments = [0, std::ptr::from_mut(&mut attr) as usize, 48, 0, 0, 0];
    assert_eq!(call(harness, Way::Real, "sched_getattr", arguments), 0);
    Attr { runtime: 0, ..attr }
}

/// Sets `attr` in a process of its own, after `before`, both ways, and expects the same to come of it.
fn same(harness: &Harness, user: usize, before: &[Attr], attr: &Attr) -> isize {
    let outcome = |way| {
        in_child(|| {
            for attr in before {
                assert_eq!(set(harness, Way::Real, attr), 0, "{attr:?}");
            }
            become_user(harness, user);
            (set(harness, way, attr), now(harness))
        })
    };
    let [real, converted] = [Way::Real, Way::Converted].map(|way| {
        let (result, after) = outcome(way);
        (refusal(result, attr.flags), after)
    });
    assert_eq!(converted, real, "{before:?}, then {attr:?}, as {user}");
    real.0
}

/// What counts as the same answer: clamps are not supported, whether or not the change would be permitted.
fn refusal(result: isize, flags: u64) -> isize {
    if flags & CLAMPS != 0 && result == EPERM { EOPNOTSUPP } else { result }
}

/// Whether this process may set all that, one after the other.
fn is_permitted(harness: &Harness, attrs: &[Attr]) -> bool {
    in_child(|| attrs.iter().all(|attr| set(harness, Way::Real, attr) == 0))
}

/// Who is not root has no rights to lose.
fn become_user(harness: &Harness, user: usize) {
    if user != 0 && harness.is_root() {
        assert_eq!(call(harness, Way::Real, "setresuid", [user, user, user, 0, 0, 0]), 0);
    }
}

#[test]
fn sched_setattr_agrees_on_policies_flags_and_values() {
    let harness = Harness::new();
    let mut allowed = 0;
    for policy in [0, 1, 2, 3, 4, 5, 6, 8, 0x4000_0000, 0x8000_0000] {
        for flags in [0, RESET_ON_FORK, 2 | 4, 0x80, 1 << 32, 0x20, 0x40] {
            for (nice, priority) in [(0, 0), (7, 0), (-99, 0), (-5, 1), (3, 99), (0, 100), (0, u32::MAX)] {
                allowed += usize::from(same(&harness, 0, &[], &attr(policy, flags, nice, priority)) == 0);
            }
        }
    }
    // 3 values each for 3 policies that take no priority, 2 each for 2 that do, with 3 flags.
    let all = (3 * 3 + 2 * 2) * 3;
    assert!(if harness.is_root() { allowed == all } else { (1..all).contains(&allowed) }, "{allowed}");
}

#[test]
fn sched_setattr_changes_all_or_nothing_for_users_without_rights() {
    let harness = Harness::new();
    let before: [&[Attr]; 6] = [
        &[],
        &[attr(0, 0, 5, 0)],
        &[attr(3, RESET_ON_FORK, 5, 0)],
        &[attr(5, 0, 0, 0)],
        &[attr(1, 0, 0, 9)],
        &[attr(0, 0, 5, 0), attr(2, RESET_ON_FORK, 0, 1)],
    ];
    let mut refused = 0;
    for before in before.into_iter().filter(|before| is_permitted(&harness, before)) {
        for policy in [0, 1, 3, 5] {
            for (flags, nice) in
                [(0, 0), (0, 5), (0, 9), (0, -1), (RESET_ON_FORK, 4), (RESET_ON_FORK, 6), (CLAMPS, -1)]
            {
                let attr = attr(policy, flags, nice, u32::from(policy == 1));
                refused += usize::from(same(&harness, NOBODY, before, &attr) == EPERM);
            }
        }
    }
    assert!(refused > if harness.is_root() { 20 } else { 5 }, "{refused}");
}

#[test]
fn sched_setattr_agrees_on_sizes() {
    let harness = Harness::new();
    for (given, size) in [
        (56, 56),
        (56, 48),
        (56, 0),
        (56, 47),
        (56, 1),
        (64, 64),
        (60, 60),
        (64, 4097),
        (4096, 4096),
        (48, 48),
        (48, 56),
        (4, 48),
        (4, 47),
        (3, 48),
    ] {
        for last in [0, 1] {
            for flags in [0, 0x20] {
                let outcome = |way| {
                    in_child(|| {
                        let guard = Guard::new();
                        let mut bytes = vec![0; given];
                        *bytes.last_mut().expect("some") = last;
                        let fields =
                            [&(size as u32).to_le_bytes()[..], &3u32.to_le_bytes(), &[flags]].concat();
                        let count = fields.len().min(given);
                        bytes[..count].copy_from_slice(&fields[..count]);
                        let place = guard.put(&bytes);
                        let set = || {
                            let result = call(&harness, way, "sched_setattr", [0, place, 0, 0, 0, 0]);
                            refusal(result, flags.into())
                        };
                        let result = set();
                        let mut after = [0; 64];
                        let kept = given.min(64);
                        after[..kept].copy_from_slice(&guard.last(given)[..kept]);
                        // One that cannot be written to stays as it is.
                        guard.freeze();
                        (result, after, now(&harness), set())
                    })
                };
                assert_eq!(outcome(Way::Converted), outcome(Way::Real), "{given} {size} {last} {flags}");
            }
        }
    }
}

#[test]
fn sched_setattr_agrees_on_other_bad_arguments() {
    let harness = Harness::new();
    let good = attr(0, 0, 0, 0);
    let (real_time, bad) = (attr(0, 0, 0, 1), attr(77, 0, 0, 0));
    for place in [address(&good), address(&real_time), address(&bad), 0, 8, 1 << 63] {
        for (pid, flags) in [(0, 0), (GARBAGE, GARBAGE), (usize::MAX, 0), (0, 1), (0x3fff_ffff, 0)] {
            let arguments = [pid, place, flags, 0, 0, 0];
            // SAFETY: nothing but what is set already.
            unsafe { harness.agree("sched_setattr", arguments) };
        }
    }
}

#[test]
fn what_it_cannot_do_is_refused() {
    let harness = Harness::new();
    let deadline = Attr { runtime: 1 << 20, deadline: 1 << 24, period: 1 << 24, ..attr(6, 0, 0, 0) };
    assert_eq!(set(&harness, Way::Converted, &deadline), EINVAL);
    assert_eq!(set(&harness, Way::Converted, &attr(7, 0, 0, 0)), EINVAL);
    for (flags, errno) in [(8, EINVAL), (16, EINVAL), (24, EINVAL), (0x38, EOPNOTSUPP), (0x60, EOPNOTSUPP)] {
        let policy = if flags & 8 == 0 { 0 } else { 77 };
        assert_eq!(set(&harness, Way::Converted, &attr(policy, flags, 0, 0)), errno);
    }
}

#[test]
fn sched_getattr_says_what_was_set() {
    let harness = Harness::new();
    let all = [
        attr(0, 0, 0, 0),
        attr(0, RESET_ON_FORK, -20, 0),
        attr(3, 0, 19, 0),
        attr(5, 0, 0, 0),
        attr(1, RESET_ON_FORK, 0, 99),
        attr(2, 0, 0, 1),
    ];
    for before in all.into_iter().filter(|attr| is_permitted(&harness, &[*attr])) {
        let get = |way| {
            in_child(|| {
                assert_eq!(set(&harness, Way::Real, &before), 0);
                let guard = Guard::new();
                let place = guard.put(&[0x55; 48]);
                let arguments = [GARBAGE, place, GARBAGE | 48, GARBAGE, 0, 0];
                assert_eq!(call(&harness, way, "sched_getattr", arguments), 0);
                let mut bytes = [0; 48];
                bytes.copy_from_slice(&guard.last(48));
                // The time slice, which newer kernels give.
                bytes[24..32].fill(0);
                bytes
            })
        };
        assert_eq!(get(Way::Converted), get(Way::Real), "{before:?}");
    }
}

#[test]
fn sched_getattr_leaves_what_lies_behind_the_first_version() {
    let harness = Harness::new();
    let bytes = [0x55u8; 64];
    let arguments = [0, bytes.as_ptr() as usize, 64, 0, 0, 0];
    assert_eq!(call(&harness, Way::Converted, "sched_getattr", arguments), 0);
    assert_eq!((bytes[0], &bytes[48..]), (48, &[0x55; 16][..]));
}

#[test]
fn sched_getattr_agrees_on_bad_arguments() {
    let harness = Harness::new();
    let guard = Guard::new();
    let short = guard.put(&[0; 47]);
    let frozen = Guard::new();
    let read_only = frozen.put(&[0; 56]);
    frozen.freeze();
    for place in [short, read_only, 0, 8, 1 << 63] {
        for size in [0, 47, 48, 4096, 4097, GARBAGE | 48, usize::MAX] {
            for (pid, flags) in [(0, 0), (usize::MAX, 0), (0, 1), (0x3fff_ffff, 0)] {
                let arguments = [pid, place, size, flags, 0, 0];
                // SAFETY: the kernel checks the addresses.
                unsafe { harness.agree("sched_getattr", arguments) };
            }
        }
    }
}
