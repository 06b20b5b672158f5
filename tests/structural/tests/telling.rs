//! Structs that say their own size: what the kernel is given, and what the program finds, held against a kernel that does
//! what Linux does in `sched_setattr`.

use libsys_structural_tests::{Memory, bytes_at, compiled, model, put_at, range, run};
use proptest::prelude::*;

const E2BIG: isize = -7;
const EFAULT: isize = -14;
const EINVAL: isize = -22;

/// The program's third version has a field that the kernel does not know; the kernel's first one ends before `z`.
const TEXT: &str = "
    struct a@1 size 16 align 8 extensible { @0 u32 x; @4 u32 size; @8 u64 y; }
    struct a@2 since 6.0 size 24 align 8 extensible { @0 u32 x; @4 u32 size; @8 u64 y; @16 u64 z; }
    struct a@3 since 7.0 size 32 align 8 extensible { @0 u32 x; @4 u32 size; @8 u64 y; @16 u64 z; @24 u64 w; }
    struct b size 32 align 8 extensible { @0 u32 size; @8 u64 x; @16 u64 y; @24 u64 z; }
    ADD 0 { function int set(inout a *p, int flag); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }
    ADD 1 { function int give(in a *p); implementation structural { convert p: a -> b; } }
    ADD 2 { function int get(out a *p [bytes n], u32 n); implementation structural { convert p: a -> b; narrow x overflow EOVERFLOW; } }";
/// Bytes that the program knows, that the kernel knows of these, and in the oldest version.
const ALL: usize = 32;
const KNOWN: u32 = 24;
const LEAST: u32 = 16;
/// Bytes in the kernel's struct and in its first version.
const OWN: u32 = 32;
const OWN_LEAST: u32 = 24;

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// What Linux does with such a struct: its errno, or nothing.
fn kernel_of(address: usize) -> Result<Vec<u8>, isize> {
    if address == 1 << 63 {
        return Err(EFAULT);
    }
    // SAFETY: the kernel's struct is there.
    let own = unsafe { bytes_at(address, OWN as usize) };
    let size = word(&own, 0) as u32;
    if size != 0 && !(OWN_LEAST..=4096).contains(&size) {
        // SAFETY: as above.
        unsafe { put_at(address, &OWN.to_le_bytes()) };
        return Err(E2BIG);
    }
    assert!(size == 0 || size == OWN, "it knows all of it");
    Ok(own)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_not_known_must_be_zero(
        size in prop_oneof![
            Just(0u32), 1..20u32, Just(16), Just(24), 24..80u32, Just(4096), Just(4097), any::<u32>(),
        ],
        values in (any::<u32>(), any::<u64>(), any::<u64>()),
        w in prop_oneof![3 => Just(0u64), 1 => any::<u64>()],
        dirty in proptest::option::of(0..64usize),
        there in prop_oneof![4 => Just(96usize), 1 => 0..96usize],
        is_written in any::<bool>(),
    ) {
        let (x, y, z) = values;
        let mut ours = vec![0u8; 5000];
        ours[..4].copy_from_slice(&x.to_le_bytes());
        ours[4..8].copy_from_slice(&size.to_le_bytes());
        for (i, value) in [y, z, w].iter().enumerate() {
            ours[8 + 8 * i..16 + 8 * i].copy_from_slice(&value.to_le_bytes());
        }
        if let Some(dirty) = dirty {
            ours[ALL + dirty] = 1;
        }
        let before = ours.clone();
        let all = range(&mut ours);
        let there = if there == 96 { 5000 } else { there };
        let part = all.start..all.start + there;
        let mut seen = None;
        let kernel = |a: &[usize; 6]| match kernel_of(a[0]) {
            Ok(own) => {
                seen = Some(own);
                0
            }
            Err(errno) => errno,
        };
        let abi = model(TEXT);
        let program = compiled(&abi, if is_written { "set" } else { "give" }).expect("it fits");
        let result = run(&program, &Memory::new(&[part], kernel), [all.start, 1, 0, 0, 0, 0]);

        let told = if size == 0 { LEAST } else { size };
        let is_good = (LEAST..=4096).contains(&told);
        let is_zero = || before[(KNOWN as usize).min(told as usize)..told as usize].iter().all(|byte| *byte == 0);
        let expected = if there < 8 || is_good && there < told as usize {
            EFAULT
        } else if !is_good || !is_zero() {
            E2BIG
        } else {
            0
        };
        prop_assert_eq!(result, expected, "{} bytes, {} there", size, there);
        let mut after = before.clone();
        if expected == E2BIG && is_written {
            after[4..8].copy_from_slice(&KNOWN.to_le_bytes());
        }
        prop_assert_eq!(&ours, &after);
        if expected == 0 {
            let own = seen.expect("the call was made");
            prop_assert_eq!(word(&own, 8), u64::from(x));
            prop_assert_eq!(word(&own, 16), y);
            // Of one that is there in part, that part.
            let there = 8 * told.clamp(16, 24) - 128;
            let mask = if there == 64 { u64::MAX } else { (1 << there) - 1 };
            prop_assert_eq!(word(&own, 24), z & mask);
        }
    }

    /// A kernel that fills the struct: the program has as much of it as it said it has, with its own size.
    #[test]
    fn what_is_written_has_the_size_that_the_program_said(
        size in 16..80u32,
        values in (any::<u32>(), any::<u64>(), any::<u64>()),
        is_large in any::<bool>(),
        fails in any::<bool>(),
    ) {
        let (x, y, z) = values;
        let mut ours = vec![0u8; 128];
        ours[4..8].copy_from_slice(&size.to_le_bytes());
        ours[80..].fill(0x77);
        let before = ours.clone();
        let ranges = [range(&mut ours)];
        let at = ranges[0].start;
        let own = [u64::from(OWN), u64::from(x) | u64::from(is_large) << 40, y, z].map(u64::to_le_bytes).concat();
        let kernel = |a: &[usize; 6]| {
            // SAFETY: there is room for the whole struct.
            unsafe { put_at(a[0], &own) };
            if fails { EINVAL } else { 4 }
        };
        let abi = model(TEXT);
        let wanted = |size: usize| {
            let mut after = before.clone();
            let whole = [
                &x.to_le_bytes()[..], &(size.min(ALL) as u32).to_le_bytes(), &y.to_le_bytes(), &z.to_le_bytes(), &[0; 8],
            ].concat();
            let size = size.min(ALL);
            after[..size].copy_from_slice(&whole[..size]);
            after
        };
        for name in ["set", "get"] {
            let program = compiled(&abi, name).expect("it fits");
            let arguments = [at, size as usize, 0, 0, 0, 0];
            let result = run(&program, &Memory::new(&ranges, kernel), arguments);
            let expected = if fails { EINVAL } else if is_large { -75 } else { 4 };
            prop_assert_eq!(result, expected);
            if name == "set" && fails {
                // Of what a call has written that failed, only the size is told.
                let mut after = before.clone();
                after[4..8].copy_from_slice(&KNOWN.to_le_bytes());
                prop_assert_eq!(&ours, &after);
            } else if expected == 4 {
                prop_assert_eq!(&ours, &wanted(size as usize));
            }
            // SAFETY: the bytes are there.
            unsafe { put_at(at, &before) };
        }
    }
}
