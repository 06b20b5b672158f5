//! `getrandom` by /dev/random and /dev/urandom; what conversions do where /dev and /proc are not the kernel's.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, address, c, c_path, descriptors, open, with_own_descriptors,
};
use libsys_layer_tests::guard::Guard;
use std::path::Path;

const ENOSYS: isize = -38;
const EOPNOTSUPP: isize = -95;

#[test]
fn getrandom_agrees() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let before = descriptors();
        for flags in (0..16).chain([1 << 31, 2 | GARBAGE]) {
            for size in [0, 1, 256, 100_000] {
                let mut bytes = vec![0u8; size];
                let arguments = [bytes.as_mut_ptr() as usize, size, flags, 0, 0, 0];
                // SAFETY: there is room.
                let result = unsafe { harness.agree("getrandom", arguments) };
                if result > 0 {
                    bytes.fill(0);
                    // SAFETY: as above.
                    unsafe { harness.converted("getrandom", &[], arguments) };
                    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
                    assert!(size == 1 || zeros < size / 16, "{zeros} of {size} are 0");
                }
            }
        }
        assert_eq!(descriptors(), before);
    });
}

#[test]
fn getrandom_answers_as_the_kernel_to_what_leads_nowhere() {
    let harness = Harness::new();
    let guard = Guard::new();
    for to in [0, 8, 1 << 63, guard.end()] {
        for size in [0, 1, 300] {
            for flags in 0..8 {
                // SAFETY: the kernel checks the address.
                unsafe { harness.agree("getrandom", [to, size, flags, 0, 0, 0]) };
            }
        }
    }
    // SAFETY: as above.
    assert_eq!(unsafe { harness.agree("getrandom", [guard.end() - 16, 32, 0, 0, 0, 0]) }, 16);
}

#[test]
fn getrandom_needs_what_its_rule_names() {
    let harness = Harness::new();
    let mut bytes = [0u8; 16];
    for denied in ["openat", "newfstatat", "poll", "read"] {
        let arguments = [bytes.as_mut_ptr() as usize, 16, 0, 0, 0, 0];
        // SAFETY: there is room.
        assert_eq!(unsafe { harness.converted("getrandom", &[denied], arguments) }, ENOSYS, "{denied}");
    }
    assert_eq!(bytes, [0; 16]);
}

/// Runs a function in a thread whose root is a folder; only root can.
fn with_root(harness: &Harness, folder: &Folder, run: impl FnOnce() + Send) {
    let path = c_path(folder.path());
    with_own_descriptors(harness, || {
        // SAFETY: the path ends in NUL, and the root is this thread's.
        let changed = unsafe { harness.real("chroot", [address(&path), 0, 0, 0, 0, 0]) };
        if changed == 0 {
            run();
        } else {
            eprintln!("not tried with another root: {changed}");
        }
    });
}

/// What conversions must answer where /dev and /proc are missing or something else.
fn expect_refusals(harness: &Harness, folder: &Folder) {
    let file = c("file");
    let mut bytes = [0u8; 16];
    let to = bytes.as_mut_ptr() as usize;
    let nofollow = [folder.fd, address(&file), 0, AT_SYMLINK_NOFOLLOW, 0, 0];
    for (name, arguments, expected) in [
        ("getrandom", [to, 16, 0, 0, 0, 0], ENOSYS),
        ("getrandom", [to, 16, 2, 0, 0, 0], ENOSYS),
        ("getrandom", [to, 16, 4, 0, 0, 0], ENOSYS),
        ("close_range", [100, 0xffff_ffff, 0, 0, 0, 0], ENOSYS),
        ("close_range", [100, 200, 0, 0, 0, 0], 0),
        ("faccessat2", nofollow, ENOSYS),
        ("fchmodat2", nofollow, EOPNOTSUPP),
        ("execveat", [folder.fd, address(&file), 0, 0, 0, 0], ENOSYS),
        ("listxattrat", [folder.fd, address(&file), 0, to, 16, 0], ENOSYS),
        ("memfd_create", [address(&file), 0, 0, 0, 0, 0], ENOSYS),
    ] {
        // SAFETY: the addresses are the test's.
        assert_eq!(unsafe { harness.converted(name, &[], arguments) }, expected, "{name}");
    }
    assert_eq!(bytes, [0; 16]);
}

#[test]
fn conversions_refuse_without_dev_and_proc() {
    let harness = Harness::new();
    let folder = Folder::below(&harness, &std::env::temp_dir());
    with_root(&harness, &folder, || expect_refusals(&harness, &folder));
}

#[test]
fn conversions_refuse_what_only_looks_like_dev_and_proc() {
    let harness = Harness::new();
    let folder = Folder::below(&harness, &std::env::temp_dir());
    for name in ["dev/shm", "proc/thread-self/fd", "proc/self/fd", "tmp"] {
        std::fs::create_dir_all(folder.join(name)).expect("a folder");
    }
    for name in ["dev/random", "dev/urandom"] {
        std::fs::write(folder.join(name), [0; 64]).expect("a file");
    }
    for fd in 0..100 {
        std::os::unix::fs::symlink("/file", folder.join(&format!("proc/thread-self/fd/{fd}")))
            .expect("a link");
    }
    let null = open(&harness, Path::new("/dev/null"), 0);
    assert!(null < 100, "the links would be followed");
    with_root(&harness, &folder, || expect_refusals(&harness, &folder));
}
