//! `mlock2`, `pkey_alloc`, `pkey_free`, `pkey_mprotect` and `process_madvise`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::in_child;
use libsys_layer_tests::guard::Guard;

const PAGE: usize = 4096;
const GARBAGE: usize = 0xdead_beef << 32;
const NO_KEY: usize = 0xffff_ffff;
const EINVAL: isize = -22;
const ENOSPC: isize = -28;
const ENOSYS: isize = -38;
const PIDFD_SELF: [usize; 2] = [-10000isize as usize, 0xffff_ffff & -10001isize as usize];

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// Kilobytes of this process that are locked.
fn locked() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("proc");
    status.lines().find(|line| line.starts_with("VmLck:")).expect("VmLck").to_owned()
}

#[test]
fn mlock2_agrees_without_flags() {
    let harness = Harness::new();
    let guard = Guard::new();
    let page = guard.end() - PAGE;
    let ranges =
        [(page, 1), (page + 9, PAGE - 9), (page, 2 * PAGE), (0, 0), (8, 1), (page, usize::MAX), (!0, 2)];
    for (start, size) in ranges {
        for flags in [0, GARBAGE, 2, 4, 0xffff_ffff] {
            // SAFETY: locked memory is as good as any.
            unsafe { harness.agree("mlock2", [start, size, flags, 0, 0, 0]) };
        }
    }
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("mlock2", &[], [page, 1, 1, 0, 0, 0]) }, EINVAL);
}

#[test]
fn mlock2_locks() {
    let harness = Harness::new();
    let lock = |by_layer: bool| {
        in_child(|| {
            let guard = Guard::new();
            let arguments = [guard.end() - 1, 1, 0, 0, 0, 0];
            let result = match by_layer {
                // SAFETY: locked memory is as good as any.
                true => unsafe { harness.converted("mlock2", &[], arguments) },
                // SAFETY: as above.
                false => unsafe { harness.real("mlock2", arguments) },
            };
            assert_eq!(result, 0);
            assert_eq!(locked().split_whitespace().nth(1), Some("4"));
        });
    };
    lock(false);
    lock(true);
}

#[test]
fn there_are_no_keys() {
    let harness = Harness::new();
    for (flags, rights) in [(0, 0), (0, 3), (GARBAGE, 0), (1, 0), (0, 4), (0, GARBAGE)] {
        let arguments = [flags, rights, 0, 0, 0, 0];
        // SAFETY: a key changes nothing.
        let converted = unsafe { harness.converted("pkey_alloc", &[], arguments) };
        assert_eq!(converted, if flags == 0 && rights <= 3 { ENOSPC } else { EINVAL });
        if converted == EINVAL {
            // SAFETY: as above.
            unsafe { harness.agree("pkey_alloc", arguments) };
        }
    }
    for key in [0, 1, 15, 16, NO_KEY] {
        // SAFETY: as above.
        assert_eq!(unsafe { harness.converted("pkey_free", &[], [key, 0, 0, 0, 0, 0]) }, EINVAL);
    }
    for key in [7, 16, 99, NO_KEY] {
        // SAFETY: none of these was given out.
        unsafe { harness.agree("pkey_free", [key, 0, 0, 0, 0, 0]) };
    }
}

#[test]
fn pkey_mprotect_protects_without_a_key_and_refuses_others() {
    let harness = Harness::new();
    let guard = Guard::new();
    let page = guard.end() - PAGE;
    let ranges = [(page, 1), (page, 0), (page + 1, 1), (page + 1, 0), (0, PAGE), (page, usize::MAX)];
    for (start, size) in ranges {
        for protection in [0, 1, 3, 1 << 20, 0x0100_0000, 0x0200_0000, 0x0300_0000] {
            // 7 and more: keys that were not given out.
            for key in [NO_KEY, usize::MAX, GARBAGE | NO_KEY, 7, 16, NO_KEY - 1] {
                let arguments = [start, size, protection, key, 0, 0];
                // SAFETY: the page is ours, and unused.
                unsafe { harness.agree("pkey_mprotect", arguments) };
            }
        }
    }
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("pkey_mprotect", &[], [page, PAGE, 3, NO_KEY, 0, 0]) }, 0);
    assert_eq!(guard.put(&[7]), guard.end() - 1);
}

#[test]
fn process_madvise_advises_about_the_caller_itself() {
    let harness = Harness::new();
    let guard = Guard::new();
    let page = guard.end() - PAGE;
    let short = Guard::new();
    let cut = short.put(&[0; 24]);
    let lists: &[&[[usize; 2]]] = &[
        &[],
        &[[page, PAGE]],
        &[[page, 1]],
        &[[page, 0], [page, PAGE]],
        &[[page + 1, 0], [page, PAGE]],
        &[[page, PAGE], [page + 1, 0]],
        &[[page, PAGE], [page + 1, 1]],
        &[[page, PAGE], [8 * PAGE, PAGE], [page, PAGE]],
        &[[8 * PAGE, PAGE]],
        &[[page + 1, PAGE]],
        &[[page, usize::MAX]],
        &[[page, PAGE], [page, 1 << 63]],
        &[[1 << 63, PAGE]],
        &[[page, PAGE], [!0 - 9, PAGE]],
        &[[0, 0], [0, 0]],
    ];
    let mut places: Vec<(usize, usize)> =
        lists.iter().map(|list| (list.as_ptr() as usize, list.len())).collect();
    places.extend([(8, 1), (1 << 63, 1), (0, 0), (0, 1), (cut, 1), (cut, 2), (cut, 1025), (cut, usize::MAX)]);
    for (place, count) in places {
        for (advice, flags) in [(4, 0), (GARBAGE | 8, GARBAGE), (999, 0), (4, 1)] {
            for pidfd in PIDFD_SELF {
                // SAFETY: the page is ours, and unused.
                unsafe { harness.agree("process_madvise", [pidfd, place, count, advice, flags, 0]) };
            }
        }
    }
    guard.put(&[7]);
    let list = [[page, PAGE]];
    let arguments = [PIDFD_SELF[0], address(&list), 1, 4, 0, 0];
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("process_madvise", &[], arguments) }, PAGE as isize);
    assert_eq!(guard.last(1), [0], "MADV_DONTNEED empties it");
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("process_madvise", &[], [5, address(&list), 1, 4, 0, 0]) }, ENOSYS);
}
