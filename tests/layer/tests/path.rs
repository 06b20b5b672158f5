//! `fchmodat2` by `fchmodat` and /proc; `renameat2` by `renameat`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path,
    descriptors, open, with_ids, with_own_descriptors,
};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

const EINVAL: isize = -22;
const EOPNOTSUPP: isize = -95;
const NOBODY: usize = 65534;

/// Changes modes on all kinds of files both ways, and compares the results and the modes.
fn change_modes(harness: &Harness, folder: &Folder) {
    let file = open(harness, &folder.join("file"), PATH_ONLY);
    let link = open(harness, &folder.join("link"), PATH_ONLY | 0o400_000);
    let below =
        ["", "file", "folder", "link", "dangling", "loop", "pipe", "no", "file/x", "link/", "folder/"];
    let mut cases: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
    cases.extend([(file, c("")), (link, c("")), (9999, c("")), (9999, c("x")), (AT_FDCWD, c("/no/such"))]);
    cases.push((9999, c_path(&folder.join("link"))));
    let modes = || {
        let names = ["", "file", "folder", "pipe", "link"];
        names.map(|name| folder.join(name).symlink_metadata().expect("a file").mode())
    };
    let reset = || {
        for name in ["file", "folder", "pipe", ""] {
            let mode = PermissionsExt::from_mode(0o750);
            std::fs::set_permissions(folder.join(name), mode).expect("a mode");
        }
    };
    for (dirfd, path) in &cases {
        for mode in [0o755, 0o100_711, 0o1777, 0o7755] {
            for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x1100, 1, 0x800] {
                let arguments = [dirfd | GARBAGE, address(path), mode, flags | GARBAGE, 0, 0];
                reset();
                // SAFETY: the path ends in NUL.
                let real = unsafe { harness.real("fchmodat2", arguments) };
                let expected = modes();
                reset();
                // SAFETY: as above.
                let given = unsafe { harness.converted("fchmodat2", &[], arguments) };
                assert_eq!(given, real, "{dirfd} {path:?} {flags:#x}");
                assert_eq!(modes(), expected, "{dirfd} {path:?} {mode:o} {flags:#x}");
            }
        }
    }
}

#[test]
fn fchmodat2_agrees_for_all_flags() {
    let harness = Harness::new();
    if !harness.kernel_has("fchmodat2") {
        return;
    }
    let folder = Folder::new(&harness);
    with_own_descriptors(&harness, || {
        let before = descriptors().len();
        change_modes(&harness, &folder);
        // Those that the cases opened.
        assert_eq!(descriptors().len(), before + 2);
    });
}

#[test]
fn fchmodat2_agrees_for_others_than_root() {
    let harness = Harness::new();
    if !harness.kernel_has("fchmodat2") {
        return;
    }
    let folder = Folder::new(&harness);
    with_ids(&harness, [NOBODY; 3], || {
        for path in ["file", "link", "folder", "closed/file", "no"].map(c) {
            for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH] {
                // SAFETY: the path ends in NUL.
                let given =
                    unsafe { harness.agree("fchmodat2", [folder.fd, address(&path), 0o644, flags, 0, 0]) };
                assert_ne!(given, 0);
            }
        }
    });
}

#[test]
fn fchmodat2_answers_as_the_kernel_to_what_leads_nowhere() {
    let harness = Harness::new();
    if !harness.kernel_has("fchmodat2") {
        return;
    }
    for path in [0, 8, 1 << 63] {
        for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 1] {
            // SAFETY: the kernel checks the address.
            unsafe { harness.agree("fchmodat2", [AT_FDCWD, path, 0o644, flags, 0, 0]) };
        }
    }
}

#[test]
fn fchmodat2_is_not_supported_without_proc() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let file = c("file");
    let arguments = [folder.fd, address(&file), 0o600, AT_SYMLINK_NOFOLLOW, 0, 0];
    let before = folder.join("file").metadata().expect("a file").mode();
    // SAFETY: the path ends in NUL.
    assert_eq!(unsafe { harness.converted("fchmodat2", &["statfs"], arguments) }, EOPNOTSUPP);
    assert_eq!(folder.join("file").metadata().expect("a file").mode(), before);
}

#[test]
fn renameat2_agrees_without_flags_and_refuses_them() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let state = || {
        let names = ["file", "secret", "folder", "link", "new"];
        names.map(|name| folder.join(name).symlink_metadata().map(|meta| meta.ino()).ok())
    };
    let pairs = [
        ("file", "new"),
        ("file", "secret"),
        ("file", "folder"),
        ("folder", "file"),
        ("link", "new"),
        ("no", "new"),
        ("file", "no/x"),
        ("folder", "folder/x"),
        ("", "new"),
        (".", "new"),
        ("file", ""),
    ];
    for (old, new) in pairs.map(|(old, new)| (c(old), c(new))) {
        let there = [folder.fd | GARBAGE, address(&old), folder.fd | GARBAGE, address(&new), GARBAGE, 0];
        let results = [false, true].map(|converted| {
            let fresh = Folder::new(&harness);
            let fds = [fresh.fd | GARBAGE, address(&old), fresh.fd | GARBAGE, address(&new), GARBAGE, 0];
            // SAFETY: the paths end in NUL.
            let result = unsafe { harness.either(converted, "renameat2", fds) };
            let mut names: Vec<_> = std::fs::read_dir(fresh.path())
                .expect("a folder")
                .map(|entry| entry.expect("an entry"))
                .map(|entry| (entry.file_name(), entry.file_type().expect("a type").is_dir()))
                .collect();
            names.sort();
            (result, names)
        });
        assert_eq!(results[0], results[1], "{old:?} {new:?}");
        let before = state();
        for flags in [1, 2, 3, 4, 5, 8, 1 << 31] {
            let mut refused = there;
            refused[4] = flags;
            // SAFETY: the paths end in NUL.
            assert_eq!(unsafe { harness.converted("renameat2", &[], refused) }, EINVAL);
        }
        assert_eq!(state(), before);
    }
    for path in [0, 8, 1 << 63] {
        // SAFETY: the kernel checks the addresses.
        unsafe { harness.agree("renameat2", [AT_FDCWD, path, AT_FDCWD, path, 0, 0]) };
    }
}
