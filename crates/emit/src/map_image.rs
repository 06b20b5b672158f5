//! Map images: the native one, for programs and kernels that speak the same ABI, and those from one release
//! to another.

use crate::arch::{self, Options, SlotKind, x86_64};
use crate::elf::release;
use crate::layer::Layer;
use libsys_image::PackedRelease;
use libsys_image::map::{self, HOLE, Parts, SlotCode};
use libsys_model::carry::{Carried, Gap, carry_up_to};
use libsys_model::{Abi, Call, Implementation, Release};
use std::fmt;

/// The native image. It serves programs of every release of the ABI.
#[must_use]
pub fn emit(abi: &Abi, options: Options) -> Vec<u8> {
    let slots = arch::slots(abi);
    let since = since(abi, &slots, |_| false);
    let is_carried = |call: &Call| {
        let rule = abi.rule(&call.name).map(|rule| &rule.implementation);
        !matches!(rule, None | Some(Implementation::Direct | Implementation::Simulated(_)))
    };
    let gone: Vec<(u32, PackedRelease)> = (abi.calls.iter().filter(|call| is_carried(call)))
        .filter_map(|call| Some((call.nr.0, PackedRelease(call.until?.packed()))))
        .collect();
    // Messages are about calls that some kernels lack.
    let named = abi.calls.iter().filter(|call| call.since.is_some() || call.until.is_some());
    let names: Vec<(u16, &str)> = named
        .filter_map(|call| Some((u16::try_from(call.nr.0).ok()?, call.name.as_str())))
        .filter(|(_, name)| name.bytes().all(|byte| byte.is_ascii_graphic()))
        .collect();
    let code = x86_64::assemble(&slots, options);
    let extra = Extra { gone: &gone, names: &names, ..Extra::default() };
    write(abi, PackedRelease(0), &since, &code, &extra)
}

/// Calls whose answers the layer changes on request, in a function of the same name.
const AMENDED: [&str; 1] = ["uname"];

/// Why there is no map between two releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapFault {
    /// A rule cannot be used.
    Gap(Gap),
    /// The layer lacks the function of a rule.
    Function {
        /// The call whose rule it is.
        call: String,
        /// The function.
        function: String,
    },
}

impl fmt::Display for MapFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapFault::Gap(gap) => write!(f, "{gap}"),
            MapFault::Function { call, function } => {
                write!(
                    f,
                    "the rule of `{call}` names the function `{function}`, which the layer does not have"
                )
            }
        }
    }
}

impl std::error::Error for MapFault {}

/// The image that carries out the calls of release `from`, and of older ones, on kernels of release `to` and newer.
///
/// The slot of a call that those kernels have is that of the native image, byte for byte. So is that of a call
/// which nothing carries out: a supplier refuses programs that link it, and a newer kernel may have it.
///
/// # Errors
///
/// All that keeps it from being made.
pub fn emit_between(
    abi: &Abi,
    from: Release,
    to: Release,
    layer: &Layer,
    options: Options,
) -> Result<Vec<u8>, Vec<MapFault>> {
    let carried =
        carry_up_to(abi, from, to).map_err(|gaps| gaps.into_iter().map(MapFault::Gap).collect::<Vec<_>>())?;
    // Programs of older releases are served too: what was gone by this one is not left out.
    let mut served = Abi { release: from, ..abi.clone() };
    served.calls.retain(|call| call.came_by(from));
    let mut slots = arch::slots(&served);
    let mut faults = Vec::new();
    let mut converted = Vec::new();
    for (call, carried) in &carried {
        let Some(slot) = slots.get_mut(call.nr.0 as usize) else { continue };
        let kind = match carried {
            Carried::Direct | Carried::Refused => continue,
            Carried::Simulated(errno) => SlotKind::Simulated(arch::errno_number(errno)),
            Carried::Custom { function, .. } => {
                let entry = |name: &str| match layer.functions.get(name) {
                    Some(entry) => Ok(*entry),
                    None => Err(MapFault::Function { call: call.name.clone(), function: name.to_owned() }),
                };
                let kind = if *slot == SlotKind::Twice {
                    entry(function)
                        .and_then(|raw| Ok(SlotKind::ConvertedTwice(raw, entry(&format!("{function}_c"))?)))
                } else {
                    entry(function).map(SlotKind::Converted)
                };
                match kind {
                    Ok(kind) => kind,
                    Err(fault) => {
                        faults.push(fault);
                        continue;
                    }
                }
            }
        };
        *slot = kind;
        converted.push(call.nr);
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let since = since(&served, &slots, |call| converted.binary_search(&call.nr).is_ok());
    let code = x86_64::assemble(&slots, options);
    let spare = spare(&served, &slots, layer, options);
    let is_converted =
        |slot: &SlotKind| matches!(slot, SlotKind::Converted(_) | SlotKind::ConvertedTwice(..));
    let uses_layer = !spare.is_empty() || slots.iter().any(is_converted);
    let extra =
        Extra { layer: if uses_layer { &layer.code } else { &[] }, spare: &spare, ..Extra::default() };
    Ok(write(&served, PackedRelease(to.packed()), &since, &code, &extra))
}

/// The slots of [`AMENDED`] calls that the layer has a function for.
fn spare(abi: &Abi, slots: &[SlotKind], layer: &Layer, options: Options) -> Vec<(u32, SlotCode)> {
    let mut amended = slots.to_vec();
    let mut numbers = Vec::new();
    for name in AMENDED {
        let (Some(call), Some(entry)) = (abi.call_named(name), layer.functions.get(name)) else { continue };
        if let Some(slot @ SlotKind::Ordinary) = amended.get_mut(call.nr.0 as usize) {
            *slot = SlotKind::Amended(*entry);
            numbers.push(call.nr.0);
        }
    }
    let code = if numbers.is_empty() { Vec::new() } else { x86_64::assemble(&amended, options) };
    let (slots, _) = code.as_chunks();
    numbers.into_iter().filter_map(|nr| Some((nr, *slots.get(nr as usize)?))).collect()
}

/// The kernel release since which each slot can be carried out.
fn since(abi: &Abi, slots: &[SlotKind], always: impl Fn(&Call) -> bool) -> Vec<u32> {
    let hole = |kind: &SlotKind| if matches!(kind, SlotKind::Hole) { HOLE } else { 0 };
    let mut since: Vec<u32> = slots.iter().map(hole).collect();
    for call in abi.calls.iter().filter(|call| !always(call)) {
        if let (Some(place), Some(release)) = (since.get_mut(call.nr.0 as usize), call.since) {
            *place = release.packed();
        }
    }
    since
}

/// What not every image has.
#[derive(Default)]
struct Extra<'a> {
    layer: &'a [u8],
    spare: &'a [(u32, SlotCode)],
    gone: &'a [(u32, PackedRelease)],
    names: &'a [(u16, &'a str)],
}

fn write(abi: &Abi, kernel: PackedRelease, since: &[u32], code: &[u8], extra: &Extra<'_>) -> Vec<u8> {
    let fingerprints: Vec<(PackedRelease, u64)> =
        abi.releases().into_iter().map(|r| (PackedRelease(r.packed()), abi.fingerprint_at(r))).collect();
    let parts = Parts {
        machine: arch::elf_machine(abi.machine),
        name: &abi.name,
        release: release(abi),
        kernel,
        fingerprints: &fingerprints,
        since,
        code,
        layer: extra.layer,
        spare: extra.spare,
        gone: extra.gone,
        names: extra.names,
    };
    let size = map::size(&parts).expect("an image has whole pages of code");
    let mut out = vec![0; size];
    assert!(map::write(&parts, &mut out), "the image was sized for these parts");
    out
}
