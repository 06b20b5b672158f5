//! Conversions behind the slots of a supplied table: both entries, and errno.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::{exit_now, wait_for};
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

const EINVAL: i32 = 22;
const UNTOUCHED: i32 = 77;
const RAW: usize = 32;
const SIGCHLD: u64 = 17;

static ERRNO: AtomicI32 = AtomicI32::new(0);

extern "C" fn errno() -> *mut i32 {
    ERRNO.as_ptr()
}

type Call = unsafe extern "C" fn(usize, usize, usize) -> isize;

/// The entries of a call in a table: C and raw.
fn entries(table: usize, nr: usize) -> [Call; 2] {
    // SAFETY: both are functions of the psABI.
    [0, RAW].map(|half| unsafe { std::mem::transmute::<usize, Call>(table + 64 * nr + half) })
}

#[test]
fn both_entries_answer_in_their_way() {
    let harness = Harness::new();
    let mlock2 = entries(harness.supplied("mlock2", ("mlock2", None), errno), harness.nr("mlock2"));
    let clone3 = harness.supplied("clone3", ("clone3", Some("clone3_c")), errno);
    let clone3 = entries(clone3, harness.nr("clone3"));
    for ([c, raw], bad) in [(mlock2, [0, 0, 1]), (clone3, [0, 8, 0])] {
        let [a, b, d] = bad;
        ERRNO.store(UNTOUCHED, SeqCst);
        // SAFETY: an argument that is refused.
        assert_eq!(unsafe { raw(a, b, d) }, -EINVAL as isize);
        assert_eq!(ERRNO.load(SeqCst), UNTOUCHED);
        // SAFETY: as above.
        assert_eq!(unsafe { c(a, b, d) }, -1);
        assert_eq!(ERRNO.load(SeqCst), EINVAL);
    }
    for entry in mlock2 {
        ERRNO.store(UNTOUCHED, SeqCst);
        // SAFETY: nothing is locked.
        assert_eq!(unsafe { entry(0, 0, 0) }, 0);
        assert_eq!(ERRNO.load(SeqCst), UNTOUCHED);
    }
    let mut args = [0u64; 11];
    args[4] = SIGCHLD;
    for entry in clone3 {
        // SAFETY: the child has a copy of all memory.
        let pid = unsafe { entry(args.as_ptr() as usize, 88, 0) };
        if pid == 0 {
            exit_now(if ERRNO.load(SeqCst) == UNTOUCHED { 7 } else { 8 });
        }
        assert_eq!(wait_for(pid as i32), 7 << 8);
    }
    // What `clone` itself refuses: CLONE_SETTLS with a thread pointer that leads nowhere.
    args[0] = 0x8_0000;
    args[7] = 1 << 63;
    // SAFETY: it is refused.
    let [c, raw] = clone3.map(|entry| unsafe { entry(args.as_ptr() as usize, 88, 0) });
    assert_eq!((c, raw, ERRNO.load(SeqCst)), (-1, -1, 1), "EPERM, which is 1");
}
