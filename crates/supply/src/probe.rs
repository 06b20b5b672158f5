//! Which calls this kernel really answers, asked of the kernel itself.
//!
//! A release number does not tell: distributions bring calls to older kernels, build kernels without some, and
//! containers answer ENOSYS or EPERM to what their filters do not know. So every call in question is made once with
//! all arguments -1. A kernel that has it finds fault with them; that was tried on 5.10, 6.1, 6.12 and 7.2 for every
//! number from 310 on, as root and as nobody, and changed nothing.
//!
//! A filter that kills instead of answering kills here too. So programs are probed only when they ask for it.

use crate::Errno;
use crate::calls::Calls;
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

/// What a kernel has answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answers {
    /// The calls that were made.
    pub asked: Calls,
    /// Those that the kernel, or a filter, does not carry out, and a map would.
    pub missing: Calls,
    /// Those of them, and of the others, that were answered with EPERM and ENOSYS.
    pub eperm: Calls,
    /// See `eperm`.
    pub enosys: Calls,
    /// The release before the oldest missing call; none while all are there.
    pub release: Option<PackedRelease>,
}

impl Answers {
    /// Asks for what a program may call, each call once: `numbers` are those that it links, none when it can reach any.
    ///
    /// Once a call is missing, all are asked for: what carries it out may make calls that the program does not link.
    pub fn ask(
        &mut self,
        native: &MapImage<'_>,
        numbers: Option<impl Iterator<Item = u32>>,
        call: impl Fn(u32) -> Result<usize, Errno>,
    ) {
        if let Some(numbers) = numbers {
            numbers.for_each(|nr| self.ask_for(nr, native, &call));
            if self.missing.is_empty() {
                return;
            }
        }
        (0..SERVICE_BASE).for_each(|nr| self.ask_for(nr, native, &call));
    }

    #[cold]
    fn ask_for(&mut self, nr: u32, native: &MapImage<'_>, call: &impl Fn(u32) -> Result<usize, Errno>) {
        let since = native.since(nr);
        if since == HOLE || since <= OLDEST.0 || NEVER.contains(&nr) || self.asked.contains(nr) {
            return;
        }
        self.asked.insert(nr);
        match call(nr) {
            Err(ENOSYS) => self.enosys.insert(nr),
            Err(EPERM) if !PRIVILEGED.contains(&nr) => self.eperm.insert(nr),
            _ => return,
        }
        if !is_simulated(nr) || self.eperm.contains(nr) {
            self.missing.insert(nr);
            let before = PackedRelease(since.wrapping_sub(1));
            self.release = Some(self.release.map_or(before, |oldest| oldest.min(before)));
        }
    }
}

/// Whether maps answer ENOSYS to a call, as kernels do that were built without it.
#[must_use]
pub fn is_simulated(nr: u32) -> bool {
    SIMULATED.contains(&nr)
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
            spare: &[],
            gone: &[],
            names: &[],
            programs: 0,
        };
        let mut out = vec![0; size(&parts).unwrap()];
        assert!(write(&parts, &mut out));
        out
    }

    fn probe(numbers: Option<&[u32]>, answer: impl Fn(u32) -> u16) -> Answers {
        let bytes = native();
        let image = MapImage::parse(&bytes, true).unwrap();
        let mut answers = Answers::default();
        answers.ask(&image, numbers.map(|n| n.iter().copied()), |nr| Err(Errno(answer(nr))));
        answers
    }

    #[test]
    fn the_oldest_missing_call_decides_whose_map_it_is() {
        assert_eq!(probe(None, |_| 22).release, None);
        let missing = |nr| if nr >= 439 { 38 } else { 22 };
        let release = probe(None, missing).release.unwrap();
        assert!(release < PackedRelease::new(5, 8, 0) && release >= PackedRelease::new(5, 7, 0));
        assert_eq!(probe(Some(&[0, 332]), missing).release, None);
    }

    #[test]
    fn all_calls_are_asked_for_when_one_is_missing() {
        let missing = |nr| if nr >= 439 { 38 } else { 22 };
        assert!(probe(Some(&[0, 332]), missing).asked.iter().eq([332]));
        let answers = probe(Some(&[452]), missing);
        assert!(answers.asked.iter().eq([332, 429, 439, 452, 462]));
        assert!(answers.missing.iter().eq([439, 452]) && answers.enosys.iter().eq([439, 452, 462]));
        assert!(answers.release.unwrap() < PackedRelease::new(5, 8, 0));
    }

    #[test]
    fn each_call_is_made_once() {
        let made = std::cell::RefCell::new(Vec::new());
        let bytes = native();
        let image = MapImage::parse(&bytes, true).unwrap();
        let mut answers = Answers::default();
        for numbers in [Some([332, 452].iter().copied()), None, None] {
            answers.ask(&image, numbers, |nr| {
                made.borrow_mut().push(nr);
                Err(Errno(38))
            });
        }
        let mut made = made.into_inner();
        made.sort_unstable();
        assert_eq!(made, [332, 429, 439, 452, 462]);
    }

    #[test]
    fn filters_answer_eperm_but_so_do_privileged_calls() {
        assert!(probe(Some(&[439]), |_| 1).missing.contains(439));
        assert!(probe(Some(&[429]), |_| 1).missing.is_empty());
        assert!(probe(Some(&[332]), |_| 38).missing.contains(332));
    }

    #[test]
    fn what_a_map_cannot_carry_out_either_is_not_missing() {
        assert!(probe(Some(&[462]), |_| 38).missing.is_empty());
        assert!(probe(Some(&[462]), |_| 1).missing.contains(462));
        assert!(probe(Some(&[439, 462]), |_| 38).release.unwrap() < PackedRelease::new(5, 8, 0));
    }

    #[test]
    fn some_calls_are_never_made() {
        let asked = |nr| {
            assert!(nr != 335 && nr != 0, "call {nr} was made");
            22
        };
        assert!(probe(None, asked).missing.is_empty());
    }
}
