//! libc.so's compact table holds exactly the calls that it makes before it is supplied, in one page at most.

use super::clean::COMPACT;
use super::{Tools, certain, read};
use crate::sysroot::{Flavour, OLDER, Sysroot};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind};
use libsys_image::{ENTER_OFFSET, RAW_ENTRY, SLOT_SIZE};
use libtest_mimic::Trial;
use object::SectionKind;
use object::read::{Object, ObjectSection};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const PAGE: usize = 4096;

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let reserved = [None, Some(OLDER)].map(|suite| Sysroot { flavour: Flavour::Reserved, suite });
    let each = reserved.into_iter().map(|sysroot| {
        let tools = Arc::clone(tools);
        certain(format!("compact::{}", sysroot.name()), move || check(&tools.places.lib(sysroot, "libc.so")))
    });
    each.collect()
}

fn check(path: &Path) -> Result<(), String> {
    let bytes = read(path)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| e.to_string())?;
    let section = file.section_by_name(COMPACT).ok_or("there is no compact table")?;
    let table = section.data().map_err(|e| e.to_string())?;
    if table.is_empty() || table.len() > PAGE || !table.len().is_multiple_of(SLOT_SIZE as usize) {
        return Err(format!("it has {} bytes", table.len()));
    }
    // What it offers: in each slot a raw entry that makes one call.
    let start = section.address();
    let mut entries = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for (index, slot) in table.chunks_exact(SLOT_SIZE as usize).enumerate() {
        let entry = start + index as u64 * u64::from(SLOT_SIZE) + u64::from(RAW_ENTRY);
        entries.insert(entry);
        let call = call_of(&slot[RAW_ENTRY as usize..]);
        if !call.is_some_and(|nr| numbers.insert(nr)) {
            return Err(format!("slot {index} of the compact table: {call:?}"));
        }
    }
    // What is called of it.
    let mut called = BTreeSet::new();
    for section in file.sections().filter(|s| s.kind() == SectionKind::Text && s.name() != Ok(COMPACT)) {
        let code = section.data().map_err(|e| e.to_string())?;
        let mut decoder = Decoder::with_ip(64, code, section.address(), DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        while decoder.can_decode() {
            decoder.decode_out(&mut instruction);
            let is_near = instruction.op0_kind() == OpKind::NearBranch64;
            let target = if is_near { instruction.near_branch_target() } else { continue };
            if (start..start + table.len() as u64).contains(&target) {
                called.insert(target);
            }
        }
    }
    if called == entries {
        return Ok(());
    }
    let slots = |places: &BTreeSet<u64>, others: &BTreeSet<u64>| {
        let only = places.difference(others).map(|at| ((at - start) / u64::from(SLOT_SIZE)).to_string());
        only.collect::<Vec<_>>().join(" ")
    };
    Err(format!(
        "slots that nothing calls: {}; calls of what is no entry, in slots: {}",
        slots(&entries, &called),
        slots(&called, &entries)
    ))
}

/// The number of the call that an entry makes; none when its caller says which, or it makes none.
fn call_of(code: &[u8]) -> Option<u64> {
    let mut nr = None;
    for instruction in Decoder::new(64, code, DecoderOptions::NONE) {
        match instruction.mnemonic() {
            Mnemonic::Mov if instruction.op1_kind() != OpKind::Register => {
                nr = Some(instruction.immediate(1))
            }
            Mnemonic::Syscall if instruction.ip() == u64::from(ENTER_OFFSET) => return nr,
            Mnemonic::Syscall | Mnemonic::INVALID => return None,
            _ => {}
        }
    }
    None
}
