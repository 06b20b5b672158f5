//! `futex_wait`, `futex_waitv`, `futex_wake` and `futex_requeue` by `futex`; `membarrier`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::guard::Guard;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::SeqCst};
use std::time::Duration;

const U32: usize = 2;
const PRIVATE: usize = 128;
const ALL: usize = 0xffff_ffff;
const GARBAGE: usize = 0xdead_beef << 32;
const EAGAIN: isize = -11;
const EINVAL: isize = -22;
const ENOSYS: isize = -38;
const ETIMEDOUT: isize = -110;
/// An address of no memory, and one that no program can have.
const NOWHERE: [usize; 2] = [8, 1 << 63];

/// `struct futex_waitv`
#[repr(C)]
#[derive(Clone, Copy)]
struct Waiter {
    value: u64,
    address: u64,
    flags: u32,
    reserved: u32,
}

fn waiter(value: u64, futex: &AtomicU32) -> Waiter {
    Waiter { value, address: address(futex) as u64, flags: (U32 | PRIVATE) as u32, reserved: 0 }
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// Waits by the old call while the value is 5, for some bits.
fn old_wait(harness: &Harness, futex: &AtomicU32, mask: usize) -> isize {
    const FUTEX_WAIT_BITSET: usize = 9;
    // SAFETY: the futex is ours.
    unsafe { harness.real("futex", [address(futex), FUTEX_WAIT_BITSET | PRIVATE, 5, 0, 0, mask]) }
}

/// Wakes all that wait for some bits, by the old call.
fn old_wake(harness: &Harness, futex: &AtomicU32, mask: usize) -> isize {
    const FUTEX_WAKE_BITSET: usize = 10;
    // SAFETY: the futex is ours.
    unsafe { harness.real("futex", [address(futex), FUTEX_WAKE_BITSET | PRIVATE, 9, 0, 0, mask]) }
}

/// Runs `wait` in a thread, and `meet` once it sleeps; returns what `wait` did.
fn while_waiting(wait: impl FnOnce() -> isize + Send, meet: impl FnOnce()) -> isize {
    let thread = AtomicI32::new(0);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            thread.store(own_tid(), SeqCst);
            wait()
        });
        until_asleep(&thread);
        meet();
        waiting.join().expect("the waiting thread")
    })
}

fn own_tid() -> i32 {
    let link = std::fs::read_link("/proc/thread-self").expect("proc");
    link.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok()).expect("a thread's id")
}

fn until_asleep(thread: &AtomicI32) {
    const FUTEX: &str = "202 ";
    loop {
        let tid = thread.load(SeqCst);
        let call = std::fs::read_to_string(format!("/proc/self/task/{tid}/syscall")).unwrap_or_default();
        if call.starts_with(FUTEX) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn bad_arguments_of_futex_wake_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let futex = AtomicU32::new(0);
    for place in [address(&futex), address(&futex) + 1, 0, NOWHERE[0], NOWHERE[1]] {
        for mask in [0, 1, ALL, 1 << 32, usize::MAX] {
            for count in [0, 1, 7, usize::MAX, GARBAGE, GARBAGE | 1] {
                for flags in [0, 1, 3, U32, U32 | PRIVATE, U32 | GARBAGE, U32 | 0x10, U32 | 0x100] {
                    // SAFETY: nobody waits there.
                    unsafe { harness.agree("futex_wake", [place, mask, count, flags, 0, 0]) };
                }
            }
        }
    }
}

#[test]
fn newer_flags_are_refused() {
    let harness = Harness::new();
    let futex = AtomicU32::new(0);
    for flags in [U32 | 4, U32 | 8] {
        let arguments = [address(&futex), ALL, 1, flags, 0, 0];
        // SAFETY: nobody waits there.
        assert_eq!(unsafe { harness.converted("futex_wake", &[], arguments) }, EINVAL);
    }
}

#[test]
fn futex_wake_wakes_those_it_is_to_wake_and_no_more() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    let wake = |mask, count| {
        // SAFETY: the futex is ours.
        unsafe {
            harness.converted(
                "futex_wake",
                &[],
                [address(&futex), mask, count, U32 | PRIVATE | GARBAGE, 0, 0],
            )
        }
    };
    let waited = while_waiting(
        || old_wait(&harness, &futex, 6),
        || {
            // FUTEX_WAKE would wake one.
            assert_eq!(wake(ALL, 0), 0);
            assert_eq!(wake(1, 1), 0);
            assert_eq!(wake(2, 1), 1);
        },
    );
    assert_eq!(waited, 0);
}

#[test]
fn bad_arguments_of_futex_wait_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    let (past, negative, long) = ([1u64, 0], [u64::MAX, 0], [0u64, 1_000_000_000]);
    let guard = Guard::new();
    let cut = guard.put(&[0; 12]);
    for place in [address(&futex), address(&futex) + 2, NOWHERE[0], NOWHERE[1]] {
        for (value, mask) in [(5, ALL), (6, 1), (5, 0), (5 | 1 << 32, ALL), (5, 1 << 32)] {
            for flags in [U32 | PRIVATE, U32 | GARBAGE, 1, U32 | 0x20] {
                for timeout in [address(&past), address(&negative), address(&long), cut, 8, 1 << 63] {
                    for clock in [0, 1, GARBAGE | 1, 2, usize::MAX] {
                        let arguments = [place, value, mask, flags, timeout, clock];
                        // SAFETY: the kernel checks all addresses, and each wait has a timeout long past.
                        unsafe { harness.agree("futex_wait", arguments) };
                    }
                }
            }
        }
    }
    // Without a timeout the clock is not looked at.
    // SAFETY: the value differs.
    assert_eq!(unsafe { harness.agree("futex_wait", [address(&futex), 6, ALL, U32, 0, 9]) }, EAGAIN);
}

#[test]
fn futex_wait_waits_by_both_clocks() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    for clock in [0, 1] {
        let [seconds, nanoseconds] = now(clock);
        let after = nanoseconds + 20_000_000;
        let end = [seconds + after / 1_000_000_000, after % 1_000_000_000];
        let start = std::time::Instant::now();
        let arguments = [address(&futex), 5, ALL, U32 | PRIVATE, address(&end), clock];
        // SAFETY: the futex is ours.
        assert_eq!(unsafe { harness.converted("futex_wait", &[], arguments) }, ETIMEDOUT);
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(15) && took < Duration::from_secs(5), "{took:?}");
    }
}

fn now(clock: usize) -> [u64; 2] {
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut [u64; 2]) -> i32;
    }
    let mut time = [0; 2];
    // SAFETY: the time is written there.
    assert_eq!(unsafe { clock_gettime(clock as i32, &raw mut time) }, 0);
    time
}

#[test]
fn futex_wait_is_woken_by_its_bits() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    // SAFETY: the futex is ours.
    let wait =
        || unsafe { harness.converted("futex_wait", &[], [address(&futex), 5, 6, U32 | PRIVATE, 0, 0]) };
    let waited = while_waiting(wait, || {
        assert_eq!(old_wake(&harness, &futex, 1), 0);
        assert_eq!(old_wake(&harness, &futex, 4), 1);
    });
    assert_eq!(waited, 0);
}

#[test]
fn bad_arguments_of_futex_waitv_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    let past = [1u64, 0];
    let good = waiter(5, &futex);
    let guard = Guard::new();
    let waiters = [
        good,
        Waiter { value: 6, ..good },
        Waiter { value: 5 | 1 << 32, ..good },
        Waiter { flags: 1, ..good },
        Waiter { flags: U32 as u32 | 0x40, ..good },
        Waiter { reserved: 1, ..good },
        Waiter { address: good.address + 1, ..good },
        Waiter { address: 8, ..good },
    ];
    let mut places: Vec<usize> = waiters.iter().map(address).collect();
    places.extend([0, NOWHERE[0], NOWHERE[1], guard.put(&[0; 20])]);
    for place in places {
        for (count, flags) in [(1, 0), (1, 1), (0, 0), (129, 0), (GARBAGE | 1, GARBAGE)] {
            for (timeout, clock) in [(address(&past), 0), (address(&past), 7), (8, 1), (8, 7)] {
                let arguments = [place, count, flags, timeout, clock, 0];
                // SAFETY: the kernel checks all addresses, and each wait has a timeout long past.
                unsafe { harness.agree("futex_waitv", arguments) };
            }
        }
    }
    let two = [good, good];
    let arguments = [address(&two), 2, 0, address(&past), 1, 0];
    // SAFETY: as above.
    assert_eq!(unsafe { harness.converted("futex_waitv", &[], arguments) }, ENOSYS);
}

#[test]
fn futex_waitv_is_woken() {
    let harness = Harness::new();
    let futex = AtomicU32::new(5);
    let waiters = [waiter(5, &futex)];
    let place = address(&waiters);
    // SAFETY: the futex is ours.
    let wait = || unsafe { harness.converted("futex_waitv", &[], [place, 1, 0, 0, 0, 0]) };
    let waited = while_waiting(wait, || assert_eq!(old_wake(&harness, &futex, ALL), 1));
    assert_eq!(waited, 0);
}

#[test]
fn bad_arguments_of_futex_requeue_answer_as_the_kernel_does() {
    let harness = Harness::new();
    let (from, to) = (AtomicU32::new(5), AtomicU32::new(9));
    let (good, other) = (waiter(5, &from), waiter(9, &to));
    let guard = Guard::new();
    let pairs = [
        [good, other],
        [Waiter { value: 6, ..good }, other],
        [good, Waiter { value: 1 << 32, ..other }],
        [good, Waiter { flags: U32 as u32, ..other }],
        [good, Waiter { flags: 3, ..other }],
        [Waiter { reserved: 1, ..good }, other],
        [Waiter { address: 8, ..good }, other],
        [good, Waiter { address: other.address + 1, ..other }],
    ];
    let mut places: Vec<usize> = pairs.iter().map(address).collect();
    places.extend([0, NOWHERE[0], NOWHERE[1], guard.put(&[0; 40])]);
    for place in places {
        for (flags, wake, requeue) in
            [(0, 1, 1), (GARBAGE, GARBAGE | 1, GARBAGE), (1, 1, 1), (0, ALL, 0), (0, 0, ALL)]
        {
            // SAFETY: nobody waits there.
            unsafe { harness.agree("futex_requeue", [place, flags, wake, requeue, 0, 0]) };
        }
    }
}

#[test]
fn futex_requeue_wakes_and_moves() {
    let harness = Harness::new();
    let (from, to) = (AtomicU32::new(5), AtomicU32::new(9));
    let pair = [waiter(5, &from), waiter(0, &to)];
    let wait = || old_wait(&harness, &from, ALL);
    let waited = while_waiting(wait, || {
        let moved = while_waiting(wait, || {
            let arguments = [address(&pair), 0, GARBAGE | 1, GARBAGE | 1, 0, 0];
            // SAFETY: the futexes are ours.
            assert_eq!(unsafe { harness.converted("futex_requeue", &[], arguments) }, 2);
            assert_eq!(old_wake(&harness, &from, ALL), 0);
            assert_eq!(old_wake(&harness, &to, ALL), 1);
        });
        assert_eq!(moved, 0);
    });
    assert_eq!(waited, 0);
}

#[test]
fn membarrier_says_that_there_is_no_barrier() {
    let harness = Harness::new();
    // SAFETY: barriers change nothing.
    let converted = |arguments| unsafe { harness.converted("membarrier", &[], arguments) };
    assert_eq!(converted([GARBAGE, GARBAGE, 0, 0, 0, 0]), 0);
    for command in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, usize::MAX] {
        assert_eq!(converted([command, 0, 0, 0, 0, 0]), EINVAL);
    }
    for command in [0, 3, 1 << 20, usize::MAX] {
        // SAFETY: as above.
        unsafe { harness.agree("membarrier", [command, 1, 0, 0, 0, 0]) };
    }
}
