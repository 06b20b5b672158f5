//! `_sysctl` by `uname`, `getrandom` and the files of /proc/sys, with which it is compared: kernels that had it read those.

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
fn other_names_are_refused() {
    let harness = Harness::new();
    for (name, errno) in [
        (&[KERN, 3][..], ENOSYS),
        (&[2, 1], ENOSYS),
        (&[KERN, 40, 7], ENOSYS),
        (&[9, 1], ENOSYS),
        (&[3, 1], ENOTDIR),
        (&[KERN, 40], ENOTDIR),
        (&[KERN], ENOTDIR),
        (&[], ENOTDIR),
        (&[KERN; 11], ENOTDIR),
    ] {
        let (result, bytes, told) = read(&harness, name, 16);
        assert_eq!((result, told), (errno, 16), "{name:?}");
        assert_eq!(bytes, [0x55; 16]);
    }
    let name = [KERN, 7];
    // Neither read nor written: the name is right.
    let neither: [usize; 10] = [address(&name), 2, 0, 0, 0, 4, 0, 0, 0, 0];
    assert_eq!(call(&harness, address(&neither)), 0);
}

/// The parameters that are files, from the source: numbers, what they hold, file.
fn parameters() -> Vec<(Vec<u32>, char, String)> {
    let text = include_str!("../../../crates/layer/src/convert/parameter.rs");
    let (_, rest) = text.split_once("const TABLE: &[u8] = b\"\\\n").expect("the table");
    let (table, _) = rest.split_once("\n\";").expect("its end");
    let line = |line: &str| {
        let mut words = line.split(' ');
        let numbers = words.next()?.split('.').map(|n| n.parse().expect("a number")).collect();
        let kind = words.next()?.parse().expect("a letter");
        Some((numbers, kind, format!("/proc/sys/{}", words.next()?)))
    };
    table.lines().map(|text| line(text).expect("three words")).collect()
}

/// What a file has, as `_sysctl` gave it.
fn expected(kind: char, text: &str) -> Vec<u8> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    match kind {
        'i' | 'l' => {
            // A sign ends numbers, and the first one is then 0.
            let numbers = line.split_ascii_whitespace().map_while(|word| word.parse::<u64>().ok());
            let numbers: Vec<u64> = numbers.collect();
            let numbers = if numbers.is_empty() { vec![0] } else { numbers };
            let bytes = numbers.iter().map(|number| number.to_le_bytes());
            bytes.flat_map(|bytes| bytes[..if kind == 'i' { 4 } else { 8 }].to_vec()).collect()
        }
        'b' => {
            let digits: Vec<u8> = line.bytes().filter(|byte| *byte != b'-').collect();
            let pairs = digits.chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
            pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
        }
        _ => line.as_bytes().to_vec(),
    }
}

#[test]
fn parameters_are_read_from_their_files() {
    let harness = Harness::new();
    let mut compared = 0;
    for (name, kind, file) in parameters().into_iter().filter(|(_, kind, _)| *kind != 'r') {
        if let Err(why) = std::fs::read(&file) {
            let errno = why.raw_os_error().map_or(0, |errno| -(errno as isize));
            assert_eq!(read(&harness, &name, 100).0, errno, "{file}");
            continue;
        }
        // Some change all the time.
        let is_same = (0..100).any(|_| {
            let text = std::fs::read_to_string(&file).expect("a text");
            let (result, bytes, told) = read(&harness, &name, 200);
            assert_eq!(result, 0, "{file}");
            bytes[..told] == expected(kind, &text)
        });
        assert!(is_same, "{file}: {:?}", read(&harness, &name, 200));
        compared += 1;
    }
    assert!(compared > 60, "{compared} parameters");
}

#[test]
fn what_there_is_no_room_for_is_left_out() {
    let harness = Harness::new();
    let printk = std::fs::read_to_string("/proc/sys/kernel/printk").expect("proc");
    let all = expected('i', &printk);
    assert_eq!(all.len(), 16);
    for size in [1, 3, 4, 7, 8, 15, 16, 17] {
        let (result, bytes, told) = read(&harness, &[KERN, 23], size);
        let whole = (size / 4 * 4).min(16);
        assert_eq!((result, told, &bytes[..whole]), (0, whole, &all[..whole]));
        assert!(bytes[whole..].iter().all(|byte| *byte == 0x55));
    }
    assert_eq!(read(&harness, &[KERN, 40, 5], 5).2, 5);
    // A line that is cut has no end to be replaced.
    let (result, bytes, told) = read(&harness, &[KERN, 56], 2);
    let pattern = std::fs::read("/proc/sys/kernel/core_pattern").expect("proc");
    assert_eq!((result, told, &bytes[..]), (0, 2, &pattern[..2]));
}

#[test]
fn parameters_are_written_as_their_files_are() {
    let harness = Harness::new();
    let write = |name: &[u32], value: &[u8]| {
        let words =
            [name.as_ptr() as usize, name.len(), 0, 0, value.as_ptr() as usize, value.len(), 0, 0, 0, 0];
        call(&harness, address(&words))
    };
    for (name, kind, file) in [
        (&[KERN, 23][..], 'i', "/proc/sys/kernel/printk"),
        (&[KERN, 34], 'l', "/proc/sys/kernel/shmmax"),
        (&[KERN, 56], 's', "/proc/sys/kernel/core_pattern"),
        (&[KERN, 46], 'i', "/proc/sys/kernel/overflowuid"),
    ] {
        // What it has already, by the file and by number: a container may forbid either.
        let text = std::fs::read_to_string(file).expect("proc");
        let by_file = std::fs::OpenOptions::new().write(true).open(file).and_then(|mut open| {
            use std::io::Write;
            open.write_all(text.as_bytes())
        });
        let by_file = by_file.err().and_then(|why| why.raw_os_error()).map_or(0, |errno| -(errno as isize));
        assert_eq!(write(name, &expected(kind, &text)), by_file, "{file}");
        assert_eq!(std::fs::read_to_string(file).expect("proc"), text, "{file}");
        // More than the file takes.
        if name == [KERN, 46] && by_file == 0 {
            assert_eq!(write(name, &70000u32.to_le_bytes()), -22);
            assert_eq!(std::fs::read_to_string(file).expect("proc"), text, "{file}");
        }
    }
    // Both at once.
    let old_text = std::fs::read_to_string("/proc/sys/kernel/overflowuid").expect("proc");
    let (name, mut old, mut size) = ([KERN, 46], 0u32, 4usize);
    let new: u32 = old_text.trim().parse().expect("a number");
    let sizes = std::ptr::from_mut(&mut size) as usize;
    let words =
        [address(&name), 2, std::ptr::from_mut(&mut old) as usize, sizes, address(&new), 4, 0, 0, 0, 0];
    if call(&harness, address(&words)) == 0 {
        assert_eq!((old, size), (new, 4));
    }
}
