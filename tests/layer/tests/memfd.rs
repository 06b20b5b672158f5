//! `memfd_create` by a file without a name on a file system in memory.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{GARBAGE, address, c, close, descriptors, with_own_descriptors};
use libsys_layer_tests::guard::Guard;
use std::os::unix::fs::MetadataExt;

const CLOEXEC: usize = 1;
const EXEC: usize = 16;
const EINVAL: isize = -22;
const ENOSYS: isize = -38;
const F_GETFD: usize = 1;
const F_GETFL: usize = 3;
const F_ADD_SEALS: usize = 1033;
const F_GET_SEALS: usize = 1034;

/// What can be told of a file: its mode, links, size, owner, flags and seals.
fn facts(harness: &Harness, fd: usize) -> (u32, u64, u64, u32, [isize; 4]) {
    let file = std::fs::metadata(format!("/proc/thread-self/fd/{fd}")).expect("/proc");
    let controls = [(F_GETFD, 0), (F_GETFL, 0), (F_GET_SEALS, 0), (F_ADD_SEALS, 2)];
    // SAFETY: a file of the test's own.
    let controls =
        controls.map(|(control, value)| unsafe { harness.real("fcntl", [fd, control, value, 0, 0, 0]) });
    let [fd_flags, flags, seals, sealed] = controls;
    // How it was opened makes no difference to a file that is open.
    let flags = flags & !0o20_200_000;
    (file.mode(), file.nlink(), file.size(), file.uid(), [fd_flags, flags, seals, sealed])
}

#[test]
fn memfd_create_agrees_without_seals() {
    let harness = Harness::new();
    let name = c("a name");
    with_own_descriptors(&harness, || {
        for flags in [0, CLOEXEC, EXEC, EXEC | CLOEXEC, GARBAGE] {
            let arguments = [address(&name), flags, 0, 0, 0, 0];
            // SAFETY: the name ends in NUL.
            let real = unsafe { harness.real("memfd_create", arguments) } as usize;
            // SAFETY: as above.
            let converted = unsafe { harness.converted("memfd_create", &[], arguments) };
            assert!(converted >= 0, "{converted}");
            let converted = converted as usize;
            assert_eq!(facts(&harness, converted), facts(&harness, real));
            // SAFETY: the test's own files.
            let call = |name, fd, rest: [usize; 3]| unsafe {
                harness.real(name, [fd, rest[0], rest[1], rest[2], 0, 0])
            };
            let text = b"text".as_ptr() as usize;
            for fd in [real, converted] {
                assert_eq!(call("write", fd, [text, 4, 0]), 4);
                assert_eq!(call("ftruncate", fd, [100_000, 0, 0]), 0);
                let mut read = [0u8; 8];
                assert_eq!(call("pread64", fd, [read.as_mut_ptr() as usize, 8, 2]), 8);
                assert_eq!(read, *b"xt\0\0\0\0\0\0");
            }
            assert_eq!(facts(&harness, converted), facts(&harness, real));
            close(&harness, real);
            close(&harness, converted);
        }
    });
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let guard = Guard::new();
    let longest = c(&"n".repeat(249));
    let longer = c(&"n".repeat(250));
    let unended = guard.put(b"name");
    for name in [0, 8, 1 << 63, guard.end(), unended, address(&longer)] {
        for flags in [0, 1, 3, 0x20, 0x18, 1 << 26, 1 << 31] {
            // SAFETY: the kernel checks the address.
            assert!(unsafe { harness.agree("memfd_create", [name, flags, 0, 0, 0, 0]) } < 0);
        }
    }
    for flags in [0x20, 0x18, 0x1a, 1 << 26, 1 << 31] {
        // SAFETY: as above.
        assert_eq!(unsafe { harness.agree("memfd_create", [address(&longest), flags, 0, 0, 0, 0]) }, EINVAL);
    }
    // SAFETY: as above.
    let fd = unsafe { harness.converted("memfd_create", &[], [address(&longest), 1, 0, 0, 0, 0]) };
    assert!(fd >= 0, "{fd}");
    close(&harness, fd as usize);
}

#[test]
fn seals_are_not_promised_and_files_on_disks_not_taken() {
    let harness = Harness::new();
    let name = c("name");
    with_own_descriptors(&harness, || {
        let before = descriptors();
        for flags in [2, 3, 8, 10, 0x12] {
            // SAFETY: the name ends in NUL.
            let given =
                unsafe { harness.converted("memfd_create", &[], [address(&name), flags, 0, 0, 0, 0]) };
            assert_eq!(given, ENOSYS, "{flags:#x}");
        }
        for denied in ["openat", "fstatfs", "fchmod", "fcntl"] {
            // SAFETY: as above.
            let given =
                unsafe { harness.converted("memfd_create", &[denied], [address(&name), 0, 0, 0, 0, 0]) };
            assert_eq!(given, ENOSYS, "without {denied}");
        }
        assert_eq!(descriptors(), before);
    });
}

/// Kernels before 3.11 take O_TMPFILE for O_DIRECTORY, and answer EISDIR: a filter of this thread's does the same.
#[test]
fn memfd_create_works_where_every_file_has_a_name() {
    /// An instruction, how many to skip when it holds and when it does not, and its value.
    #[repr(C)]
    struct Instruction(u16, u8, u8, u32);
    const O_TMPFILE: u32 = 0o20_000_000;
    let harness = Harness::new();
    let name = c("a name");
    let filter = [
        Instruction(0x20, 0, 0, 0),
        Instruction(0x15, 0, 3, harness.nr("openat") as u32),
        // The third argument.
        Instruction(0x20, 0, 0, 32),
        Instruction(0x45, 0, 1, O_TMPFILE),
        Instruction(0x06, 0, 0, 0x5_0000 | 21),
        Instruction(0x06, 0, 0, 0x7fff_0000),
    ];
    let program = [filter.len(), filter.as_ptr() as usize];
    with_own_descriptors(&harness, || {
        // SAFETY: the name ends in NUL.
        let create = || unsafe { harness.converted("memfd_create", &[], [address(&name), 0, 0, 0, 0, 0]) };
        let without_a_name = create();
        assert!(without_a_name >= 0, "{without_a_name}");
        // SAFETY: the filter holds for this thread only.
        let call = |name, arguments| unsafe { harness.real(name, arguments) };
        assert_eq!(call("prctl", [38, 1, 0, 0, 0, 0]), 0);
        assert_eq!(call("prctl", [22, 2, program.as_ptr() as usize, 0, 0, 0]), 0);
        let shm = c("/dev/shm");
        let refused = call("openat", [usize::MAX, address(&shm), O_TMPFILE as usize | 2, 0o600, 0, 0]);
        assert_eq!(refused, -21, "the filter is there");

        let named = create();
        assert!(named >= 0, "{named}");
        assert_eq!(facts(&harness, named as usize), facts(&harness, without_a_name as usize));
        let own = format!(".libsys-{}-", call("gettid", [0; 6]));
        let mut names =
            std::fs::read_dir("/dev/shm").expect("/dev/shm").map(|e| e.expect("an entry").file_name());
        assert!(!names.any(|name| name.to_string_lossy().starts_with(&own)), "a name is left");
        for fd in [without_a_name, named] {
            close(&harness, fd as usize);
        }
    });
}
