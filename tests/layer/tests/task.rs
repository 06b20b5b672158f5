//! Conversions find this thread in /proc by its number where there is no /proc/thread-self, which came with 3.17.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{
    AT_SYMLINK_NOFOLLOW, Folder, address, c, c_path, open, with_own_descriptors,
};
use std::path::Path;

const CLONE_NEWNS: usize = 0x2_0000;
const MS_BIND: usize = 0x1000;
const MS_REC: usize = 0x4000;
const MS_PRIVATE: usize = 1 << 18;
const EBADF: isize = -9;
const EOPNOTSUPP: isize = -95;

/// Runs a function in a thread whose /proc holds nothing but this process, as `self`; only root can.
fn with_old_proc(harness: &Harness, folder: &Folder, run: impl FnOnce() + Send) {
    let (root, none) = (c_path(folder.path()), c("none"));
    let (all, own) = (c("/"), c("/proc/self"));
    let place = folder.join("proc/self");
    std::fs::create_dir_all(&place).expect("a folder");
    let place = c_path(&place);
    with_own_descriptors(harness, || {
        // SAFETY: the paths end in NUL; mounts and root are this thread's own from the first call on.
        let call = |name, arguments| unsafe { harness.real(name, arguments) };
        let steps = [
            ("unshare", [CLONE_NEWNS, 0, 0, 0, 0, 0]),
            ("mount", [address(&none), address(&all), 0, MS_REC | MS_PRIVATE, 0, 0]),
            ("mount", [address(&own), address(&place), 0, MS_BIND, 0, 0]),
            ("chroot", [address(&root), 0, 0, 0, 0, 0]),
        ];
        if let Some((name, _)) = steps.into_iter().find(|(name, arguments)| call(name, *arguments) != 0) {
            eprintln!("not tried with another /proc: {name} fails");
            return;
        }
        assert!(std::fs::read_link("/proc/thread-self").is_err(), "the thread has a name of its own");
        run();
    });
}

#[test]
fn conversions_find_their_thread_in_an_old_proc() {
    let harness = Harness::new();
    let folder = Folder::below(&harness, &std::env::temp_dir());
    let null = open(&harness, Path::new("/dev/null"), 0);
    let (file, dangling, empty) = (c("file"), c("dangling"), c(""));
    with_old_proc(&harness, &folder, || {
        // SAFETY: the descriptors are this thread's.
        let real = |name, arguments| unsafe { harness.real(name, arguments) };
        // SAFETY: the paths end in NUL.
        let converted = |name, arguments| unsafe { harness.converted(name, &[], arguments) };
        let below = |path, rest: [usize; 2]| [folder.fd, path, rest[0], rest[1], 0, 0];
        for (name, arguments, expected) in [
            ("faccessat2", below(address(&file), [4, AT_SYMLINK_NOFOLLOW]), 0),
            ("faccessat2", below(address(&dangling), [0, AT_SYMLINK_NOFOLLOW]), 0),
            ("fchmodat2", below(address(&file), [0o640, AT_SYMLINK_NOFOLLOW]), 0),
            ("fchmodat2", below(address(&dangling), [0o640, AT_SYMLINK_NOFOLLOW]), EOPNOTSUPP),
            ("fchmodat2", below(address(&empty), [0o755, 0x1000]), 0),
            ("listxattrat", below(address(&file), [0, 0]), 0),
            ("file_getattr", below(address(&file), [0, 0]), -22),
        ] {
            assert_eq!(converted(name, arguments), expected, "{name}({arguments:?})");
        }
        // So large a range is not gone through one by one.
        for fd in [300, 400, 600] {
            assert_eq!(real("dup3", [null, fd, 0, 0, 0, 0]), fd as isize, "{fd}");
        }
        assert_eq!(converted("close_range", [350, 0xffff_ffff, 0, 0, 0, 0]), 0);
        let state = [300, 400, 600].map(|fd| real("fcntl", [fd, 1, 0, 0, 0, 0]));
        assert_eq!(state, [0, EBADF, EBADF]);
    });
}
