//! `fchmodat2` by `fchmodat` and /proc; `renameat2` by `renameat`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path, descriptors, open,
    with_ids, with_own_descriptors,
};
use std::os::unix::fs::MetadataExt;

const EINVAL: isize = -22;
const EOPNOTSUPP: isize = -95;
const NOBODY: usize = 65534;

/// Changes modes on all kinds of files both ways, and compares the results and the modes.
fn change_modes(harness: &Harness, folder: &Folder) {
    let file = open(harness, &folder.join("file"), PATH_ONLY);
    let link = open(harness, &folder.join("link"), PATH_ONLY | 0o400_000);
    let below = ["", "file", "folder", "link", "dangling", "loop", "pipe", "no", "file/x", "link/", "folder/"];
    let mut cases: Vec<_> = below.iter().map(|name| (folder.fd, c(name))).collect();
    cases.extend([(file, c("")), (link, c("")), (9999, c("")), (9999, c("x")), (AT_FDCWD, c("/no/such"))]);
    cases.push((9999, c_path(&folder.join("link"))));
    let modes = || {
        let names = ["", "file", "folder", "pipe", "link"];
        names.map(|name| folder.join(name).symlink_metadata().expect("a file").mode())
    };
    for (dirfd, path) in &cases {
        for mode in [0o755, 0o100_711, 0o1777, 0o7755] {
            for flags in [0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 0x1100, 1, 0x800] {
                let arguments = [dirfd | GARBAGE, address(path), mode, flags | GARBAGE, 0, 0];
                // SAFETY: the path ends in NUL.
                let real = unsafe { harness.real("fchmodat2", arguments) };
                let expected = modes();
                for name in ["file", "folder", "pipe", ""] {
                    let _ = std::fs::set_permissions(
                        folder.join(name),
                        std::os::unix::fs::PermissionsExt::from_mode(0o750),
                    );
                }
                // SAFETY: as above.
                let given = unsafe { harness.converted("fchmodat2", &[], arguments) };
                assert_eq!(given, real, "{dirfd} {path:?} {flags:#x}");
                if real == 0 {
                    let changed = modes().iter().zip(&expected).filter(|(new, old)| new == old).count();
                    assert!(changed >= 2, "{path:?} {mode:o} {flags:#x}: {:o?} {expected:o?}", modes());
                }
            }
        }
    }
}
