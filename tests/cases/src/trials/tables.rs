//! What lies in the slots of a running program: of calls that need no rule the native slot, byte for byte, whichever map
//! was supplied and however much of it.

use super::{Tools, certain};
use crate::container::{ENGINES, Engine, PRIVILEGED, Profile};
use crate::directive::Directives;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_image::map::MapImage;
use libsys_image::{PackedRelease, SLOT_SIZE, TABLE_SIZE};
use libsys_model::carry::{Carried, carry_up_to};
use libsys_model::{Abi, Call, Release};
use libsys_trials::run::{self, Outcome};
use libtest_mimic::Trial;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// Kernels that programs are supplied as on.
const KERNELS: [Release; 4] =
    [Release::new(3, 10, 0), Release::new(4, 4, 0), Release::new(4, 19, 0), Release::new(5, 7, 0)];

/// Kernels may be built without these: they answer ENOSYS, filter or no filter.
const OPTIONAL: [&str; 3] = ["map_shadow_stack", "memfd_secret", "rseq_slice_yield"];
/// Only the kernel's own code makes these; a supplier does not ask for them.
const NOT_ASKED: [&str; 2] = ["uprobe", "uretprobe"];

/// One trial for each kernel and each engine.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for kernel in KERNELS {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("table::{kernel}"), move || on_kernel(&tools, kernel)));
    }
    for engine in ENGINES {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("table::{}", engine.name()), move || in_container(&tools, engine)));
    }
    trials
}

fn support(tools: &Tools, name: &str, flavour: Flavour) -> Result<PathBuf, String> {
    let interpreter = flavour == Flavour::Reserved;
    let link = Link { flavour, shape: Shape::Static, linker: Linker::Bfd, interpreter };
    tools.program(&tools.places.sources.join("support").join(name), &Directives::default(), link)
}

/// Runs a command that ends with the program, and reads the table that it wrote.
fn table(tools: &Tools, mut command: Command, name: &str) -> Result<Vec<u8>, String> {
    let file = tools.places.out.join(format!("table-{name}"));
    command.arg(&file);
    run::does(&mut command, &Outcome::says("written\n"), &tools.places.out)?;
    let table = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    if table.len() == TABLE_SIZE as usize { Ok(table) } else { Err(format!("{} bytes", table.len())) }
}

/// The code of the native map.
fn native(tools: &Tools, abi: &Abi) -> Result<Vec<u8>, String> {
    let path = tools.places.sdk.join(format!("lib/libsys/linux-x86_64-{}.map", abi.release));
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let bytes = std::fs::read(&path).map_err(|e| failed(&e))?;
    Ok(MapImage::parse(&bytes, true).map_err(|e| failed(&e))?.code_bytes().to_vec())
}

/// The numbers whose slots differ.
fn differing(table: &[u8], native: &[u8]) -> BTreeSet<u32> {
    let slots = table.chunks(SLOT_SIZE as usize).zip(native.chunks(SLOT_SIZE as usize));
    (0..).zip(slots).filter(|(_, (slot, native))| slot != native).map(|(nr, _)| nr).collect()
}

/// The calls that a kernel lacks and that rules carry out.
fn carried(abi: &Abi, kernel: Release) -> Result<Vec<&Call>, String> {
    let carried = carry_up_to(abi, abi.release, kernel).map_err(|gaps| format!("{gaps:?}"))?;
    let by_rule = |how: &Carried<'_>| !matches!(how, Carried::Direct | Carried::Refused);
    Ok(carried.into_iter().filter(|(_, how)| by_rule(how)).map(|(call, _)| call).collect())
}

fn named(abi: &Abi, numbers: &BTreeSet<u32>) -> Vec<String> {
    let calls = abi.calls.iter().filter(|call| numbers.contains(&call.nr.0));
    calls.map(|call| call.name.clone()).collect()
}

fn compare(abi: &Abi, got: &BTreeSet<u32>, wanted: &BTreeSet<u32>) -> Result<(), String> {
    if got == wanted {
        return Ok(());
    }
    let only = |a: &BTreeSet<u32>, b: &BTreeSet<u32>| named(abi, &a.difference(b).copied().collect());
    Err(format!("converted without need: {:?}; not converted: {:?}", only(got, wanted), only(wanted, got)))
}

/// The whole map to a kernel: exactly the slots of calls with rules differ.
fn on_kernel(tools: &Tools, kernel: Release) -> Result<(), String> {
    let abi = libsys_abi::linux_x86_64();
    let mut command = Command::new(support(tools, "table.c", Flavour::Reserved)?);
    command.env_clear().env("LIBSYS_KERNEL", kernel.to_string());
    let table = table(tools, command, &kernel.to_string())?;
    let wanted = carried(&abi, kernel)?.iter().map(|call| call.nr.0).collect();
    compare(&abi, &differing(&table, &native(tools, &abi)?), &wanted)
}

/// In a container, those that its profile refuses; this kernel may lack some more itself.
fn in_container(tools: &Tools, engine: Engine) -> Result<(), String> {
    let abi = libsys_abi::linux_x86_64();
    let profile = Profile::of(engine, &abi)?;
    let filter = tools.places.out.join(format!("table-{}.filter", engine.name()));
    std::fs::write(&filter, profile.filter()).map_err(|e| format!("{}: {e}", filter.display()))?;
    let mut command = Command::new(support(tools, "below.c", Flavour::Text)?);
    command.arg(&filter).arg(support(tools, "table.c", Flavour::Reserved)?);
    command.env_clear().env("LIBSYS_PROBE", "1");
    let table = table(tools, command, &engine.name())?;
    let differ = differing(&table, &native(tools, &abi)?);
    let kernel = libsys_trials::machine::kernel().ok_or("this kernel does not say its release")?;
    let is_here = |call: &Call| call.since.is_none_or(|since| PackedRelease(since.packed()) <= kernel);
    let unneeded: BTreeSet<u32> = abi
        .calls
        .iter()
        .filter(|call| is_here(call) && call.until.is_none() && profile.answer(call.nr.0).is_none())
        .map(|call| call.nr.0)
        .filter(|nr| differ.contains(nr))
        .collect();
    let unneeded: Vec<String> =
        named(&abi, &unneeded).into_iter().filter(|name| !OPTIONAL.contains(&name.as_str())).collect();
    if !unneeded.is_empty() {
        return Err(format!("converted without need: {unneeded:?}"));
    }
    // The oldest kernel that maps lead to lacks all that is newer than what containers have always let through.
    let refused: Vec<String> = carried(&abi, KERNELS[0])?
        .into_iter()
        .filter(|call| profile.answer(call.nr.0).is_some() && call.until.is_none())
        .filter(|call| ![&PRIVILEGED[..], &NOT_ASKED].concat().contains(&call.name.as_str()))
        .filter(|call| !differ.contains(&call.nr.0))
        .map(|call| call.name.clone())
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(format!("refused, but not converted: {refused:?}")) }
}
