//! `faccessat2` by `faccessat` and /proc.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, address, c, c_path, descriptors, open,
    with_ids, with_own_descriptors,
};

const AT_EACCESS: usize = 0x200;
const ENOSYS: isize = -38;
const NOBODY: usize = 65534;

/// Tries all flags and modes on all kinds of files; returns how often the conversion had no answer.
fn try_all(harness: &Harness, folder: &Folder) -> usize {
    let (here, away) = (folder.fd, AT_FDCWD);
    let secret = folder.join("secret");
    let below =
        ["", "file", "secret", "folder", "closed", "closed/file", "link", "dangling", "loop", "pipe", "no"];
    let mut cases: Vec<_> = below.iter().map(|name| (here, c(name))).collect();
    cases.extend([(here, c("link/")), (here, c("file/x")), (here, c("..")), (here, c_path(&secret))]);
    cases.extend(["", "/", "/etc/passwd", "/no/such", "."].map(|path| (away, c(path))));
    cases.extend(["", "x", "/"].map(|path| (9999, c(path))));
    let mut unanswered = 0;
    for (dirfd, path) in &cases {
        for mode in [0, 1, 2, 4, 7, 8, 1 << 31] {
            for flags in 0..16 {
                let some = |bit: usize, flag| if flags & bit != 0 { flag } else { 0 };
                let flags =
                    some(1, AT_EACCESS) | some(2, AT_SYMLINK_NOFOLLOW) | some(4, AT_EMPTY_PATH) | some(8, 1);
                let arguments = [dirfd | GARBAGE, address(path), mode | GARBAGE, flags | GARBAGE, 0, 0];
                // SAFETY: the path ends in NUL.
                let converted = unsafe { harness.converted("faccessat2", &[], arguments) };
                if converted == ENOSYS {
                    unanswered += 1;
                    continue;
                }
                // SAFETY: as above.
                let real = unsafe { harness.real("faccessat2", arguments) };
                assert_eq!(converted, real, "{dirfd} {path:?} {mode:#x} {flags:#x}");
            }
        }
    }
    unanswered
}

#[test]
fn faccessat2_agrees_for_all_flags() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    assert_eq!(try_all(&harness, &folder), 0);
}

#[test]
fn faccessat2_agrees_for_others_than_root() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    with_ids(&harness, [NOBODY; 3], || assert_eq!(try_all(&harness, &folder), 0));
}

#[test]
fn faccessat2_has_no_wrong_answer_where_ids_differ() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    for ids in [[0, NOBODY, 0], [NOBODY, 0, 0], [NOBODY, NOBODY - 1, NOBODY]] {
        with_ids(&harness, ids, || assert_ne!(try_all(&harness, &folder), 0));
    }
}

#[test]
fn faccessat2_answers_as_the_kernel_to_what_leads_nowhere() {
    let harness = Harness::new();
    for path in [0, 8, 1 << 63, usize::MAX] {
        for flags in [0, AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x4000] {
            // SAFETY: the kernel checks the address.
            unsafe { harness.agree("faccessat2", [AT_FDCWD, path, 4, flags, 0, 0]) };
        }
    }
}

#[test]
fn faccessat2_leaves_no_descriptor_and_needs_what_its_rule_names() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let file = open(&harness, &folder.join("secret"), 1);
    let (link, empty) = (c("link"), c(""));
    with_own_descriptors(&harness, || {
        let before = descriptors();
        let nofollow = [folder.fd, address(&link), 4, AT_SYMLINK_NOFOLLOW, 0, 0];
        let itself = [file, address(&empty), 2, AT_EMPTY_PATH, 0, 0];
        for (arguments, needed) in [
            (nofollow, ["openat", "statfs", "faccessat", "capget"]),
            (itself, ["fcntl", "statfs", "faccessat", "fcntl"]),
        ] {
            for denied in needed {
                // SAFETY: the paths end in NUL.
                let converted = unsafe { harness.converted("faccessat2", &[denied], arguments) };
                assert_eq!(converted, ENOSYS, "without {denied}");
            }
        }
        assert_eq!(descriptors(), before);
    });
}
