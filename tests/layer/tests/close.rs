//! `close_range` by `close`, `fcntl` and /proc.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{GARBAGE, descriptors, with_own_descriptors};

const UNSHARE: usize = 2;
const CLOEXEC: usize = 4;
const EINVAL: isize = -22;
const EMFILE: isize = -24;
const ENOSYS: isize = -38;
const RLIMIT_NOFILE: usize = 7;

/// The highest descriptors that a test opens are below this.
const LIMIT: u32 = 1000;

/// Opens many descriptors, some of them far away; returns the states of all that are below the limit.
fn populate(harness: &Harness) -> Vec<Option<isize>> {
    // SAFETY: the test's own descriptors.
    let call = |name, arguments| unsafe { harness.real(name, arguments) };
    let all = LIMIT as usize;
    assert_eq!(call("close_range", [3, all, 0, 0, 0, 0]), 0);
    let null = libsys_layer_tests::files::open(harness, std::path::Path::new("/dev/null"), 0);
    for fd in (10..300).chain([400, 500, 999]) {
        let cloexec = if fd % 3 == 0 { 0o2_000_000 } else { 0 };
        assert_eq!(call("dup3", [null, fd, cloexec, 0, 0, 0]), fd as isize);
    }
    state(harness)
}

/// For each descriptor below the limit its flag, if it is open.
fn state(harness: &Harness) -> Vec<Option<isize>> {
    // SAFETY: it reads a flag.
    let flag = |fd| unsafe { harness.real("fcntl", [fd, 1, 0, 0, 0, 0]) };
    (0..LIMIT as usize).map(|fd| Some(flag(fd)).filter(|flag| *flag >= 0)).collect()
}

const RANGES: [[usize; 2]; 16] = [
    [3, 0xffff_ffff],
    [3, 999],
    [10, 10],
    [10, 299],
    [20, 60],
    [250, 700],
    [400, 400],
    [300, 399],
    [300, 310],
    [1000, 0xffff_ffff],
    [5, 4],
    [0xffff_ffff, 0],
    [0xffff_ffff, 0xffff_ffff],
    [11, 11 | GARBAGE],
    [11 | GARBAGE, 90],
    [3, 0x7fff_ffff],
];

#[test]
fn close_range_agrees() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        for flags in [0, CLOEXEC, UNSHARE, CLOEXEC | UNSHARE, 1, 8, 1 << 31, GARBAGE] {
            for [first, last] in RANGES {
                let arguments = [first, last, flags, 0, 0, 0];
                let before = populate(&harness);
                // SAFETY: the test's own descriptors.
                let real = unsafe { harness.real("close_range", arguments) };
                let expected = state(&harness);
                assert_eq!(populate(&harness), before);
                // SAFETY: as above.
                let converted = unsafe { harness.converted("close_range", &[], arguments) };
                assert_eq!(converted, real, "{first:#x} {last:#x} {flags:#x}");
                assert_eq!(state(&harness), expected, "{first:#x} {last:#x} {flags:#x}");
            }
        }
    });
}

#[test]
fn close_range_unshares_first() {
    let harness = Harness::new();
    for last in [20, 0xffff_ffff] {
        with_own_descriptors(&harness, || {
            let before = populate(&harness);
            // A thread shares the table of the one that started it.
            let inside = std::thread::scope(|scope| {
                let running = scope.spawn(|| {
                    // SAFETY: the test's own descriptors.
                    let done = unsafe { harness.converted("close_range", &[], [10, last, UNSHARE, 0, 0, 0]) };
                    assert_eq!(done, 0);
                    state(&harness)
                });
                running.join().expect("the thread")
            });
            assert_eq!(inside[10], None);
            assert_eq!(inside[100].is_some(), last == 20);
            assert_eq!(state(&harness), before, "the other table is as it was");
        });
    }
}

#[test]
fn close_range_refuses_what_it_cannot_see() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let before = populate(&harness);
        for flags in [0, CLOEXEC, UNSHARE] {
            // SAFETY: the test's own descriptors.
            let refused =
                unsafe { harness.converted("close_range", &["statfs"], [3, 0xffff_ffff, flags, 0, 0, 0]) };
            assert_eq!(refused, ENOSYS);
            assert_eq!(state(&harness), before);
        }
        // SAFETY: as above.
        let small = unsafe { harness.converted("close_range", &["statfs"], [20, 999, 0, 0, 0, 0]) };
        assert_eq!(small, 0);
        assert!(state(&harness)[20..].iter().all(Option::is_none));
        assert_eq!(state(&harness)[..20], before[..20]);
    });
}

#[test]
fn close_range_works_where_no_descriptor_is_left() {
    let harness = Harness::new();
    // The limit is the whole process's, so this is done in one of its own.
    libsys_layer_tests::child::in_child(|| {
        // SAFETY: the test's own descriptors and limit.
        let call = |name, arguments| unsafe { harness.real(name, arguments) };
        populate(&harness);
        let limit = [20u64, 4096];
        let at = limit.as_ptr() as usize;
        let full = || {
            for fd in 3..20 {
                call("dup3", [0, fd, 0, 0, 0, 0]);
            }
            assert_eq!(call("dup", [0, 0, 0, 0, 0, 0]), EMFILE);
        };
        assert_eq!(call("prlimit64", [0, RLIMIT_NOFILE, at, 0, 0, 0]), 0);
        full();
        // SAFETY: as above.
        let converted = |arguments| unsafe { harness.converted("close_range", &[], arguments) };
        assert_eq!(converted([30, 0xffff_ffff, CLOEXEC, 0, 0, 0]), EMFILE, "nobody can be asked");
        assert_eq!(converted([30, 900, CLOEXEC, 0, 0, 0]), 0, "few enough");
        let flags = state(&harness);
        assert!(flags[30..=900].iter().all(|flag| flag.is_none_or(|flag| flag == 1)));
        assert_eq!((flags[25], flags[999]), (Some(0), Some(1)));
        assert_eq!(converted([100, 0xffff_ffff, 0, 0, 0, 0]), EMFILE, "none below the limit is to be closed");
        assert_eq!(converted([10, 0xffff_ffff, 0, 0, 0, 0]), 0);
        let flags = state(&harness);
        assert!(flags[10..].iter().all(Option::is_none), "{flags:?}");
        assert!(flags[..10].iter().all(Option::is_some));
        assert_eq!(descriptors().len(), 10);
    });
}

#[test]
fn close_range_needs_no_more_than_its_rule_names() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let before = populate(&harness);
        for denied in ["getdents64", "openat"] {
            // SAFETY: the test's own descriptors.
            let refused =
                unsafe { harness.converted("close_range", &[denied], [3, 0xffff_ffff, 0, 0, 0, 0]) };
            assert_eq!(refused, ENOSYS);
            assert_eq!(state(&harness), before);
        }
        // SAFETY: as above.
        let refused =
            unsafe { harness.converted("close_range", &["unshare"], [3, 0xffff_ffff, UNSHARE, 0, 0, 0]) };
        assert_eq!(refused, ENOSYS);
        // SAFETY: as above.
        assert_eq!(unsafe { harness.converted("close_range", &[], [9, 8, 0, 0, 0, 0]) }, EINVAL);
        assert_eq!(state(&harness), before);
    });
}
