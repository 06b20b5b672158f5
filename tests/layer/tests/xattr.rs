//! `setxattrat`, `getxattrat`, `listxattrat` and `removexattrat` by the older calls and /proc.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path,
    descriptors, enter, open, with_ids, with_own_descriptors,
};
use libsys_layer_tests::guard::Guard;
use std::ffi::CString;
use std::path::Path;

const EBADF: isize = -9;
const ENOSYS: isize = -38;

/// `struct xattr_args`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Value {
    address: u64,
    size: u32,
    flags: u32,
}

fn at<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// Files by all ways to name them: a descriptor of a folder or file, and a path.
fn cases(harness: &Harness, folder: &Folder) -> Vec<(usize, CString)> {
    let file = open(harness, &folder.join("file"), 0);
    let path_only = open(harness, &folder.join("file"), PATH_ONLY);
    let below = ["", "file", "folder", "link", "dangling", "loop", "pipe", "no", "file/x", "link/", "secret"];
    let mut cases: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
    cases.extend([file, path_only, 9999, AT_FDCWD].map(|fd| (fd, c(""))));
    cases.extend([(file, c("x")), (9999, c("x")), (AT_FDCWD, c("/no/such"))]);
    cases.extend([9999, AT_FDCWD].map(|fd| (fd, c_path(&folder.join("link")))));
    cases
}

/// All attributes of the files, as the real calls give them.
fn state(harness: &Harness, folder: &Folder) -> Vec<(isize, Vec<u8>, isize, Vec<u8>)> {
    let name = c("user.a");
    let mut state = Vec::new();
    for file in ["", "file", "folder", "link", "pipe"] {
        let path = c_path(&folder.join(file));
        let (mut list, mut value) = (vec![0u8; 32], vec![0u8; 32]);
        let (to, size) = (list.as_mut_ptr() as usize, list.len());
        // SAFETY: the addresses are the test's.
        let listed = unsafe { harness.real("llistxattr", [address(&path), to, size, 0, 0, 0]) };
        let to = value.as_mut_ptr() as usize;
        // SAFETY: as above.
        let got = unsafe { harness.real("lgetxattr", [address(&path), address(&name), to, size, 0, 0]) };
        state.push((listed, list, got, value));
    }
    state
}

/// Makes a call both ways on new folders and compares the results and all attributes.
///
/// Returns how many calls did something.
fn compare(harness: &Harness, name: &str, place: &Path, prepare: bool, last: [usize; 3]) -> usize {
    let attribute = c("user.a");
    let text = *b"before";
    let before = Value { address: at(&text) as u64, size: 6, flags: 0 };
    let results = [false, true].map(|converted| {
        let folder = Folder::below(harness, place);
        enter(harness, &folder);
        let mut all = Vec::new();
        for (dirfd, path) in cases(harness, &folder) {
            for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x1100, 0x800] {
                if prepare {
                    for file in ["", "file", "folder"].map(|file| c_path(&folder.join(file))) {
                        let arguments = [AT_FDCWD, address(&file), 0, address(&attribute), at(&before), 16];
                        // SAFETY: the addresses are the test's.
                        assert_eq!(unsafe { harness.real("setxattrat", arguments) }, 0);
                    }
                }
                let dirfd = dirfd | GARBAGE;
                let arguments = [dirfd, address(&path), flags | GARBAGE, last[0], last[1], last[2]];
                // SAFETY: as above.
                let result = unsafe { harness.either(converted, name, arguments) };
                let shown = path.to_string_lossy().replace(&*folder.path().to_string_lossy(), "");
                all.push((dirfd as i32, shown, flags, result, state(harness, &folder)));
            }
        }
        all
    });
    for (real, converted) in results[0].iter().zip(&results[1]) {
        let (dirfd, path, flags, answer, _) = real;
        // Linux 6.18 forgets that AT_FDCWD is no descriptor, in two of the four calls.
        if *dirfd == AT_FDCWD as i32 && path.is_empty() && *answer == EBADF {
            continue;
        }
        assert_eq!(converted.3, *answer, "{name} {dirfd} {path} {flags:#x}");
        let same = converted.4 == real.4;
        assert!(same, "{name} {dirfd} {path} {flags:#x}: {:?} {:?}", real.4, converted.4);
    }
    results[0].iter().filter(|(.., result, _)| *result >= 0).count()
}

/// Folders on which attributes of users can be set.
fn places() -> Vec<std::path::PathBuf> {
    vec!["/dev/shm".into(), std::env::temp_dir()]
}

#[test]
fn setxattrat_agrees() {
    let harness = Harness::new();
    if !harness.kernel_has("setxattrat") {
        return;
    }
    let name = c("user.a");
    let text = *b"after";
    with_own_descriptors(&harness, || {
        for place in places() {
            for (prepare, flags) in [(false, 0), (false, 1), (false, 2), (true, 0), (true, 1)] {
                let value = Value { address: at(&text) as u64, size: 5, flags };
                let done = compare(&harness, "setxattrat", &place, prepare, [address(&name), at(&value), 16]);
                assert_eq!(done != 0, prepare || flags != 2, "{prepare} {flags}");
            }
        }
    });
}

#[test]
fn removexattrat_and_listxattrat_agree() {
    let harness = Harness::new();
    if !harness.kernel_has("setxattrat") {
        return;
    }
    let (name, other) = (c("user.a"), c("user.b"));
    let mut list = [0u8; 256];
    with_own_descriptors(&harness, || {
        for place in places() {
            assert_ne!(compare(&harness, "removexattrat", &place, true, [address(&name), 0, 0]), 0);
            let refused = [address(&other), 0, 0];
            let folder = Folder::below(&harness, &place);
            let file = c("file");
            for name in [refused[0], 0, 8, 1 << 63] {
                // SAFETY: the addresses are the test's, or the kernel checks them.
                unsafe { harness.agree("removexattrat", [folder.fd, address(&file), 0, name, 0, 0]) };
            }
            for (to, size) in
                [(list.as_mut_ptr() as usize, 256), (0, 0), (list.as_mut_ptr() as usize, 3), (8, 256)]
            {
                let done = compare(&harness, "listxattrat", &place, true, [to, size, 0]);
                assert_ne!(done, 0, "{to:#x} {size}");
            }
        }
    });
}

#[test]
fn listxattrat_gives_the_names() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let (file, name) = (c("link"), c("user.a"));
    let value = Value { address: address(&name) as u64, size: 4, flags: 0 };
    let set = [folder.fd, address(&file), 0, address(&name), at(&value), 16];
    // SAFETY: the addresses are the test's.
    assert_eq!(unsafe { harness.converted("setxattrat", &[], set) }, 0);
    let mut list = [0u8; 64];
    let to = list.as_mut_ptr() as usize;
    // SAFETY: there is room.
    let size = unsafe { harness.converted("listxattrat", &[], [folder.fd, address(&file), 0, to, 64, 0]) };
    assert_eq!(&list[..size as usize], b"user.a\0");
    let mut got = [0u8; 8];
    let to = Value { address: got.as_mut_ptr() as u64, size: 8, flags: 0 };
    let get = [folder.fd, address(&file), 0, address(&name), at(&to), 16];
    // SAFETY: there is room.
    assert_eq!(unsafe { harness.converted("getxattrat", &[], get) }, 4);
    assert_eq!(&got[..4], b"user");
}

#[test]
fn getxattrat_agrees() {
    let harness = Harness::new();
    if !harness.kernel_has("setxattrat") {
        return;
    }
    let name = c("user.a");
    let mut room = [0u8; 64];
    with_own_descriptors(&harness, || {
        for place in places() {
            for (to, size, flags) in
                [(room.as_mut_ptr() as u64, 64, 0), (0, 0, 0), (8, 64, 0), (room.as_mut_ptr() as u64, 2, 0)]
            {
                let value = Value { address: to, size, flags };
                let done = compare(&harness, "getxattrat", &place, true, [address(&name), at(&value), 16]);
                assert_eq!(done != 0, to != 8 && size != 2, "{value:?}");
            }
        }
    });
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    if !harness.kernel_has("setxattrat") {
        return;
    }
    let folder = Folder::new(&harness);
    let guard = Guard::new();
    let (file, none) = (c("file"), c("no"));
    let names = [
        c("user.a"),
        c(""),
        c("a"),
        c("nothing.a"),
        c("user."),
        c(&"n".repeat(255)),
        c(&"n".repeat(256)),
        c(&format!("user.{}", "n".repeat(250))),
        c(&format!("user.{}", "n".repeat(251))),
    ];
    let mut name_addresses: Vec<_> = names.iter().map(address).collect();
    name_addresses.extend([0, 8, 1 << 63, guard.put(b"user.a\0"), guard.end() - 6, guard.end() - 1]);
    let text = [7u8; 16];
    for call in ["setxattrat", "getxattrat"] {
        for path in [address(&file), address(&none), 0, 8] {
            for name in &name_addresses {
                for at_flags in [0, 0x1000, 0x800] {
                    for (to, size, flags) in [
                        (at(&text) as u64, 16, 0),
                        (at(&text) as u64, 16, 4),
                        (at(&text) as u64, 65537, 0),
                        (at(&text) as u64, 65537, 1 << 31),
                        (8, 16, 0),
                        (guard.end() as u64 - 15, 16, 0),
                        (0, 0, 0),
                        (8, 0, 0),
                    ] {
                        let value = Value { address: to, size, flags };
                        let real = [folder.fd, path, at_flags, *name, at(&value), 16];
                        // SAFETY: the kernel checks the addresses; what it writes to is not used otherwise.
                        unsafe { harness.agree(call, real) };
                    }
                }
            }
            for size in [0, 8, 15, 16, 17, 24, 4096, 4097, usize::MAX] {
                let mut bytes = vec![0u8; size.clamp(16, 4096)];
                for last in [0, 1] {
                    *bytes.last_mut().expect("a byte") = last;
                    for missing in [0, 1, 16] {
                        let value = guard.put(&bytes) + missing;
                        let name = name_addresses[0];
                        // SAFETY: the kernel checks the addresses.
                        unsafe { harness.agree(call, [folder.fd, path, 0, name, value, size]) };
                    }
                }
            }
            for value in [0, 8, 1 << 63] {
                // SAFETY: the kernel checks the addresses.
                unsafe { harness.agree(call, [folder.fd, path, 0, name_addresses[0], value, 16]) };
            }
        }
    }
}

#[test]
fn others_than_root_are_refused_alike() {
    let harness = Harness::new();
    if !harness.kernel_has("setxattrat") {
        return;
    }
    let folder = Folder::new(&harness);
    with_ids(&harness, [65534; 3], || {
        let text = [7u8; 4];
        let value = Value { address: at(&text) as u64, size: 4, flags: 0 };
        for path in ["file", "secret", "closed/file", "link", "folder"].map(c) {
            for flags in [0, AT_SYMLINK_NOFOLLOW] {
                for name in ["user.a", "trusted.a", "security.a", "system.a"].map(c) {
                    let arguments = [folder.fd, address(&path), flags, address(&name), at(&value), 16];
                    for call in ["setxattrat", "getxattrat", "removexattrat"] {
                        // SAFETY: the addresses are the test's.
                        let result = unsafe { harness.agree(call, arguments) };
                        assert!(result < 0);
                    }
                }
            }
        }
    });
}

#[test]
fn nothing_is_left_open_and_what_the_rules_name_is_needed() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    with_own_descriptors(&harness, || {
        let before = descriptors();
        let (file, name, text) = (c("file"), c("user.a"), [1u8]);
        let value = Value { address: at(&text) as u64, size: 1, flags: 0 };
        let arguments = [folder.fd, address(&file), 0, address(&name), at(&value), 16];
        for call in ["setxattrat", "getxattrat", "listxattrat", "removexattrat"] {
            let older = call.strip_suffix("at").expect("at");
            for denied in ["openat", "statfs", older] {
                // SAFETY: the addresses are the test's.
                let given = unsafe { harness.converted(call, &[denied], arguments) };
                assert_eq!(given, ENOSYS, "{call} without {denied}");
            }
        }
        assert_eq!(descriptors(), before);
    });
}
