//! `execveat` by `execve` and /proc; conversions in a child that shares memory with its parent, as after `vfork`.
//!
//! One test, because it forks.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::status_of;
use libsys_layer_tests::files::{
    AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Folder, GARBAGE, PATH_ONLY, address, c, c_path, open,
};
use libsys_layer_tests::guard::Guard;
use std::ffi::{CString, c_void};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const CLOEXEC: usize = 0o2_000_000;

unsafe extern "C" {
    fn clone(
        run: extern "C" fn(*mut c_void) -> i32,
        stack: *mut c_void,
        flags: i32,
        argument: *mut c_void,
    ) -> i32;
}

/// Runs a function in a child that shares memory with this process, which waits until it has ended or executed a
/// program; returns the status.
fn status_of_vforked<F: FnMut() -> i32>(mut run: F) -> i32 {
    extern "C" fn begin<F: FnMut() -> i32>(run: *mut c_void) -> i32 {
        // SAFETY: the caller's function, and it waits.
        let run = unsafe { &mut *run.cast::<F>() };
        run()
    }
    const CLONE_VM: i32 = 0x100;
    const CLONE_VFORK: i32 = 0x4000;
    const SIGCHLD: i32 = 17;
    let mut stack = vec![0u128; 64 * 1024 / 16];
    let top = stack.as_mut_ptr_range().end.cast::<c_void>();
    let argument = std::ptr::from_mut(&mut run).cast::<c_void>();
    // SAFETY: the stack and the function outlive the child's use of them: this process is stopped.
    let pid = unsafe { clone(begin::<F>, top, CLONE_VM | CLONE_VFORK | SIGCHLD, argument) };
    assert!(pid > 0, "a child");
    libsys_layer_tests::child::wait_for(pid)
}

/// What executes: `sh` with a script that ends with 7 if it gets its argument and its environment.
struct Program {
    arguments: [CString; 4],
    environment: [CString; 2],
}

impl Program {
    fn new() -> Program {
        let script = r#"test "$1$VALUE" = onetwo && exit 7"#;
        Program {
            arguments: [c("sh"), c("-c"), c(script), c("sh")],
            environment: [c("VALUE=two"), c("PATH=/bin:/usr/bin")],
        }
    }
}

fn write_executable(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn execveat_agrees() {
    let harness = Harness::new();
    let folder = Folder::below(&harness, &std::env::temp_dir());
    let shell = std::fs::read("/bin/sh").expect("a shell");
    write_executable(&folder.join("sh"), &shell);
    write_executable(&folder.join("folder/sh"), &shell);
    write_executable(&folder.join("script"), b"#!/bin/sh\nexit 9\n");
    write_executable(&folder.join("broken"), b"\x7fELF and nothing else");
    std::os::unix::fs::symlink("sh", folder.join("sh-link")).expect("a link");
    let at = |name: &str, flags| open(&harness, &folder.join(name), flags);
    let (read, path_only) = (at("sh", 0), at("sh", PATH_ONLY));
    let (closed, script) = (at("sh", CLOEXEC), at("script", 0));
    let closed_folder = at("", PATH_ONLY | CLOEXEC);
    let (here, away) = (folder.fd, AT_FDCWD);
    let mut cases: Vec<(usize, CString)> =
        ["sh", "folder/sh", "script", "sh-link", "broken", "file", "folder", "no"]
            .iter()
            .chain(&["", "sh/x", "loop", "closed/file", ".", "pipe", "folder/../sh"])
            .map(|name| (here, c(name)))
            .collect();
    cases.extend([read, path_only, closed, script, here, away, 9999].map(|fd| (fd, c(""))));
    cases.extend([(read, c("x")), (9999, c("sh")), (closed_folder, c("sh")), (away, c("no such"))]);
    cases.extend(["sh", "script", "no", "folder"].map(|name| (9999, c_path(&folder.join(name)))));
    cases.push((away, c_path(&folder.join("sh"))));

    let program = Program::new();
    let [zero, one, two, three] = program.arguments.each_ref().map(address);
    let argument = c("one");
    let argv = [zero, one, two, three, address(&argument), 0];
    let envp = [address(&program.environment[0]), address(&program.environment[1]), 0];
    let mut ends = std::collections::HashMap::new();
    for (dirfd, path) in &cases {
        for flags in [0, AT_EMPTY_PATH, 0x800, 1 << 31] {
            let rest = [argv.as_ptr() as usize, envp.as_ptr() as usize, flags | GARBAGE, 0];
            let arguments = [dirfd | GARBAGE, address(path), rest[0], rest[1], rest[2], rest[3]];
            // What returns ends with its error, which no program here does.
            // SAFETY: the addresses are the test's.
            let real = status_of(|| 128 - unsafe { harness.real("execveat", arguments) } as i32);
            // SAFETY: as above.
            let run = || 128 - unsafe { harness.converted("execveat", &[], arguments) } as i32;
            assert_eq!(status_of(run), real, "{dirfd} {path:?} {flags:#x}");
            assert_eq!(status_of_vforked(run), real, "{dirfd} {path:?} {flags:#x} after vfork");
            *ends.entry(real >> 8).or_insert(0) += 1;
        }
    }
    assert!(ends[&7] > 10 && ends[&9] >= 3, "programs and scripts were executed: {ends:?}");

    bad_arguments(&harness, &folder);
    without_executing(&harness, &folder);
    close_range_in_a_child(&harness);
}

/// Whatever is wrong with the arguments is answered as the kernel does.
fn bad_arguments(harness: &Harness, folder: &Folder) {
    let guard = Guard::new();
    let sh = c("sh");
    let empty = [0usize];
    let empty = empty.as_ptr() as usize;
    let unended = guard.put(b"sh");
    for path in [0, 8, 1 << 63, guard.end(), unended] {
        for flags in [0, AT_EMPTY_PATH, 2] {
            // SAFETY: the kernel checks the addresses.
            let failed = unsafe { harness.agree("execveat", [folder.fd, path, empty, empty, flags, 0]) };
            assert!(failed < 0);
        }
    }
    for list in [8, 1 << 63, guard.end() - 4] {
        // SAFETY: as above.
        let failed = unsafe { harness.agree("execveat", [folder.fd, address(&sh), list, empty, 0, 0]) };
        assert_eq!(failed, -14);
        // SAFETY: as above.
        let failed = unsafe { harness.agree("execveat", [folder.fd, address(&sh), empty, list, 0, 0]) };
        assert_eq!(failed, -14);
    }
}

/// What the conversion refuses, and what it needs.
fn without_executing(harness: &Harness, folder: &Folder) {
    const ENAMETOOLONG: isize = -36;
    const ENOSYS: isize = -38;
    let (sh, long) = (c("sh"), c(&"./".repeat(1000)));
    let most = c(&format!("{}no", "./".repeat(486)));
    // SAFETY: the addresses are the test's.
    let converted = |denied: &[&str], path, flags| unsafe {
        harness.converted("execveat", denied, [folder.fd, path, 0, 0, flags, 0])
    };
    assert_eq!(converted(&[], address(&sh), AT_SYMLINK_NOFOLLOW), ENOSYS);
    assert_eq!(converted(&[], address(&long), 0), ENAMETOOLONG);
    assert_eq!(converted(&[], address(&most), 0), -2, "a path of 974 bytes is found not to be there");
    for denied in ["execve", "fcntl", "statfs"] {
        assert_eq!(converted(&[denied], address(&sh), 0), ENOSYS);
    }
}

/// Closing after `vfork` closes the child's descriptors only, and writes to no memory of the parent's.
fn close_range_in_a_child(harness: &Harness) {
    let before = libsys_layer_tests::files::descriptors();
    let status = status_of_vforked(|| {
        // SAFETY: the child's own descriptors.
        let closed = unsafe { harness.converted("close_range", &[], [3, 0xffff_ffff, 0, 0, 0, 0]) };
        // SAFETY: it reads a flag.
        let left = unsafe { harness.real("fcntl", [3, 1, 0, 0, 0, 0]) };
        i32::from(closed != 0 || left != -9)
    });
    assert_eq!(status, 0);
    assert_eq!(libsys_layer_tests::files::descriptors(), before);
}
