//! `file_getattr` and `file_setattr` by `ioctl`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path,
    descriptors, enter, open, with_ids, with_own_descriptors,
};
use libsys_layer_tests::guard::Guard;
use std::ffi::CString;
use std::path::{Path, PathBuf};

const EACCES: isize = -13;
const ENOSYS: isize = -38;
const EOPNOTSUPP: isize = -95;
/// "Do not dump": a flag that any owner may set.
const NODUMP: u64 = 0x80;
const NOATIME: u64 = 0x40;

fn places() -> [PathBuf; 2] {
    ["/dev/shm".into(), std::env::temp_dir()]
}

/// Files by all ways to name them, and whether the conversion can tell anything about them.
fn cases(harness: &Harness, folder: &Folder) -> Vec<(usize, CString, usize)> {
    let file = open(harness, &folder.join("file"), 0);
    let path_only = open(harness, &folder.join("file"), PATH_ONLY);
    let below = ["", "file", "folder", "link", "dangling", "loop", "pipe", "no", "file/x", "link/", "secret"];
    let mut paths: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
    paths.extend([file, path_only, 9999, AT_FDCWD].map(|fd| (fd, c(""))));
    paths.extend([(file, c("x")), (9999, c("x")), (AT_FDCWD, c("/no/such"))]);
    paths.extend([9999, AT_FDCWD].map(|fd| (fd, c_path(&folder.join("link")))));
    paths.extend(["/dev/null", "/proc/self/stat", "/dev"].map(|path| (AT_FDCWD, c(path))));
    let mut cases = Vec::new();
    for (dirfd, path) in paths {
        for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x1100, 0x800] {
            cases.push((dirfd | GARBAGE, path.clone(), flags | GARBAGE));
        }
    }
    cases
}

#[test]
fn file_getattr_agrees() {
    let harness = Harness::new();
    if !harness.kernel_has("file_setattr") {
        return;
    }
    with_own_descriptors(&harness, || {
        for place in places() {
            let folder = Folder::below(&harness, &place);
            enter(&harness, &folder);
            let cases = cases(&harness, &folder);
            let before = descriptors();
            let mut given = 0;
            for (dirfd, path, flags) in &cases {
                for size in [0, 23, 24, 25, 64, 4096, 4097] {
                    let [real, converted] = [false, true].map(|converted| {
                        let mut room = vec![0xaau8; 5000];
                        let to = room.as_mut_ptr() as usize;
                        let arguments = [*dirfd, address(path), to, size, *flags, 0];
                        // SAFETY: there is room.
                        let result = unsafe { harness.either(converted, "file_getattr", arguments) };
                        (result, room)
                    });
                    let what = format!("{} {path:?} {flags:#x} {size}", *dirfd as i32);
                    if converted.0 == EOPNOTSUPP && real.0 == 0 {
                        assert!(!is_file_or_folder(&folder, *dirfd, path, *flags), "{what}");
                        continue;
                    }
                    if converted.0 == EACCES && real.0 != EACCES {
                        assert!(!can_be_read(&folder, *dirfd, path), "{what}");
                        continue;
                    }
                    assert_eq!(converted.0, real.0, "{what}");
                    if real.0 == 0 {
                        given += 1;
                        assert_eq!(converted.1, real.1, "{what}");
                    }
                }
            }
            assert_ne!(given, 0, "{}", place.display());
            assert_eq!(descriptors(), before);
        }
    });
}

/// The absolute path of a case.
fn whole(folder: &Folder, dirfd: usize, path: &CString) -> PathBuf {
    match path.to_str().expect("a text") {
        "" => Path::new(&format!("/proc/thread-self/fd/{}", dirfd as i32)).to_owned(),
        path => folder.join(path),
    }
}

/// Whether this user may read a file: root may.
fn can_be_read(folder: &Folder, dirfd: usize, path: &CString) -> bool {
    std::fs::File::open(whole(folder, dirfd, path)).is_ok()
}

fn is_file_or_folder(folder: &Folder, dirfd: usize, path: &CString, flags: usize) -> bool {
    let whole = whole(folder, dirfd, path);
    let nofollow = flags & AT_SYMLINK_NOFOLLOW != 0 && !path.is_empty();
    let meta = if nofollow { whole.symlink_metadata() } else { whole.metadata() };
    meta.is_ok_and(|meta| meta.is_file() || meta.is_dir())
}

/// The flags of a file, as the real call gives them.
fn flags_of(harness: &Harness, path: &Path) -> [u64; 3] {
    let (path, mut attr) = (c_path(path), [0u64; 3]);
    let to = attr.as_mut_ptr() as usize;
    // SAFETY: there is room.
    let result = unsafe { harness.real("file_getattr", [AT_FDCWD, address(&path), to, 24, 0, 0]) };
    assert_eq!(result, 0);
    attr
}

#[test]
fn file_setattr_agrees() {
    let harness = Harness::new();
    if !harness.kernel_has("file_setattr") {
        return;
    }
    with_own_descriptors(&harness, || {
        for place in places() {
            let folder = Folder::below(&harness, &place);
            enter(&harness, &folder);
            let files = ["", "file", "folder", "secret"].map(|name| folder.join(name));
            let state = || files.each_ref().map(|file| flags_of(&harness, file));
            let clean = [0u64; 3];
            let reset = || {
                for file in &files {
                    let (file, from) = (c_path(file), clean.as_ptr() as usize);
                    // SAFETY: the addresses are the test's.
                    unsafe { harness.real("file_setattr", [AT_FDCWD, address(&file), from, 24, 0, 0]) };
                }
            };
            let mut changed = 0;
            for (dirfd, path, at_flags) in cases(&harness, &folder) {
                for xflags in [0, NODUMP, NODUMP | NOATIME, 1 << 20, 1 << 40, 1 << 31, 2, 0x200] {
                    let attr = [xflags, 0, 0];
                    let arguments = [dirfd, address(&path), attr.as_ptr() as usize, 24, at_flags, 0];
                    reset();
                    // SAFETY: the addresses are the test's.
                    let real = unsafe { harness.real("file_setattr", arguments) };
                    let expected = state();
                    reset();
                    // SAFETY: as above.
                    let converted = unsafe { harness.converted("file_setattr", &[], arguments) };
                    let what = format!("{} {path:?} {at_flags:#x} {xflags:#x}", dirfd as i32);
                    if converted == EOPNOTSUPP && !is_file_or_folder(&folder, dirfd, &path, at_flags) {
                        continue;
                    }
                    if converted == EACCES && real != EACCES {
                        assert!(!can_be_read(&folder, dirfd, &path), "{what}");
                        continue;
                    }
                    assert_eq!(converted, real, "{what}");
                    assert_eq!(state(), expected, "{what}");
                    changed += usize::from(expected.iter().any(|attr| attr[0] & NODUMP != 0));
                }
            }
            assert_ne!(changed, 0, "{}", place.display());
        }
    });
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    if !harness.kernel_has("file_setattr") {
        return;
    }
    let folder = Folder::new(&harness);
    let guard = Guard::new();
    let (file, none) = (c("file"), c("no"));
    for call in ["file_getattr", "file_setattr"] {
        for path in [address(&file), address(&none), 0, 8] {
            for size in [0, 8, 23, 24, 25, 32, 4096, 4097, usize::MAX] {
                let mut bytes = vec![0u8; size.clamp(24, 4096)];
                for last in [0, 1] {
                    *bytes.last_mut().expect("a byte") = if size > 24 { last } else { 0 };
                    for missing in [0, 1, 24] {
                        for flags in [0, AT_EMPTY_PATH, 2] {
                            let attr = guard.put(&bytes) + missing;
                            // SAFETY: the kernel checks the addresses.
                            unsafe { harness.agree(call, [folder.fd, path, attr, size, flags, 0]) };
                        }
                    }
                }
            }
            for attr in [0, 8, 1 << 63] {
                // SAFETY: the kernel checks the addresses.
                unsafe { harness.agree(call, [folder.fd, path, attr, 24, 0, 0]) };
            }
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_the_difference() {
    let harness = Harness::new();
    if !harness.kernel_has("file_setattr") {
        return;
    }
    let folder = Folder::new(&harness);
    with_ids(&harness, [65534; 3], || {
        let mut attr = [0u64; 3];
        let to = attr.as_mut_ptr() as usize;
        for (name, refused) in [("file", false), ("folder", false), ("closed/file", false), ("secret", true)]
        {
            let path = c(name);
            let arguments = [folder.fd, address(&path), to, 24, 0, 0];
            // SAFETY: there is room.
            let converted = unsafe { harness.converted("file_getattr", &[], arguments) };
            // SAFETY: as above.
            let real = unsafe { harness.real("file_getattr", arguments) };
            assert_eq!(converted, if refused { EACCES } else { real }, "{name}");
            // SAFETY: as above.
            let set = unsafe { harness.converted("file_setattr", &[], arguments) };
            assert!(set < 0, "{name} belongs to root");
        }
    });
}

#[test]
fn what_the_rules_name_is_needed() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let file = c("file");
    let mut attr = [0u64; 3];
    for call in ["file_getattr", "file_setattr"] {
        for denied in ["openat", "statfs", "newfstatat", "ioctl"] {
            let arguments = [folder.fd, address(&file), attr.as_mut_ptr() as usize, 24, 0, 0];
            // SAFETY: there is room.
            assert_eq!(unsafe { harness.converted(call, &[denied], arguments) }, ENOSYS, "{call} {denied}");
        }
    }
}
