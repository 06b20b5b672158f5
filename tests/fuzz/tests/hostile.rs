//! What hostile texts cost grows no faster than they do, but for a logarithm.

use libsys_fuzz_targets::hostile::{TEXTS, digest};
use std::fs;
use std::time::Duration;

/// Bytes in the smaller text of each kind.
const BYTES: usize = 16 << 10;

/// How many times larger the other one is.
const TIMES: usize = 4;

/// How many times more it may cost: twice what is proportional, for caches, and half of what is quadratic.
const MOST: u32 = 2 * TIMES as u32;

/// What is cheaper than this is not worth a complaint.
const CHEAP: Duration = Duration::from_millis(100);

/// The time that this thread ran; what else the machine does is not in it.
fn spent() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// What a text of a kind costs.
fn cost(make: fn(usize) -> String, bytes: usize) -> Option<Duration> {
    let text = make(bytes);
    let start = spent()?;
    digest(text, &mut |_| ());
    Some(spent()? - start)
}

#[test]
fn costs_grow_with_the_text() {
    let mut steep = Vec::new();
    for (kind, make) in TEXTS {
        let (Some(small), Some(large)) = (cost(*make, BYTES), cost(*make, TIMES * BYTES)) else {
            eprintln!("not tested: the kernel keeps no account of threads");
            return;
        };
        if large > CHEAP && large > small * MOST {
            steep.push(format!("{kind}: {small:?}, {large:?}"));
        }
    }
    assert!(steep.is_empty(), "{steep:#?}");
}
