//! The native map image: program and kernel speak the same ABI.

use crate::arch::{self, Options, SlotKind, x86_64};
use crate::elf::release;
use libsys_image::PackedRelease;
use libsys_image::map::{self, HOLE, Parts};
use libsys_model::Abi;

/// The image's bytes. It serves programs of every release of the ABI.
#[must_use]
pub fn emit(abi: &Abi, options: Options) -> Vec<u8> {
    let slots = arch::slots(abi);
    let code = x86_64::assemble(&slots, options);
    let fingerprints: Vec<(PackedRelease, u64)> =
        abi.releases().into_iter().map(|r| (PackedRelease(r.packed()), abi.fingerprint_at(r))).collect();
    let mut since: Vec<u32> =
        slots.iter().map(|kind| if matches!(kind, SlotKind::Hole) { HOLE } else { 0 }).collect();
    for call in &abi.calls {
        if let (Some(place), Some(release)) = (since.get_mut(call.nr.0 as usize), call.since) {
            *place = release.packed();
        }
    }
    let parts = Parts {
        machine: arch::elf_machine(abi.machine),
        name: &abi.name,
        release: release(abi),
        kernel: PackedRelease(0),
        fingerprints: &fingerprints,
        since: &since,
        code: &code,
        layer: &[],
    };
    let size = map::size(&parts).expect("a native image has no layer and whole pages of code");
    let mut out = vec![0; size];
    assert!(map::write(&parts, &mut out), "the image was sized for these parts");
    out
}
