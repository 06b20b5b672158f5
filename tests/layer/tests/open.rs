//! `openat2` and `open_tree` by `openat`; `memfd_create` by a file without a name.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path, close,
    descriptors, open, with_own_descriptors,
};
use libsys_layer_tests::guard::Guard;
use std::os::unix::fs::MetadataExt;

/// O_DIRECTORY and O_NOFOLLOW, which make no difference to a file that is open.
const HOW_OPENED: isize = 0o600_000;
const E2BIG: isize = -7;
const EAGAIN: isize = -11;
const EINVAL: isize = -22;
const ENOSYS: isize = -38;

/// `struct open_how`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct How {
    flags: u64,
    mode: u64,
    resolve: u64,
}

/// What a descriptor is: its file, its flags, its own flag, and the file's mode.
fn facts(harness: &Harness, fd: usize) -> (String, isize, isize, u32) {
    let link = format!("/proc/thread-self/fd/{fd}");
    let mode = std::fs::metadata(&link).map_or(0, |meta| meta.mode());
    // SAFETY: it reads flags.
    let flags = |what| unsafe { harness.real("fcntl", [fd, what, 0, 0, 0, 0]) };
    let name = std::fs::read_link(&link).expect("/proc").to_string_lossy().into_owned();
    // Files without a name are called by a number of their own.
    let name = name.split_once('#').map_or(name.clone(), |(folder, _)| folder.to_owned());
    (name, flags(3), flags(1), mode)
}

/// Makes a call both ways and compares what was opened, or the error.
fn compare(harness: &Harness, name: &str, arguments: [usize; 6], undo: impl Fn()) -> isize {
    let facts = |harness, fd| {
        let mut facts = facts(harness, fd);
        facts.1 &= if name == "open_tree" { !HOW_OPENED } else { -1 };
        facts
    };
    // SAFETY: the addresses are the test's.
    let real = unsafe { harness.real(name, arguments) };
    let expected = (real >= 0).then(|| facts(harness, real as usize));
    close(harness, real as usize);
    undo();
    // SAFETY: as above.
    let given = unsafe { harness.converted(name, &[], arguments) };
    let found = (given >= 0).then(|| facts(harness, given as usize));
    close(harness, given as usize);
    undo();
    assert_eq!(given.min(0), real.min(0), "{name}({arguments:#x?})");
    assert_eq!(found, expected, "{name}({arguments:#x?})");
    given
}

#[test]
fn openat2_agrees_for_each_flag_and_mode() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    with_own_descriptors(&harness, || {
        let new = folder.join("new");
        for name in ["file", "folder", "link", "dangling", "loop", "new", ".", "", "no/x"].map(c) {
            let bits = (0..=34).map(|bit| 1u64 << bit).chain([0, 3, 1 << 63, 0o20_200_000, 0o20_200_002]);
            for bit in bits {
                // A pipe is not among them: opening one waits.
                for flags in [bit, bit | 2, bit | 0o102, bit | 0o302, bit | PATH_ONLY as u64] {
                    for mode in [0, 0o644, 0o7777, 0o10_000, 1 << 40] {
                        let how = How { flags, mode, resolve: 0 };
                        let arguments = [
                            folder.fd | GARBAGE,
                            address(&name),
                            std::ptr::from_ref(&how) as usize,
                            24,
                            0,
                            0,
                        ];
                        compare(&harness, "openat2", arguments, || {
                            let _ = std::fs::remove_file(&new);
                            let _ = std::fs::remove_file(folder.join("nothing"));
                            let _ = std::fs::remove_dir(&new);
                        });
                    }
                }
            }
        }
    });
}

#[test]
fn openat2_refuses_what_promises_where_a_path_leads() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let name = c("file");
    for resolve in 0..=0x40u64 {
        for flags in [0u64, 1 << 40] {
            let how = How { flags, mode: 0, resolve };
            let arguments = [folder.fd, address(&name), std::ptr::from_ref(&how) as usize, 24, 0, 0];
            // SAFETY: the addresses are the test's.
            let real = unsafe { harness.real("openat2", arguments) };
            close(&harness, real as usize);
            // SAFETY: as above.
            let given = unsafe { harness.converted("openat2", &[], arguments) };
            close(&harness, given as usize);
            if real == EINVAL || resolve == 0 {
                assert_eq!(given.min(0), real.min(0), "{how:?}");
            } else {
                assert_eq!(given, if resolve == 0x20 { EAGAIN } else { ENOSYS }, "{how:?}");
            }
        }
    }
}

#[test]
fn openat2_reads_structures_of_any_size() {
    let harness = Harness::new();
    let guard = Guard::new();
    let root = c("/");
    for size in [0, 8, 23, 24, 25, 32, 100, 4096, 4097, 1 << 40, usize::MAX] {
        let mut bytes = vec![0u8; size.clamp(24, 4096)];
        for spoiled in [None, Some(bytes.len() - 1)] {
            if let Some(at) = spoiled.filter(|at| *at >= 24) {
                bytes[at] = 1;
            }
            for missing in [0, 1, 8, 24] {
                let how = guard.put(&bytes) + missing;
                compare(&harness, "openat2", [AT_FDCWD, address(&root), how, size, 0, 0], || {});
            }
        }
    }
    for how in [0, 8, 1 << 63, usize::MAX - 3] {
        for size in [0, 24, 32] {
            compare(&harness, "openat2", [AT_FDCWD, address(&root), how, size, 0, 0], || {});
        }
    }
    let how = guard.put(&[0; 24]);
    for path in [0, 8, 1 << 63] {
        compare(&harness, "openat2", [AT_FDCWD, path, how, 24, 0, 0], || {});
    }
    // SAFETY: the kernel checks the addresses.
    let given = unsafe { harness.converted("openat2", &[], [AT_FDCWD, address(&root), how, 4097, 0, 0]) };
    assert_eq!(given, E2BIG);
}

#[test]
fn open_tree_agrees_but_for_clones() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    with_own_descriptors(&harness, || {
        let file = open(&harness, &folder.join("file"), 0);
        let below =
            ["", "file", "folder", "link", "dangling", "loop", "pipe", "no", "file/x", "link/", "folder/"];
        let mut cases: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
        cases.extend([(file, c("")), (file, c("x")), (9999, c("")), (AT_FDCWD, c("")), (AT_FDCWD, c("/"))]);
        cases.push((9999, c_path(&folder.join("link"))));
        let before = descriptors();
        for (dirfd, path) in &cases {
            for flags in [0, 0o2_000_000, 2, 4, 0x200, 0x8000] {
                for at in [0, AT_SYMLINK_NOFOLLOW, 0x800, AT_EMPTY_PATH, 0x1900] {
                    let arguments = [dirfd | GARBAGE, address(path), flags | at | GARBAGE, 0, 0, 0];
                    compare(&harness, "open_tree", arguments, || {});
                }
            }
            let clone = [*dirfd, address(path), 1, 0, 0, 0];
            // SAFETY: the path ends in NUL.
            assert_eq!(unsafe { harness.converted("open_tree", &[], clone) }, ENOSYS);
        }
        for path in [0, 8, 1 << 63] {
            for flags in [0, AT_EMPTY_PATH, 2] {
                compare(&harness, "open_tree", [folder.fd, path, flags, 0, 0, 0], || {});
            }
        }
        assert_eq!(descriptors(), before);
    });
}
