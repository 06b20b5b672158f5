//! `epoll_pwait2` by `ppoll` and `epoll_wait`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::files::{GARBAGE, with_own_descriptors};
use libsys_layer_tests::guard::Guard;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

const EINTR: isize = -4;
const ENOSYS: isize = -38;
const SIGUSR1: i32 = 10;
const EPOLLIN: u32 = 1;
const EPOLLONESHOT: u32 = 1 << 30;

unsafe extern "C" {
    fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
}

/// An epoll descriptor with one event descriptor in it.
struct Epoll<'a> {
    harness: &'a Harness,
    fd: usize,
    event: usize,
}

impl Epoll<'_> {
    fn new(harness: &Harness, events: u32) -> Epoll<'_> {
        // SAFETY: the addresses are the test's.
        let call = |name, arguments| unsafe { harness.real(name, arguments) };
        let fd = call("epoll_create1", [0; 6]) as usize;
        let event = call("eventfd2", [0, 0o4000, 0, 0, 0, 0]) as usize;
        let mut added = [0u8; 12];
        added[..4].copy_from_slice(&events.to_le_bytes());
        added[4..].copy_from_slice(&0x0123_4567_89ab_cdefu64.to_le_bytes());
        assert_eq!(call("epoll_ctl", [fd, 1, event, added.as_ptr() as usize, 0, 0]), 0);
        Epoll { harness, fd, event }
    }

    fn raise(&self) {
        let one = 1u64;
        let at = std::ptr::from_ref(&one) as usize;
        // SAFETY: the address is the test's.
        assert_eq!(unsafe { self.harness.real("write", [self.event, at, 8, 0, 0, 0]) }, 8);
    }

    /// Waits, and returns the result, the events, and how long it took.
    fn wait(
        &self,
        converted: bool,
        timeout: Option<Duration>,
        mask: Option<u64>,
    ) -> (isize, [u8; 36], Duration) {
        let mut events = [0u8; 36];
        let time = timeout.map(|time| [time.as_secs(), u64::from(time.subsec_nanos())]);
        let time_at = time.as_ref().map_or(0, |time| time.as_ptr() as usize);
        let mask_at = mask.as_ref().map_or(0, |mask| std::ptr::from_ref(mask) as usize);
        let arguments = [self.fd | GARBAGE, events.as_mut_ptr() as usize, 3 | GARBAGE, time_at, mask_at, 8];
        let begun = Instant::now();
        // SAFETY: the addresses are the test's.
        let result = unsafe { self.harness.either(converted, "epoll_pwait2", arguments) };
        if let Some(time) = time {
            let given = timeout.expect("a time");
            assert_eq!(
                time,
                [given.as_secs(), u64::from(given.subsec_nanos())],
                "the caller's time is only read"
            );
        }
        (result, events, begun.elapsed())
    }
}

const BOTH: [bool; 2] = [false, true];

#[test]
fn events_that_are_there_are_given() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        for timeout in [None, Some(Duration::ZERO), Some(Duration::from_secs(100))] {
            let [real, converted] = BOTH.map(|converted| {
                let epoll = Epoll::new(&harness, EPOLLIN);
                epoll.raise();
                epoll.wait(converted, timeout, None)
            });
            assert_eq!((converted.0, converted.1), (real.0, real.1));
            assert_eq!(real.0, 1);
        }
    });
}

#[test]
fn the_time_is_waited_for() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let epoll = Epoll::new(&harness, EPOLLIN);
        for time in [0, 1, 400_000, 3_000_000, 30_000_000].map(Duration::from_nanos) {
            for converted in BOTH {
                let (result, _, taken) = epoll.wait(converted, Some(time), None);
                assert_eq!(result, 0);
                assert!(time <= taken && taken < time + Duration::from_millis(500), "{time:?}: {taken:?}");
            }
        }
    });
}

#[test]
fn an_event_ends_the_wait() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        for timeout in [None, Some(Duration::from_secs(100))] {
            for converted in BOTH {
                let epoll = Epoll::new(&harness, EPOLLIN);
                let (result, events, taken) = std::thread::scope(|scope| {
                    scope.spawn(|| {
                        std::thread::sleep(Duration::from_millis(30));
                        epoll.raise();
                    });
                    epoll.wait(converted, timeout, None)
                });
                assert_eq!(result, 1);
                assert_eq!(events[..4], EPOLLIN.to_le_bytes());
                assert_eq!(events[4..12], 0x0123_4567_89ab_cdefu64.to_le_bytes());
                assert!(taken > Duration::from_millis(20), "{taken:?}");
            }
        }
    });
}

#[test]
fn a_stolen_event_does_not_end_the_wait() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let epoll = Epoll::new(&harness, EPOLLIN | EPOLLONESHOT);
        let time = Duration::from_millis(150);
        let mut results = std::thread::scope(|scope| {
            let waits = [(); 4].map(|()| scope.spawn(|| epoll.wait(true, Some(time), None)));
            std::thread::sleep(Duration::from_millis(50));
            epoll.raise();
            waits.map(|wait| wait.join().expect("the wait"))
        });
        results.sort_by_key(|(result, ..)| *result);
        assert_eq!(results.map(|(result, ..)| result), [0, 0, 0, 1]);
        for (result, _, taken) in results {
            assert_eq!(taken < time, result == 1, "{result}: {taken:?}");
        }
    });
}

static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_: i32) {
    HANDLED.fetch_add(1, SeqCst);
}

#[test]
fn the_mask_holds_for_the_wait() {
    const BLOCKED: u64 = 1 << (SIGUSR1 - 1);
    let harness = Harness::new();
    // SAFETY: the handler counts.
    unsafe { signal(SIGUSR1, handle) };
    with_own_descriptors(&harness, || {
        // SAFETY: the addresses are the test's; the mask is this thread's.
        let call = |name, arguments| unsafe { harness.real(name, arguments) };
        let blocked = BLOCKED;
        let mask = std::ptr::from_ref(&blocked) as usize;
        assert_eq!(call("rt_sigprocmask", [0, mask, 0, 8, 0, 0]), 0);
        let (process, thread) = (call("getpid", [0; 6]) as usize, call("gettid", [0; 6]) as usize);
        for converted in BOTH {
            let epoll = Epoll::new(&harness, EPOLLIN);
            assert_eq!(call("tgkill", [process, thread, SIGUSR1 as usize, 0, 0, 0]), 0);
            let before = HANDLED.load(SeqCst);
            let short = Some(Duration::from_millis(20));
            assert_eq!(epoll.wait(converted, short, None).0, 0, "no mask: it stays blocked");
            assert_eq!(epoll.wait(converted, short, Some(BLOCKED)).0, 0);
            assert_eq!(
                epoll.wait(converted, Some(Duration::ZERO), Some(0)).0,
                0,
                "no time to be interrupted in"
            );
            assert_eq!(HANDLED.load(SeqCst), before);
            assert_eq!(epoll.wait(converted, Some(Duration::from_secs(100)), Some(0)).0, EINTR);
            assert_eq!(HANDLED.load(SeqCst), before + 1);
            // What is there comes before a signal, which then stays blocked.
            epoll.raise();
            assert_eq!(call("tgkill", [process, thread, SIGUSR1 as usize, 0, 0, 0]), 0);
            assert_eq!(epoll.wait(converted, None, Some(0)).0, 1);
            assert_eq!(HANDLED.load(SeqCst), before + 1);
            let mut now = 0u64;
            call("rt_sigprocmask", [0, 0, std::ptr::from_mut(&mut now) as usize, 8, 0, 0]);
            assert_eq!(now, BLOCKED, "the mask is as before");
            // Let it go.
            let other = Epoll::new(&harness, EPOLLIN);
            assert_eq!(other.wait(false, None, Some(0)).0, EINTR);
        }
    });
}

#[test]
fn bad_arguments_answer_as_the_kernel_does() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let guard = Guard::new();
        let epoll = Epoll::new(&harness, EPOLLIN);
        let good_time = [0u64, 1000];
        let times = [[u64::MAX, 0], [0, 1_000_000_000], [0, u64::MAX], [0, 0]];
        let mut time_addresses: Vec<_> = times.iter().map(|time| time.as_ptr() as usize).collect();
        time_addresses.extend([good_time.as_ptr() as usize, 8, 1 << 63, guard.end() - 8]);
        let mask = 0u64;
        let mask = std::ptr::from_ref(&mask) as usize;
        let mut events = [0u8; 36];
        let to = events.as_mut_ptr() as usize;
        for raised in [false, true] {
            if raised {
                epoll.raise();
            }
            for fd in [epoll.fd, epoll.event, 0, 9999, usize::MAX] {
                for time in &time_addresses {
                    for (mask, size) in
                        [(0, 8), (0, 0), (mask, 8), (mask, 0), (mask, 16), (8, 8), (8, 7), (1 << 63, 8)]
                    {
                        for (to, count) in [
                            (to, 3),
                            (to, 0),
                            (to, usize::MAX),
                            (to, 1 << 31),
                            (to, 1 << 28),
                            (8, 1),
                            (1 << 63, 1),
                        ] {
                            // SAFETY: the kernel checks the addresses.
                            unsafe { harness.agree("epoll_pwait2", [fd, to, count, *time, mask, size]) };
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn what_the_rule_names_is_needed() {
    let harness = Harness::new();
    with_own_descriptors(&harness, || {
        let epoll = Epoll::new(&harness, EPOLLIN);
        let mut events = [0u8; 12];
        for denied in ["ppoll", "epoll_wait"] {
            let arguments = [epoll.fd, events.as_mut_ptr() as usize, 1, 0, 0, 8];
            // SAFETY: the addresses are the test's.
            assert_eq!(unsafe { harness.converted("epoll_pwait2", &[denied], arguments) }, ENOSYS);
        }
    });
}
