//! The supplier and the layer as they were linked, by disassembly: what `ld-libsys` calls is its compact table and all
//! of it, nothing in it could panic or be written, and neither enters the kernel anywhere else.

use super::clean::entering;
use super::{Tools, certain};
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction};
use libsys_image::{RAW_ENTRY, SECTION_ALIGN, SLOT_SIZE};
use libsys_trials::elf::Code;
use libtest_mimic::Trial;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, SegmentFlags, elf};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let (loader, layer) = (Arc::clone(tools), Arc::clone(tools));
    vec![
        certain("loader::calls-its-table-and-all-of-it".into(), move || table(&loader.places.loader())),
        certain("loader::the-layer-never-enters-the-kernel".into(), move || {
            never_enters(&layer.places.sdk.join("lib/libsys/layer-x86_64"))
        }),
    ]
}

fn table(path: &Path) -> Result<(), String> {
    let bytes = read(path)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| format!("{}: {e}", path.display()))?;
    // What starts do not run lies apart.
    let text = [code(&file, ".text")?, code(&file, ".text.unlikely")?];
    let compact = code(&file, ".libsys")?;
    let end = compact.address + compact.bytes.len() as u64;
    if compact.bytes.len() > SECTION_ALIGN as usize {
        return Err(format!("the compact table has {} bytes, more than a page", compact.bytes.len()));
    }
    let outside: Vec<_> = text.iter().flat_map(|text| entering(text, &(0..0))).collect();
    if !outside.is_empty() {
        return Err(format!("enters the kernel outside of its table: at {outside:#x?}"));
    }
    let mut called = BTreeSet::new();
    for target in text.iter().flat_map(targets).filter(|target| (compact.address..end).contains(target)) {
        let offset = target - compact.address;
        if offset % u64::from(SLOT_SIZE) != u64::from(RAW_ENTRY) {
            return Err(format!("calls its table at +{offset}, which is no raw entry"));
        }
        called.insert(offset / u64::from(SLOT_SIZE));
    }
    let all: BTreeSet<u64> = (0..compact.bytes.len() as u64 / u64::from(SLOT_SIZE)).collect();
    if called != all {
        return Err(format!("calls slots {called:?} of the compact table, which has {all:?}"));
    }
    let named = |part: &str| {
        file.symbols().filter_map(|s| s.name().ok()).find(|n| n.contains(part)).map(str::to_owned)
    };
    if let Some(symbol) = named("panicking") {
        return Err(format!("could panic: {symbol}"));
    }
    let is_writable =
        |flags| matches!(flags, SegmentFlags::Elf { p_flags, .. } if p_flags.contains(elf::PF_W));
    if file.segments().any(|segment| is_writable(segment.flags())) {
        return Err("has a writable segment".into());
    }
    Ok(())
}

fn never_enters(path: &Path) -> Result<(), String> {
    let bytes = read(path)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| format!("{}: {e}", path.display()))?;
    let found = entering(&code(&file, ".text")?, &(0..0));
    if found.is_empty() { Ok(()) } else { Err(format!("enters the kernel at {found:#x?}")) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

fn code<'a>(file: &object::File<'a>, name: &str) -> Result<Code<'a>, String> {
    let section = file.section_by_name(name).ok_or_else(|| format!("no section {name}"))?;
    let bytes = section.data().map_err(|e| format!("section {name}: {e}"))?;
    if bytes.is_empty() {
        return Err(format!("section {name} is empty"));
    }
    Ok(Code { address: section.address(), bytes })
}

/// Where direct calls and jumps lead.
fn targets(code: &Code<'_>) -> Vec<u64> {
    let mut decoder = Decoder::with_ip(64, code.bytes, code.address, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let mut targets = Vec::new();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        if matches!(instruction.flow_control(), FlowControl::Call | FlowControl::UnconditionalBranch) {
            targets.push(instruction.near_branch_target());
        }
    }
    targets
}
