//! `_sysctl` by `uname` and `getrandom`. Kernels that had it printed the files of `/proc/sys`; those are compared.

use libsys_layer_tests::Harness;
use libsys_layer_tests::guard::Guard;
use std::collections::HashSet;

const EFAULT: isize = -14;
const ENOTDIR: isize = -20;
const ENOSYS: isize = -38;
const KERN: u32 = 1;
const UUID: [u32; 3] = [KERN, 40, 6];
const NAMES: [(u32, &str); 5] =
    [(1, "ostype"), (2, "osrelease"), (4, "version"), (7, "hostname"), (8, "domainname")];

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

fn call(harness: &Harness, place: usize) -> isize {
    // SAFETY: it checks the addresses.
    unsafe { harness.converted("_sysctl", &[], [place, 0, 0, 0, 0, 0]) }
}

/// Reads a parameter into `size` bytes that end where memory does; the result, the bytes, and how many it says.
fn read(harness: &Harness, name: &[u32], size: usize) -> (isize, Vec<u8>, usize) {
    let guard = Guard::new();
    let value = guard.put(&vec![0x55; size]);
    let mut told = size;
    let arguments: [usize; 10] =
        [name.as_ptr() as usize, name.len(), value, std::ptr::from_mut(&mut told) as usize, 0, 0, 0, 0, 0, 0];
    let result = call(harness, address(&arguments));
    (result, guard.last(size), told)
}

#[test]
fn names_of_the_system_are_read() {
    let harness = Harness::new();
    for (number, file) in NAMES {
        let text = std::fs::read(format!("/proc/sys/kernel/{file}")).expect("proc");
        let text = text.strip_suffix(b"\n").expect("a line");
        for size in [1, 2, text.len() - 1, text.len(), text.len() + 1, text.len() + 9, 100] {
            let (result, bytes, told) = read(&harness, &[KERN, number], size);
            let mut expected = vec![0x55; size];
            let all = [text, b"\0"].concat();
            let copied = size.min(all.len());
            expected[..copied].copy_from_slice(&all[..copied]);
            assert_eq!((result, told), (0, size.min(text.len())), "{file} {size}");
            assert_eq!(bytes, expected, "{file} {size}");
        }
    }
}

#[test]
fn uuids_differ_and_are_of_version_4() {
    let harness = Harness::new();
    let mut seen = HashSet::new();
    for _ in 0..64 {
        let (result, bytes, told) = read(&harness, &UUID, 16);
        assert_eq!((result, told), (0, 16));
        assert_eq!((bytes[6] & 0xf0, bytes[8] & 0xc0), (0x40, 0x80));
        assert!(seen.insert(bytes));
    }
    let (result, bytes, told) = read(&harness, &UUID, 20);
    assert_eq!((result, told, &bytes[16..]), (0, 16, &[0x55; 4][..]));
    assert_eq!(read(&harness, &UUID, 3).2, 3);
}

#[test]
fn what_leads_nowhere_is_a_fault() {
    let harness = Harness::new();
    let guard = Guard::new();
    let short = guard.put(&[0; 79]);
    for place in [0, 8, 1 << 63, short] {
        assert_eq!(call(&harness, place), EFAULT);
    }
    let (name, size) = ([KERN, 4], 65usize);
    let (name, size) = (address(&name), address(&size));
    let value = guard.end() - 65;
    for [name, value, size] in
        [[8, value, size], [1 << 63, value, size], [name, 8, size], [name, value, 0], [name, value, 8]]
    {
        let arguments: [usize; 10] = [name, 2, value, size, 0, 0, 0, 0, 0, 0];
        assert_eq!(call(&harness, address(&arguments)), EFAULT, "{arguments:#x?}");
    }
}

#[test]
fn other_names_and_writing_are_refused() {
    let harness = Harness::new();
    for (name, errno) in [
        (&[KERN, 3][..], ENOSYS),
        (&[2, 1], ENOSYS),
        (&[KERN, 40, 5], ENOSYS),
        (&[KERN, 40], ENOTDIR),
        (&[KERN], ENOTDIR),
        (&[], ENOTDIR),
        (&[KERN; 11], ENOTDIR),
    ] {
        let (result, bytes, told) = read(&harness, name, 16);
        assert_eq!((result, told), (errno, 16), "{name:?}");
        assert_eq!(bytes, [0x55; 16]);
    }
    let (name, value) = ([KERN, 7], *b"host");
    let write: [usize; 10] = [address(&name), 2, 0, 0, address(&value), 4, 0, 0, 0, 0];
    assert_eq!(call(&harness, address(&write)), ENOSYS);
    // Neither read nor written: the name is right.
    let neither: [usize; 10] = [address(&name), 2, 0, 0, 0, 4, 0, 0, 0, 0];
    assert_eq!(call(&harness, address(&neither)), 0);
}
