//! `preadv2` and `pwritev2` by the older calls.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{Folder, GARBAGE, PATH_ONLY, open, with_own_descriptors};
use libsys_layer_tests::guard::Guard;
use std::path::Path;

const HIPRI: usize = 1;
const DSYNC: usize = 2;
const SYNC: usize = 4;
const NOWAIT: usize = 8;
const APPEND: usize = 16;
const NOAPPEND: usize = 32;
const EINVAL: isize = -22;
const ENOSYS: isize = -38;
const EOPNOTSUPP: isize = -95;

/// `struct iovec`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Buffer {
    address: usize,
    size: usize,
}

/// Whether a flag, or all of some, is one that the conversions carry out on this file.
fn is_carried_out(name: &str, flags: usize, appends: bool) -> bool {
    let rest = flags & !(HIPRI | DSYNC | SYNC);
    rest == 0
        || match name {
            "preadv2" => rest & !(APPEND | NOAPPEND) == 0 && rest != APPEND | NOAPPEND,
            _ => rest == if appends { APPEND } else { NOAPPEND },
        }
}

#[test]
fn both_agree_where_they_do_not_refuse() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let folder = Folder::new(&harness);
        let path = folder.join("file");
        let (mut first, mut second) = ([1u8; 3], [2u8; 5]);
        let buffers = [
            Buffer { address: first.as_mut_ptr() as usize, size: 3 },
            Buffer { address: 0, size: 0 },
            Buffer { address: second.as_mut_ptr() as usize, size: 5 },
        ];
        let wrong =
            [Buffer { address: first.as_mut_ptr() as usize, size: 3 }, Buffer { address: 8, size: 5 }];
        let huge = [Buffer { address: 0, size: usize::MAX }];
        let empty = [Buffer { address: 8, size: 0 }];
        let many = vec![Buffer { address: first.as_mut_ptr() as usize, size: 1 }; 1025];
        let lists = [
            (buffers.as_ptr(), 3),
            (buffers.as_ptr(), 1),
            (buffers.as_ptr(), 0),
            (wrong.as_ptr(), 2),
            (huge.as_ptr(), 1),
            (empty.as_ptr(), 1),
            (many.as_ptr(), 1024),
            (many.as_ptr(), 1025),
            (std::ptr::without_provenance::<Buffer>(8), 1),
            (std::ptr::without_provenance::<Buffer>(8), 0),
            (std::ptr::null(), 1),
        ];
        let kinds =
            [(0o2, "file"), (0o2002, "file"), (0, "file"), (1, "file"), (PATH_ONLY, "file"), (0, "folder")];
        let mut refused = 0;
        for name in ["preadv2", "pwritev2"] {
            for (how, file) in kinds {
                let fd = open(&harness, &folder.join(file), how);
                for (list, count) in lists {
                    for position in [0, 1, 100, usize::MAX, usize::MAX - 1, 1 << 63] {
                        for flags in (0..64).map(|flags| flags | GARBAGE).chain([64, 128, 256, 512, 1 << 31])
                        {
                            let arguments = [fd, list as usize, count, position, 77, flags];
                            let try_it = |converted: bool| {
                                std::fs::write(&path, "0123456789").expect("the file");
                                // SAFETY: the test's own.
                                unsafe { harness.real("lseek", [fd, 2, 0, 0, 0, 0]) };
                                // SAFETY: the addresses are the test's, or the kernel checks them.
                                let result = unsafe { harness.either(converted, name, arguments) };
                                // SAFETY: as above.
                                let place = unsafe { harness.real("lseek", [fd, 0, 1, 0, 0, 0]) };
                                let mut read = [0u8; 8];
                                read[..3].copy_from_slice(&peek::<3>(&buffers[0]));
                                read[3..].copy_from_slice(&peek::<5>(&buffers[2]));
                                poke(&buffers[0], 1);
                                poke(&buffers[2], 2);
                                (result, place, read, std::fs::read(&path).expect("the file"))
                            };
                            let converted = try_it(true);
                            if converted.0 == EOPNOTSUPP
                                && !is_carried_out(name, flags & 0xffff_ffff, how == 0o2002)
                            {
                                refused += 1;
                                assert_eq!(converted.3, b"0123456789", "nothing is written");
                                continue;
                            }
                            let real = try_it(false);
                            if file == "folder" && real.0 == EOPNOTSUPP && converted.0 < 0 {
                                // A file that is not read in this way refuses flags before it says so.
                                continue;
                            }
                            assert_eq!(
                                converted, real,
                                "{name} {file} {how:o} {count} {position:#x} {flags:#x}"
                            );
                        }
                    }
                }
            }
        }
        assert_ne!(refused, 0);
    });
}

fn peek<const N: usize>(buffer: &Buffer) -> [u8; N] {
    assert_eq!(buffer.size, N);
    // SAFETY: the test's own array of that size.
    unsafe { (buffer.address as *const [u8; N]).read_volatile() }
}

fn poke(buffer: &Buffer, byte: u8) {
    // SAFETY: the test's own array of that size.
    unsafe { std::ptr::write_bytes(buffer.address as *mut u8, byte, buffer.size) };
}

#[test]
fn pipes_and_other_files_agree() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let mut ends = [0i32; 2];
        // SAFETY: there is room.
        assert_eq!(unsafe { harness.real("pipe2", [ends.as_mut_ptr() as usize, 0o4000, 0, 0, 0, 0]) }, 0);
        let null = open(&harness, Path::new("/dev/null"), 2);
        let text = *b"abc";
        let buffers = [Buffer { address: text.as_ptr() as usize, size: 3 }];
        let at = buffers.as_ptr() as usize;
        for fd in [ends[0] as usize, ends[1] as usize, null, 9999, usize::MAX] {
            for position in [0, usize::MAX] {
                for flags in [0, HIPRI, DSYNC, SYNC, SYNC | DSYNC] {
                    let arguments = [fd, at, 1, position, 0, flags];
                    // SAFETY: the addresses are the test's.
                    unsafe { harness.agree("pwritev2", arguments) };
                    // SAFETY: as above; what is read are the same letters.
                    unsafe { harness.agree("preadv2", arguments) };
                }
            }
        }
    });
}

#[test]
fn refusals_come_after_other_errors() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let guard = Guard::new();
        let folder = Folder::new(&harness);
        let fd = open(&harness, &folder.join("file"), 2);
        // SAFETY: the kernel checks the addresses.
        let write = |arguments| unsafe { harness.converted("pwritev2", &[], arguments) };
        let one = guard.put(&[0; 16]);
        for flags in [NOWAIT, APPEND, 64, 128, 256, 512] {
            assert_eq!(write([fd, one, 1, 0, 0, flags]), 0, "an empty buffer");
            assert_eq!(write([fd, one + 8, 1, 0, 0, flags]), -14);
            assert_eq!(write([9999, one, 1, 0, 0, flags]), -9);
            assert_eq!(write([fd, one, 1025, 0, 0, flags]), EINVAL);
        }
    });
}

#[test]
fn what_the_rules_name_is_needed() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let folder = Folder::new(&harness);
        let fd = open(&harness, &folder.join("file"), 2);
        let text = *b"abc";
        let buffers = [Buffer { address: text.as_ptr() as usize, size: 3 }];
        let at = buffers.as_ptr() as usize;
        for (name, denied, position, flags) in [
            ("preadv2", "preadv", 0, 0),
            ("preadv2", "readv", usize::MAX, 0),
            ("pwritev2", "pwritev", 0, 0),
            ("pwritev2", "writev", usize::MAX, 0),
            ("pwritev2", "fsync", 0, SYNC),
            ("pwritev2", "fdatasync", 0, DSYNC),
        ] {
            // SAFETY: the addresses are the test's; what is read are letters of the file.
            let result = unsafe { harness.converted(name, &[denied], [fd, at, 1, position, 0, flags]) };
            assert_eq!(result, ENOSYS, "{name} without {denied}");
        }
    });
}
