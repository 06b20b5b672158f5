//! `io_pgetevents` by `io_getevents`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::guard::Guard;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

const ENOSYS: isize = -38;

/// `struct iocb`
#[repr(C)]
#[derive(Default)]
struct Control {
    data: u64,
    key: u32,
    flags: u32,
    opcode: u16,
    priority: i16,
    file: u32,
    buffer: u64,
    size: u64,
    offset: i64,
    reserved: u64,
    more_flags: u32,
    eventfd: u32,
}

/// `struct io_event`
type Event = [u64; 4];

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

fn real(harness: &Harness, name: &str, arguments: [usize; 6]) -> isize {
    // SAFETY: the addresses are ours.
    unsafe { harness.real(name, arguments) }
}

/// A context for events, with `count` reads of this program's file submitted.
fn context(harness: &Harness, file: &File, buffer: &mut [u8; 16], count: u64) -> usize {
    let mut context = 0usize;
    let arguments = [8, std::ptr::from_mut(&mut context) as usize, 0, 0, 0, 0];
    assert_eq!(real(harness, "io_setup", arguments), 0);
    for data in 0..count {
        let control = Control {
            data,
            file: file.as_raw_fd() as u32,
            buffer: buffer.as_mut_ptr() as u64,
            size: 16,
            ..Control::default()
        };
        let list = [&raw const control];
        assert_eq!(real(harness, "io_submit", [context, 1, address(&list), 0, 0, 0]), 1);
    }
    context
}

fn file() -> File {
    File::open(std::env::current_exe().expect("this program")).expect("its file")
}

#[test]
fn events_arrive() {
    let harness = Harness::new();
    let file = file();
    let no_mask = [0u64, 77];
    for set in [0, address(&no_mask)] {
        let mut buffer = [0; 16];
        let context = context(&harness, &file, &mut buffer, 3);
        let mut events: [Event; 4] = [[0; 4]; 4];
        let place = events.as_mut_ptr() as usize;
        // SAFETY: the addresses are ours.
        let got = unsafe { harness.converted("io_pgetevents", &[], [context, 3, 4, place, 0, set]) };
        assert_eq!(got, 3);
        let mut data = [events[0][0], events[1][0], events[2][0]];
        data.sort_unstable();
        assert_eq!((data, events[0][2]), ([0, 1, 2], 16));
        assert_eq!(&buffer[..4], b"\x7fELF");
        assert_eq!(real(&harness, "io_destroy", [context, 0, 0, 0, 0, 0]), 0);
    }
}

#[test]
fn a_wait_ends() {
    let harness = Harness::new();
    let context = context(&harness, &file(), &mut [0; 16], 0);
    let timeout = [0u64, 20_000_000];
    let events: [Event; 1] = [[0; 4]];
    let start = Instant::now();
    // SAFETY: the addresses are ours.
    let got = unsafe {
        harness.converted("io_pgetevents", &[], [context, 1, 1, address(&events), address(&timeout), 0])
    };
    assert_eq!(got, 0);
    assert!(start.elapsed() >= Duration::from_millis(19));
    assert_eq!(real(&harness, "io_destroy", [context, 0, 0, 0, 0, 0]), 0);
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let own = context(&harness, &file(), &mut [0; 16], 0);
    let guard = Guard::new();
    let cut = guard.put(&[0; 12]);
    let (none, no_mask) = ([0u64; 2], [0u64, 8]);
    let events: [Event; 1] = [[0; 4]];
    for context in [own, 0, 8, 1 << 63] {
        for (least, most) in [(0, 1), (1, 1), (2, 1), (usize::MAX, 1), (0, usize::MAX), (0, 0)] {
            for place in [address(&events), 0, 8] {
                for timeout in [address(&none), cut, 1 << 63] {
                    for set in [0, address(&no_mask), 8, cut] {
                        let arguments = [context, least, most, place, timeout, set];
                        // SAFETY: the kernel checks all addresses, and no wait has time.
                        unsafe { harness.agree("io_pgetevents", arguments) };
                    }
                }
            }
        }
    }
    let with_mask = [address(&none) as u64, 8];
    let arguments = [own, 1, 1, address(&events), 0, address(&with_mask)];
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("io_pgetevents", &[], arguments) }, ENOSYS);
    assert_eq!(real(&harness, "io_destroy", [own, 0, 0, 0, 0, 0]), 0);
}
