//! `statx` by `newfstatat`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, address, c, open,
};
use libsys_layer_tests::guard::Guard;

const AT_NO_AUTOMOUNT: usize = 0x800;
const BASIC: u32 = 0x7ff;
const SIZE: usize = 256;

/// The bytes of `struct statx` without what the basic fields do not say, and without the times that `known` lacks.
fn basic(bytes: &[u8; SIZE], known: u32) -> Vec<u8> {
    const CHANGES: u32 = 0xc0;
    let mut basic = bytes.to_vec();
    let attributes = 8..16;
    let attributes_mask = 56..64;
    let birth = 80..96;
    let rest = 144..SIZE;
    for range in [0..4, attributes, attributes_mask, birth, rest] {
        basic[range].fill(0);
    }
    if known & CHANGES != CHANGES {
        basic[96..128].fill(0);
    }
    basic
}

#[test]
fn statx_agrees_on_the_basic_fields_and_on_errors() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let file = open(&harness, &folder.join("file"), 0);
    let below =
        ["", "file", "secret", "folder", "closed/file", "link", "dangling", "loop", "pipe", "no", "file/x"];
    let mut cases: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
    cases.extend(["/dev/null", "/dev/full", "/", "", ".", "/proc/self/exe"].map(|path| (AT_FDCWD, c(path))));
    cases.extend([(file, c("")), (file, c("x")), (9999, c("")), (9999, c("/"))]);
    for (dirfd, path) in &cases {
        for flags in
            [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT, 0x2000, 0x4000, 0x6000, 0x8000, 0x1900]
        {
            for mask in [0, 1, 0x7ff, 0xfff, 0x8000_0000] {
                let mut real = [0xaau8; SIZE];
                let mut converted = [0x55u8; SIZE];
                let mut arguments = [*dirfd, address(path), flags | GARBAGE, mask | GARBAGE, 0, 0];
                arguments[4] = real.as_mut_ptr() as usize;
                // SAFETY: the path ends in NUL, and there is room for the result.
                let answer = unsafe { harness.real("statx", arguments) };
                arguments[4] = converted.as_mut_ptr() as usize;
                // SAFETY: as above.
                let given = unsafe { harness.converted("statx", &[], arguments) };
                assert_eq!(given, answer, "{dirfd} {path:?} {flags:#x} {mask:#x}");
                if answer == 0 {
                    let known = u32::from_le_bytes(real[..4].try_into().expect("four bytes"));
                    // Times that nobody asked for need not be given.
                    let asked = if mask & BASIC as usize == BASIC as usize { BASIC } else { BASIC & !0xc0 };
                    assert_eq!(known & asked, asked, "the basic fields");
                    assert_eq!(basic(&converted, known), basic(&real, known), "{dirfd} {path:?} {flags:#x}");
                    assert_eq!(converted[..4], BASIC.to_le_bytes());
                    assert_eq!(converted[8..16], [0; 8], "no attributes");
                    assert_eq!(converted[56..64], [0; 8], "none known");
                    assert_eq!((&converted[80..96], &converted[144..]), (&[0; 16][..], &[0; 112][..]));
                }
            }
        }
    }
}

#[test]
fn statx_answers_as_the_kernel_to_what_leads_nowhere() {
    let harness = Harness::new();
    let guard = Guard::new();
    let root = c("/");
    let root = address(&root);
    let room = guard.put(&[0; SIZE]);
    for (path, result) in [(0, room), (8, room), (1 << 63, room), (root, 0), (root, 8), (root, 1 << 63)] {
        for flags in [0, AT_EMPTY_PATH, 0x8000] {
            // SAFETY: the kernel checks the addresses.
            unsafe { harness.agree("statx", [AT_FDCWD, path, flags, 0x7ff, result, 0]) };
        }
    }
    for shift in 1..SIZE {
        // SAFETY: the kernel checks the addresses.
        let result = unsafe { harness.agree("statx", [AT_FDCWD, root, 0, 0x7ff, room + shift, 0]) };
        assert_eq!(result, -14);
    }
    // SAFETY: as above.
    assert_eq!(unsafe { harness.agree("statx", [AT_FDCWD, root, 0, 0x7ff, room, 0]) }, 0);
    guard.freeze();
    // SAFETY: as above.
    assert_eq!(unsafe { harness.agree("statx", [AT_FDCWD, root, 0, 0x7ff, room, 0]) }, -14);
}

#[test]
fn statx_takes_no_path_for_an_empty_one() {
    let harness = Harness::new();
    let folder = Folder::new(&harness);
    let mut result = [0u8; SIZE];
    let to = result.as_mut_ptr() as usize;
    // SAFETY: there is room for the result.
    let given = unsafe { harness.converted("statx", &[], [folder.fd, 0, AT_EMPTY_PATH, 0x7ff, to, 0]) };
    assert_eq!(given, 0);
    let inode = u64::from_le_bytes(result[32..40].try_into().expect("eight bytes"));
    assert_eq!(inode, std::os::unix::fs::MetadataExt::ino(&folder.path().metadata().expect("a folder")));
}
