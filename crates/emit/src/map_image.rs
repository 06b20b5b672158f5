//! Map images: the native one, for programs and kernels that speak the same ABI, and those from one release
//! to another.

use crate::arch::{self, Options, SlotKind, x86_64};
use crate::elf::release;
use crate::layer::Layer;
use libsys_image::map::{self, HOLE, Parts, SlotCode};
use libsys_image::{PackedRelease, SECTION_ALIGN};
use libsys_model::carry::{Carried, Gap, carry_up_to};
use libsys_model::structural::Between;
use libsys_model::{Abi, Call, Implementation, Release, Returns};
use std::fmt;

/// The native image, for programs of every release of the ABI. Calls whose structs are converted are holes in it:
/// there is no layer. [`emit_native`] has them.
#[must_use]
pub fn emit(abi: &Abi, options: Options) -> Vec<u8> {
    let mut image = Image::native(abi);
    for call in &abi.calls {
        let place = image.since.get_mut(call.nr.0 as usize);
        if let (Some(place), Implementation::Structural(_)) = (place, &call.implementation) {
            *place = HOLE;
        }
    }
    image.write(options)
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
    /// The structs of a call cannot be converted.
    Structs {
        /// The call.
        call: String,
        /// Why.
        why: String,
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
            MapFault::Structs { call, why } => {
                write!(f, "the structs of `{call}` cannot be converted: {why}")
            }
        }
    }
}

impl std::error::Error for MapFault {}

/// The function of the layer that carries out conversion programs.
pub const STRUCTURAL: &str = "structural";

/// The calls that the layer asks the kernel with whether memory can be reached.
const ASKING: [&str; 2] = ["mincore", "rt_sigprocmask"];

/// Bytes of the layer and its conversion programs.
const LAYER_MAX: usize = 56 << 10;

/// The native image of an ABI whose calls are converted by the layer where their structs differ from the kernel's.
///
/// # Errors
///
/// All that keeps it from being made.
pub fn emit_native(abi: &Abi, layer: &Layer, options: Options) -> Result<Vec<u8>, Vec<MapFault>> {
    // What kernels dropped, older programs still link; only structs are another matter.
    let mut image = Image::native(abi);
    let carried = carry_up_to(abi, abi.release, abi.release).map_err(gaps)?;
    let is_structural = |(_, carried): &&(&Call, Carried<'_>)| *carried == Carried::Structural;
    let structural: Vec<_> = carried.iter().filter(is_structural).copied().collect();
    image.carry(abi, &structural, (abi.release, abi.release), layer)?;
    for (call, _) in structural {
        if let Some(since) = image.since.get_mut(call.nr.0 as usize) {
            *since = call.since.map_or(0, Release::packed);
        }
    }
    Ok(image.write(options))
}

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
    let carried = carry_up_to(abi, from, to).map_err(gaps)?;
    // Programs of older releases are served too: what was gone by this one is not left out.
    let mut served = Abi { release: from, ..abi.clone() };
    served.calls.retain(|call| call.came_by(from));
    let mut image = Image::new(&served, PackedRelease(to.packed()));
    image.carry(abi, &carried, (from, to), layer)?;
    image.amend(layer, options);
    Ok(image.write(options))
}

fn gaps(gaps: Vec<Gap>) -> Vec<MapFault> {
    gaps.into_iter().map(MapFault::Gap).collect()
}

/// Where a function of the layer begins.
fn function(call: &Call, name: &str, layer: &Layer) -> Result<u32, MapFault> {
    let missing = || MapFault::Function { call: call.name.clone(), function: name.to_owned() };
    layer.functions.get(name).copied().ok_or_else(missing)
}

fn custom(call: &Call, name: &str, slot: SlotKind, layer: &Layer) -> Result<SlotKind, MapFault> {
    let raw = function(call, name, layer)?;
    if slot != SlotKind::Twice {
        return Ok(SlotKind::Converted(raw));
    }
    Ok(SlotKind::ConvertedTwice(raw, function(call, &format!("{name}_c"), layer)?))
}

/// The conversion program of a call.
fn structural(
    abi: &Abi,
    call: &Call,
    (from, to): (Release, Release),
    layer: &Layer,
) -> Result<Vec<u8>, MapFault> {
    let fault = |why| MapFault::Structs { call: call.name.clone(), why };
    // Slots know it by its place.
    if function(call, STRUCTURAL, layer)? != 0 {
        return Err(fault("the layer does not begin with what carries programs out".to_owned()));
    }
    if ASKING.contains(&call.name.as_str()) {
        return Err(fault("the layer makes this call itself".to_owned()));
    }
    if call.returns != Returns::Once {
        return Err(fault("it does not return once".to_owned()));
    }
    let Between::Converted(lines, reversed) = abi.between(call, from, to) else {
        return Err(fault("they are the same".to_owned()));
    };
    let plan = abi.plan_between(call, &lines, reversed).map_err(|whys| fault(whys.join("; ")))?;
    crate::structural::compile(abi, call, &plan).map_err(fault)
}

/// An image that is being put together.
struct Image<'a> {
    abi: &'a Abi,
    kernel: PackedRelease,
    slots: Vec<SlotKind>,
    since: Vec<u32>,
    /// The layer and its programs, whole pages.
    layer: Vec<u8>,
    /// Where the programs begin in it; 0: there are none.
    programs: u32,
    spare: Vec<(u32, SlotCode)>,
    gone: Vec<(u32, PackedRelease)>,
    names: Vec<(u16, &'a str)>,
}

impl<'a> Image<'a> {
    /// One in which every call is the kernel's.
    fn new(abi: &'a Abi, kernel: PackedRelease) -> Image<'a> {
        let slots = arch::slots(abi);
        let since = since(abi, &slots);
        let (layer, spare, gone, names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Image { abi, kernel, slots, since, layer, programs: 0, spare, gone, names }
    }

    /// The native one, without a layer.
    fn native(abi: &'a Abi) -> Image<'a> {
        let is_carried = |call: &Call| {
            let rule = abi.rule(&call.name).map(|rule| &rule.implementation);
            !matches!(rule, None | Some(Implementation::Direct | Implementation::Simulated(_)))
        };
        let gone = (abi.calls.iter().filter(|call| is_carried(call)))
            .filter_map(|call| Some((call.nr.0, PackedRelease(call.until?.packed()))));
        // Messages are about calls that some kernels lack.
        let named = abi.calls.iter().filter(|call| call.since.is_some() || call.until.is_some());
        let names = named
            .filter_map(|call| Some((u16::try_from(call.nr.0).ok()?, call.name.as_str())))
            .filter(|(_, name)| name.bytes().all(|byte| byte.is_ascii_graphic()));
        let (gone, names) = (gone.collect(), names.collect());
        Image { gone, names, ..Image::new(abi, PackedRelease(0)) }
    }

    /// Gives calls the slots by which they are carried out.
    fn carry(
        &mut self,
        abi: &Abi,
        carried: &[(&Call, Carried<'_>)],
        (from, to): (Release, Release),
        layer: &Layer,
    ) -> Result<(), Vec<MapFault>> {
        let mut faults = Vec::new();
        let mut programs = Vec::new();
        for (call, carried) in carried {
            let nr = call.nr.0 as usize;
            let (Some(slot), Some(since)) = (self.slots.get_mut(nr), self.since.get_mut(nr)) else {
                continue;
            };
            let kind = match carried {
                Carried::Direct | Carried::Refused => continue,
                Carried::Simulated(errno) => Ok(SlotKind::Simulated(arch::errno_number(errno))),
                Carried::Custom { function, .. } => custom(call, function, *slot, layer),
                // The program's place is told below, when all of them are gathered.
                Carried::Structural => structural(abi, call, (from, to), layer).map(|program| {
                    programs.push((nr, program));
                    SlotKind::Structural(0)
                }),
            };
            match kind {
                Ok(kind) => (*slot, *since) = (kind, 0),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let is_converted = |s: &SlotKind| {
            matches!(s, SlotKind::Converted(_) | SlotKind::ConvertedTwice(..) | SlotKind::Structural(_))
        };
        if self.slots.iter().any(is_converted) {
            self.layer.clone_from(&layer.code);
        }
        if programs.is_empty() { Ok(()) } else { self.add(&programs) }
    }

    /// Adds the slots of [`AMENDED`] calls that the layer has a function for.
    fn amend(&mut self, layer: &Layer, options: Options) {
        let mut amended = self.slots.clone();
        let mut numbers = Vec::new();
        for name in AMENDED {
            let entry = layer.functions.get(name);
            let (Some(call), Some(entry)) = (self.abi.call_named(name), entry) else { continue };
            if let Some(slot @ SlotKind::Ordinary) = amended.get_mut(call.nr.0 as usize) {
                *slot = SlotKind::Amended(*entry);
                numbers.push(call.nr.0);
            }
        }
        if numbers.is_empty() {
            return;
        }
        let code = x86_64::assemble(&amended, options);
        let (slots, _) = code.as_chunks();
        self.spare = numbers.into_iter().filter_map(|nr| Some((nr, *slots.get(nr as usize)?))).collect();
        if self.layer.is_empty() {
            self.layer.clone_from(&layer.code);
        }
    }

    /// Puts conversion programs behind the layer, and tells slots where theirs is.
    fn add(&mut self, programs: &[(usize, Vec<u8>)]) -> Result<(), Vec<MapFault>> {
        let texts: Vec<Vec<u8>> = programs.iter().map(|(_, program)| program.clone()).collect();
        let (bytes, offsets) = crate::structural::gather(&texts);
        let start = self.layer.len();
        self.programs = start as u32;
        self.layer.extend(bytes);
        self.layer.resize(self.layer.len().next_multiple_of(SECTION_ALIGN as usize), 0);
        if self.layer.len() > LAYER_MAX {
            let call =
                self.abi.calls.iter().find(|call| Some(call.nr.0 as usize) == programs.first().map(|p| p.0));
            let call = call.map_or_else(String::new, |call| call.name.clone());
            let why = format!("the layer with all programs has more than {LAYER_MAX} bytes");
            return Err(vec![MapFault::Structs { call, why }]);
        }
        for ((nr, _), offset) in programs.iter().zip(offsets) {
            if let Some(SlotKind::Structural(program)) = self.slots.get_mut(*nr) {
                *program = self.programs + offset;
            }
        }
        Ok(())
    }

    fn write(&self, options: Options) -> Vec<u8> {
        let (abi, code) = (self.abi, x86_64::assemble(&self.slots, options));
        // Programs of a release with other structs are not served: no program has 0 for its fingerprint.
        let oldest = abi.same_structs_since();
        let fingerprint = |r| if oldest.is_none_or(|oldest| oldest <= r) { abi.fingerprint_at(r) } else { 0 };
        let fingerprints: Vec<(PackedRelease, u64)> =
            abi.releases().into_iter().map(|r| (PackedRelease(r.packed()), fingerprint(r))).collect();
        let parts = Parts {
            machine: arch::elf_machine(abi.machine),
            name: &abi.name,
            release: release(abi),
            kernel: self.kernel,
            fingerprints: &fingerprints,
            since: &self.since,
            code: &code,
            layer: &self.layer,
            spare: &self.spare,
            gone: &self.gone,
            names: &self.names,
            programs: self.programs,
        };
        let size = map::size(&parts).expect("an image has whole pages of code");
        let mut out = vec![0; size];
        assert!(map::write(&parts, &mut out), "the image was sized for these parts");
        out
    }
}

/// The kernel release since which each slot can be carried out by the kernel alone.
fn since(abi: &Abi, slots: &[SlotKind]) -> Vec<u32> {
    let hole = |kind: &SlotKind| if matches!(kind, SlotKind::Hole) { HOLE } else { 0 };
    let mut since: Vec<u32> = slots.iter().map(hole).collect();
    for call in &abi.calls {
        if let (Some(place), Some(release)) = (since.get_mut(call.nr.0 as usize), call.since) {
            *place = release.packed();
        }
    }
    since
}
