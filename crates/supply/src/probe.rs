//! Which calls this kernel really answers, asked of the kernel itself.
//!
//! A release number does not tell: distributions bring calls to older kernels, build kernels without some, and
//! containers answer ENOSYS or EPERM to what their filters do not know. So every call in question is made once with
//! all arguments -1. A kernel that has it finds fault with them; that was tried on 5.10, 6.1, 6.12 and 7.2 for every
//! number from 310 on, as root and as nobody, and changed nothing.
//!
//! A filter that kills instead of answering kills here too. So programs are probed only when they ask for it.

use crate::Errno;
use libsys_image::map::{HOLE, MapImage};
use libsys_image::{PackedRelease, SERVICE_BASE};

/// Calls up to this release are taken to exist: nothing carries them out, and some do harm with any arguments.
const OLDEST: PackedRelease = PackedRelease::new(3, 10, 0);
/// Numbers on x86_64 that only code of the kernel's own may call; it kills others: uretprobe, uprobe.
const NEVER: [u32; 2] = [335, 336];
/// Numbers on x86_64 to which kernels that have them answer EPERM: finit_module, kexec_file_load, bpf, move_mount,
/// fsopen, fsmount, fspick, landlock_restrict_self.
const PRIVILEGED: [u32; 8] = [313, 320, 321, 429, 430, 432, 433, 446];
/// Numbers on x86_64 since then that every map answers ENOSYS to: kernels built or booted without one of these do as
/// well without a map. `tests/layer` compares them with the rules.
const SIMULATED: [u32; 37] = [
    320, 321, 323, 326, 334, 335, 336, 424, 425, 426, 427, 429, 430, 431, 432, 433, 434, 438, 442, 443, 444,
    445, 446, 447, 448, 450, 451, 453, 457, 458, 459, 460, 461, 462, 467, 470, 471,
];
const EPERM: Errno = Errno(1);
const ENOSYS: Errno = Errno(38);

/// The release that this kernel is as good as: the newest without the oldest call that it does not answer. None
/// when it answers all.
///
/// `numbers` are those that a program links, or none when it can reach any; `call` makes a call with all
/// arguments -1.
pub fn release(
    native: &MapImage<'_>,
    numbers: Option<impl Iterator<Item = u32>>,
    call: impl Fn(u32) -> Result<usize, Errno>,
) -> Option<PackedRelease> {
    let mut oldest: Option<u32> = None;
    let mut ask = |nr: u32| {
        let since = native.since(nr);
        let known = since != HOLE && since > OLDEST.0 && !NEVER.contains(&nr);
        // What is not older than a call that is missing decides nothing.
        if !known || oldest.is_some_and(|oldest| oldest <= since) {
            return;
        }
        let is_missing = match call(nr) {
            Err(ENOSYS) => !SIMULATED.contains(&nr),
            Err(EPERM) => !PRIVILEGED.contains(&nr),
            _ => false,
        };
        if is_missing {
            oldest = Some(since);
        }
    };
    match numbers {
        Some(numbers) => numbers.for_each(&mut ask),
        None => (0..SERVICE_BASE).for_each(&mut ask),
    }
    oldest.map(|since| PackedRelease(since.wrapping_sub(1)))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use libsys_image::map::{Parts, size, write};
    use std::vec;
    use std::vec::Vec;

    fn native() -> Vec<u8> {
        let code = vec![0xccu8; libsys_image::TABLE_SIZE as usize];
        let mut since = vec![HOLE; libsys_image::SLOTS as usize];
        for (nr, release) in [
            (0, (0, 0)),
            (332, (4, 11)),
            (335, (6, 11)),
            (429, (5, 2)),
            (439, (5, 8)),
            (452, (6, 6)),
            (462, (6, 10)),
        ] {
            since[nr] = PackedRelease::new(release.0, release.1, 0).0;
        }
        let parts = Parts {
            machine: 62,
            name: "linux/x86_64",
            release: PackedRelease::new(7, 2, 0),
            kernel: PackedRelease(0),
            fingerprints: &[(PackedRelease::new(7, 2, 0), 1)],
            since: &since,
            code: &code,
            layer: &[],
        };
        let mut out = vec![0; size(&parts).unwrap()];
        assert!(write(&parts, &mut out));
        out
    }

    fn probe(numbers: Option<&[u32]>, answer: impl Fn(u32) -> u16) -> Option<PackedRelease> {
        let bytes = native();
        let image = MapImage::parse(&bytes, true).unwrap();
        release(&image, numbers.map(|n| n.iter().copied()), |nr| Err(Errno(answer(nr))))
    }

    #[test]
    fn the_oldest_missing_call_decides() {
        assert_eq!(probe(None, |_| 22), None);
        let missing = |nr| if nr >= 439 { 38 } else { 22 };
        let release = probe(None, missing).unwrap();
        assert!(release < PackedRelease::new(5, 8, 0) && release >= PackedRelease::new(5, 7, 0));
        assert_eq!(probe(Some(&[0, 332]), missing), None);
    }

    #[test]
    fn filters_answer_eperm_but_so_do_privileged_calls() {
        assert!(probe(Some(&[439]), |_| 1).is_some());
        assert_eq!(probe(Some(&[429]), |_| 1), None);
        assert!(probe(Some(&[332]), |_| 38).is_some());
    }

    #[test]
    fn what_a_map_cannot_carry_out_either_is_not_missing() {
        assert_eq!(probe(Some(&[462]), |_| 38), None);
        assert!(probe(Some(&[462]), |_| 1).is_some());
        assert!(probe(Some(&[439, 462]), |_| 38).unwrap() < PackedRelease::new(5, 8, 0));
    }

    #[test]
    fn some_calls_are_never_made() {
        let asked = |nr| {
            assert!(nr != 335 && nr != 0, "call {nr} was made");
            22
        };
        assert_eq!(probe(None, asked), None);
    }
}
