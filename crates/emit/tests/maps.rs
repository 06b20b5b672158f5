//! Maps between releases, for every kernel since 2.6.32: a slot that needs no rule is that of the native image, byte for
//! byte; each that differs has a rule; and what the image says of itself is what the ABI says.

mod common;

use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic};
use libsys_emit::arch::{Options, SlotKind, x86_64};
use libsys_emit::layer::Layer;
use libsys_emit::map_image::{self, MapFault, emit_between};
use libsys_image::data::LAYER;
use libsys_image::map::{HOLE, MapImage};
use libsys_image::{DATA_OFFSET, PackedRelease, SLOT_SIZE, SLOTS, Service, TABLE_SIZE, TAIL_BASE};
use libsys_model::carry::{Carried, Gap, carry_up_to};
use libsys_model::{Abi, Call, Implementation, Release, Returns, SyscallNr};
use std::collections::{BTreeMap, BTreeSet};

/// The oldest kernel; maps are made for those since 3.10, and say of older ones what is missing.
const OLDEST: Release = Release { major: 2, minor: 6, patch: 32 };
/// Every map to a kernel that is no older can be made.
const OLDEST_MADE: Release = Release { major: 3, minor: 10, patch: 0 };
/// Bytes of an image with its layer.
const MAX_SIZE: usize = 128 << 10;

/// A layer with each function that a rule names, as large as it may be. Its code is never run here.
fn layer(abi: &Abi) -> Layer {
    let mut functions = BTreeMap::new();
    for rule in &abi.rules {
        if let Implementation::Custom { name, .. } = &rule.implementation {
            for name in [name.clone(), format!("{name}_c")] {
                let offset = 16 * functions.len() as u32;
                functions.insert(name, offset);
            }
        }
    }
    Layer { code: vec![0xcc; 48 << 10], functions }
}

/// Every release since the oldest at which calls came or went, and the oldest itself.
fn kernels(abi: &Abi) -> Vec<Release> {
    let mut releases: BTreeSet<Release> = abi.releases().into_iter().filter(|r| *r >= OLDEST).collect();
    releases.insert(OLDEST);
    releases.into_iter().collect()
}

/// Releases that programs are made for: old ones, those of distributions, and the newest.
fn programs(abi: &Abi) -> Vec<Release> {
    ["2.6.32", "3.10", "4.18", "5.10", "6.1", "6.12"]
        .iter()
        .map(|text| text.parse().expect("a release"))
        .chain([abi.release])
        .collect()
}

/// All maps that can be made: the program's release, the kernel's, and the image.
fn maps(abi: &Abi) -> impl Iterator<Item = (Release, Release, Vec<u8>)> {
    let layer = layer(abi);
    let kernels = kernels(abi);
    programs(abi).into_iter().flat_map(move |from| {
        let (layer, kernels) = (layer.clone(), kernels.clone());
        kernels.into_iter().filter_map(move |to| match emit_between(abi, from, to, &layer, Options::IMAGE) {
            Ok(bytes) => Some((from, to, bytes)),
            Err(faults) => {
                assert!(to < OLDEST_MADE, "{from} to {to}: {faults:?}");
                let is_gap = |fault: &MapFault| matches!(fault, MapFault::Gap(Gap::Missing { .. }));
                assert!(faults.iter().all(is_gap), "{from} to {to}: {faults:?}");
                None
            }
        })
    })
}

fn slot(code: &[u8], nr: u32) -> &[u8] {
    &code[(nr * SLOT_SIZE) as usize..][..SLOT_SIZE as usize]
}

#[test]
fn slots_that_need_no_rule_are_native() {
    let abi = common::real();
    let native = map_image::emit(&abi, Options::IMAGE);
    let native = MapImage::parse(&native, true).expect("the native image").code_bytes();
    let holes = x86_64::assemble(&[SlotKind::Hole; SLOTS as usize], Options::IMAGE);
    let (mut made, mut same, mut differ) = (0, 0, 0);
    for (from, to, bytes) in maps(&abi) {
        let code =
            MapImage::parse(&bytes, true).unwrap_or_else(|e| panic!("{from} to {to}: {e}")).code_bytes();
        let carried: BTreeMap<u32, Carried<'_>> = carry_up_to(&abi, from, to)
            .expect("no gaps")
            .into_iter()
            .map(|(call, c)| (call.nr.0, c))
            .collect();
        for nr in 0..SLOTS {
            let place =
                || format!("{from} to {to}: slot {nr}, {:?}", abi.call(SyscallNr(nr)).map(|c| &c.name));
            let is_native = slot(code, nr) == slot(native, nr);
            match carried.get(&nr) {
                // A rule may make of it what the native slot is; none here does.
                Some(Carried::Custom { .. } | Carried::Simulated(_)) => {
                    let call = abi.call(SyscallNr(nr)).expect("it is carried");
                    assert!(abi.rule(&call.name).is_some(), "{}: no rule", place());
                    assert!(!call.is_in(to), "{}: the kernel has it", place());
                    assert!(!is_native, "{}: the rule changes nothing", place());
                    differ += 1;
                }
                Some(Carried::Structural) => {
                    panic!("{}: kernels of all releases have these structs", place())
                }
                Some(Carried::Direct | Carried::Refused) => {
                    assert!(is_native, "{}: it needs no rule", place())
                }
                // Programs of an older release know no such call; neither does the native image of that release.
                None if abi.call(SyscallNr(nr)).is_some() => {
                    assert!(!is_native, "{}: newer than the program", place());
                    assert_eq!(slot(code, nr), slot(&holes, nr), "{}: a hole", place());
                }
                None => assert!(is_native, "{}: holes, services and the tail", place()),
            }
            same += u32::from(is_native);
        }
        made += 1;
    }
    // From each of seven releases, to each boundary since 3.10 at least.
    assert!(made > 7 * 30, "{made} maps");
    assert!(differ > 1000 && same > 10 * differ, "{differ} slots differ, {same} do not");
}

/// A kernel of the same release lacks what is gone, and nothing else differs.
#[test]
fn a_map_to_the_same_release_converts_what_is_gone() {
    let abi = common::real();
    let native = map_image::emit(&abi, Options::IMAGE);
    let native = MapImage::parse(&native, true).expect("the native image").code_bytes();
    let bytes = emit_between(&abi, abi.release, abi.release, &layer(&abi), Options::IMAGE).expect("a map");
    let code = MapImage::parse(&bytes, true).expect("an image").code_bytes();
    let names = |wanted: &dyn Fn(&Call) -> bool| -> Vec<&str> {
        abi.calls.iter().filter(|call| wanted(call)).map(|call| call.name.as_str()).collect()
    };
    let differing = names(&|call| slot(code, call.nr.0) != slot(native, call.nr.0));
    assert_eq!(differing, names(&|call| !call.is_in(abi.release)));
    assert_eq!(differing, ["_sysctl", "nfsservctl", "lookup_dcookie"]);
}

/// Converted slots reach the layer through the data page, lead nowhere else and never enter the kernel.
#[test]
fn converted_slots_lead_into_the_layer_only() {
    let abi = common::real();
    let layer = layer(&abi);
    let to = OLDEST_MADE;
    let bytes = emit_between(&abi, abi.release, to, &layer, Options::IMAGE).expect("a map");
    let code = MapImage::parse(&bytes, true).expect("an image").code_bytes();
    let mut converted = 0;
    for (call, carried) in carry_up_to(&abi, abi.release, to).expect("no gaps") {
        let Carried::Custom { function, .. } = carried else { continue };
        let start = u64::from(call.nr.0 * SLOT_SIZE);
        let mut decoder = Decoder::with_ip(64, slot(code, call.nr.0), start, DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let (mut words, mut entries) = (0, BTreeSet::new());
        while decoder.can_decode() {
            decoder.decode_out(&mut instruction);
            assert_ne!(instruction.mnemonic(), Mnemonic::Syscall, "{}", call.name);
            if instruction.code() == Code::Mov_r32_imm32 {
                entries.insert(instruction.immediate32());
            }
            if instruction.is_ip_rel_memory_operand() && instruction.mnemonic() == Mnemonic::Add {
                let layer = u64::from(DATA_OFFSET) + u64::from(LAYER);
                assert_eq!(instruction.ip_rel_memory_address(), layer, "{}: {instruction}", call.name);
                words += 1;
            }
        }
        let (raw, c) = (layer.functions[function], layer.functions[&format!("{function}_c")]);
        // The C entry of a call that returns twice has a function of its own; those of others call the raw entry.
        let wanted = if call.returns == Returns::Twice { vec![raw, c] } else { vec![raw] };
        assert_eq!((words, entries), (wanted.len(), wanted.into_iter().collect()), "{}", call.name);
        converted += 1;
    }
    assert!(converted > 25, "{converted}");
}

/// What an image says of itself: sizes, releases, fingerprints, and since when each slot can be carried out.
#[test]
fn images_say_of_themselves_what_the_abi_says() {
    let abi = common::real();
    for (from, to, bytes) in maps(&abi) {
        let at = || format!("{from} to {to}");
        let image = MapImage::parse(&bytes, true).unwrap_or_else(|e| panic!("{}: {e}", at()));
        assert_eq!((image.name(), image.machine), ("linux/x86_64", 62), "{}", at());
        assert_eq!(image.release.0, from.packed(), "{}", at());
        assert_eq!(image.kernel.0, to.packed(), "{}", at());
        assert_eq!(image.code.1, TABLE_SIZE, "{}", at());
        assert!(bytes.len() <= MAX_SIZE, "{}: {} bytes", at(), bytes.len());
        let carried = carry_up_to(&abi, from, to).expect("no gaps");
        let uses_layer = carried.iter().any(|(_, c)| matches!(c, Carried::Custom { .. }));
        assert_eq!(image.layer_size != 0, uses_layer, "{}: the layer comes along where it is used", at());
        // Programs of every release up to `from` are known by their calls.
        for release in abi.releases().into_iter().filter(|release| *release <= from) {
            let known = image.fingerprint(PackedRelease(release.packed()));
            assert_eq!(known, Some(abi.fingerprint_at(release)), "{}: programs of {release}", at());
        }
        assert_eq!(image.fingerprint(PackedRelease(from.packed() + 1)), None, "{}: newer programs", at());
        let carried: BTreeMap<u32, _> = carried.into_iter().map(|(call, c)| (call.nr.0, (call, c))).collect();
        for nr in 0..SLOTS {
            let since = image.since(nr);
            let wanted = match carried.get(&nr) {
                Some((_, Carried::Custom { .. } | Carried::Simulated(_))) => 0,
                Some((call, _)) => call.since.map_or(0, Release::packed),
                None if nr >= TAIL_BASE || Service::ALL.iter().any(|service| service.nr() == nr) => 0,
                None => HOLE,
            };
            assert_eq!(since, wanted, "{}: slot {nr}", at());
        }
    }
}

#[test]
fn the_same_map_is_the_same_bytes() {
    let abi = common::real();
    let make = || emit_between(&abi, abi.release, OLDEST_MADE, &layer(&abi), Options::IMAGE);
    assert_eq!(make(), make());
}
