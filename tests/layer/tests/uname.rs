//! `uname` that reports another release: behind both entries, beside the real one.

use libsys_image::PackedRelease;
use libsys_layer_tests::Harness;
use libsys_layer_tests::guard::Guard;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

const EFAULT: i32 = 14;
const RAW: usize = 32;
const UNTOUCHED: i32 = 77;
const NAMES: usize = 390;
const RELEASE: std::ops::Range<usize> = 130..195;

static ERRNO: AtomicI32 = AtomicI32::new(0);

extern "C" fn errno() -> *mut i32 {
    ERRNO.as_ptr()
}

type Uname = unsafe extern "C" fn(usize) -> isize;

/// The C entry and the raw one of a table in which `uname` reports a release.
fn entries(harness: &Harness, release: PackedRelease) -> [Uname; 2] {
    let slot = harness.amended("uname", release, errno) + 64 * harness.nr("uname");
    // SAFETY: both are functions of the psABI.
    [0, RAW].map(|half| unsafe { std::mem::transmute::<usize, Uname>(slot + half) })
}

#[test]
fn the_release_is_replaced_and_nothing_else() {
    let harness = Harness::new();
    let mut real = vec![0x55; NAMES];
    // SAFETY: there is room for the names.
    assert_eq!(unsafe { harness.real("uname", [real.as_mut_ptr() as usize, 0, 0, 0, 0, 0]) }, 0);
    let releases = [
        ((5, 10, 0), "5.10.0"),
        ((2, 6, 32), "2.6.32"),
        ((3, 10, 108), "3.10.108"),
        ((7, 2, 0), "7.2.0"),
        ((255, 255, 255), "255.255.255"),
        ((0, 99, 100), "0.99.100"),
    ];
    for ((major, minor, patch), text) in releases {
        let mut expected = real.clone();
        expected[RELEASE].fill(0);
        expected[RELEASE][..text.len()].copy_from_slice(text.as_bytes());
        for entry in entries(&harness, PackedRelease::new(major, minor, patch)) {
            // At the very end of memory, so that nothing is written behind it.
            let guard = Guard::new();
            let names = guard.put(&[0x55; NAMES]);
            // SAFETY: there is room for the names.
            assert_eq!(unsafe { entry(names) }, 0);
            assert_eq!(guard.last(NAMES), expected, "{text}");
        }
    }
}

#[test]
fn without_a_release_it_is_the_kernel_s() {
    let harness = Harness::new();
    let mut real = vec![0x55; NAMES];
    // SAFETY: there is room for the names.
    assert_eq!(unsafe { harness.real("uname", [real.as_mut_ptr() as usize, 0, 0, 0, 0, 0]) }, 0);
    for entry in entries(&harness, PackedRelease(0)) {
        let mut names = vec![0x55; NAMES];
        // SAFETY: as above.
        assert_eq!(unsafe { entry(names.as_mut_ptr() as usize) }, 0);
        assert_eq!(names, real);
    }
}

#[test]
fn a_bad_pointer_is_answered() {
    let harness = Harness::new();
    let [c, raw] = entries(&harness, PackedRelease::new(5, 10, 0));
    let guard = Guard::new();
    // One byte too few.
    let short = guard.put(&[0x55; NAMES - 1]);
    for place in [0, 8, usize::MAX, short] {
        ERRNO.store(UNTOUCHED, SeqCst);
        // SAFETY: the kernel looks whether it can write there.
        assert_eq!(unsafe { raw(place) }, -EFAULT as isize, "{place:#x}");
        assert_eq!(ERRNO.load(SeqCst), UNTOUCHED);
        // SAFETY: as above.
        assert_eq!((unsafe { c(place) }, ERRNO.load(SeqCst)), (-1, EFAULT), "{place:#x}");
    }
}
