//! What a file's code does about the kernel: instructions that enter it, and branches to slots.
//!
//! A linear sweep: one instruction after the other, beginning at each section of code. Data between
//! functions can be taken for code, so that what is found is to be looked at; what is not found is not there.

use crate::elf::{Elf, FileKind};
use iced_x86::{Code, Decoder, DecoderOptions, Instruction, Mnemonic, OpKind};
use libsys_image::{RTLD_SECTION_NAME, SECTION_NAME, SLOT_SIZE, TABLE_SIZE};
use object::elf;
use std::collections::BTreeSet;

/// Instructions that are listed one by one; more are only counted.
const MAX_LISTED: usize = 4096;

/// Offsets in a slot that code can call or take the address of: both entries, and the place in the raw
/// entry that `rt_sigreturn` is jumped to at.
const ENTRIES: [u64; 3] = [0, 32, 39];

/// An instruction that enters the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enter {
    /// Its address as linked; in an object its offset in the section.
    pub address: u64,
    /// Which instruction it is.
    pub instruction: &'static str,
    /// The function that it lies in, if the file has symbols.
    pub function: Option<String>,
}

/// What the sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Instructions outside the section that enter the kernel, the first few thousand of them.
    pub enters: Vec<Enter>,
    /// How many there are.
    pub enter_count: u64,
    /// How many of them lie in a run-time linker's own compact table.
    pub own_count: u64,
    /// Slots that code or data refers to; empty when the file has no section with addresses.
    pub(crate) slots: BTreeSet<u32>,
}

/// Sweeps all code outside the section `skip`; none when this machine's code cannot be read.
pub(crate) fn sweep(elf: &Elf<'_>, skip: Option<(u64, u64)>) -> Option<Outside> {
    let bits = match (elf.machine, elf.is_64) {
        (m, _) if m == elf::EM_X86_64.0 => 64,
        (m, false) if m == elf::EM_386.0 => 32,
        _ => return None,
    };
    let own = elf.sections.iter().find(|s| s.is_code() && s.name == RTLD_SECTION_NAME.as_bytes());
    let own = own.map(|s| (s.address, s.address.saturating_add(s.size)));
    let mut sweep = Sweep { elf, bits, table: skip.map(|s| s.0), own, code: Outside::default() };
    let mut done = 0;
    for (address, offset, size) in ranges(elf) {
        // Headers may say the same bytes many times over; each byte is read once.
        let again = size.min(u64::saturating_sub(done, offset));
        done = done.max(offset.saturating_add(size));
        let (address, offset, size) = (address.wrapping_add(again), offset + again, size - again);
        for (start, end) in without(address, size, skip) {
            let from = offset + (start - address);
            sweep.run(start, elf.file_range(from, end - start).unwrap_or(&[]));
        }
    }
    Some(sweep.code)
}

/// Address, file offset and size of everything that is code, by file offset, and all inside the file.
fn ranges(elf: &Elf<'_>) -> Vec<(u64, u64, u64)> {
    let sections = elf
        .sections
        .iter()
        .filter(|s| s.is_code() && s.has_bytes())
        .filter(|s| elf.kind != FileKind::Relocatable || s.name != SECTION_NAME.as_bytes());
    let mut ranges: Vec<_> = sections.map(|s| (s.address, s.offset, s.size)).collect();
    if elf.sections.is_empty() {
        let segments = elf.segments.iter().filter(|s| s.is_load() && s.is_executable());
        ranges = segments.map(|s| (s.address, s.offset, s.file_size)).collect();
    }
    let length = elf.bytes.len() as u64;
    for range in &mut ranges {
        range.1 = range.1.min(length);
        range.2 = range.2.min(length - range.1).min(u64::MAX - range.0);
    }
    ranges.sort_by_key(|r| r.1);
    ranges
}

/// What is left of a range of addresses when another is cut out of it.
fn without(start: u64, size: u64, skip: Option<(u64, u64)>) -> [(u64, u64); 2] {
    let end = start.saturating_add(size);
    match skip {
        Some((from, to)) if from < end && start < to => {
            [(start, from.clamp(start, end)), (to.clamp(start, end), end)]
        }
        _ => [(start, end), (end, end)],
    }
}

struct Sweep<'a> {
    elf: &'a Elf<'a>,
    bits: u32,
    table: Option<u64>,
    /// Addresses of a run-time linker's own table.
    own: Option<(u64, u64)>,
    code: Outside,
}

impl Sweep<'_> {
    fn run(&mut self, address: u64, bytes: &[u8]) {
        let mut decoder = Decoder::with_ip(self.bits, bytes, address, DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        while decoder.can_decode() {
            let start = decoder.position();
            decoder.decode_out(&mut instruction);
            if instruction.is_invalid() {
                // Begin again at the next byte, so that one byte of data hides nothing behind it.
                let next = start + 1;
                if decoder.set_position(next).is_err() {
                    break;
                }
                decoder.set_ip(address.wrapping_add(next as u64));
                continue;
            }
            self.look(&instruction);
        }
    }

    fn look(&mut self, instruction: &Instruction) {
        let name = match instruction.mnemonic() {
            Mnemonic::Syscall => "syscall",
            Mnemonic::Sysenter => "sysenter",
            Mnemonic::Int if instruction.code() == Code::Int_imm8 && instruction.immediate8() == 0x80 => {
                "int 0x80"
            }
            _ => return self.refer(instruction),
        };
        self.code.enter_count += 1;
        let is_own = |(from, to): (u64, u64)| (from..to).contains(&instruction.ip());
        self.code.own_count += u64::from(self.own.is_some_and(is_own));
        if self.code.enters.len() < MAX_LISTED {
            let address = instruction.ip();
            let named = self.elf.kind != FileKind::Relocatable;
            let function = self.elf.symbol_at(address).filter(|_| named).map(str::to_owned);
            self.code.enters.push(Enter { address, instruction: name, function });
        }
    }

    /// Notes the slot that an instruction branches to or takes the address of.
    fn refer(&mut self, instruction: &Instruction) {
        let Some(table) = self.table else { return };
        for operand in 0..instruction.op_count() {
            let target = match instruction.op_kind(operand) {
                OpKind::NearBranch64 | OpKind::NearBranch32 => instruction.near_branch_target(),
                OpKind::Memory if instruction.is_ip_rel_memory_operand() => {
                    instruction.ip_rel_memory_address()
                }
                // Programs at fixed addresses load them as numbers.
                OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64
                    if self.elf.kind == FileKind::Executable =>
                {
                    instruction.immediate(operand)
                }
                _ => continue,
            };
            self.code.slots.extend(slot(table, target));
        }
    }
}

/// The slot that has an entry at an address.
pub(crate) fn slot(table: u64, address: u64) -> Option<u32> {
    let offset = address.checked_sub(table).filter(|offset| *offset < u64::from(TABLE_SIZE))?;
    let nr = offset / u64::from(SLOT_SIZE);
    ENTRIES.contains(&(offset % u64::from(SLOT_SIZE))).then_some(nr as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_a_range_out_leaves_both_sides() {
        assert_eq!(without(10, 10, None), [(10, 20), (20, 20)]);
        assert_eq!(without(10, 10, Some((12, 15))), [(10, 12), (15, 20)]);
        assert_eq!(without(10, 10, Some((0, 15))), [(10, 10), (15, 20)]);
        assert_eq!(without(10, 10, Some((15, 99))), [(10, 15), (20, 20)]);
        assert_eq!(without(10, 10, Some((0, 99))), [(10, 10), (20, 20)]);
        assert_eq!(without(10, 10, Some((20, 30))), [(10, 20), (20, 20)]);
    }

    #[test]
    fn slots_have_three_places_to_enter_at() {
        assert_eq!(slot(0x1000, 0x1000), Some(0));
        assert_eq!(slot(0x1000, 0x1000 + 64 * 15 + 39), Some(15));
        assert_eq!(slot(0x1000, 0x1020), Some(0));
        assert_eq!(slot(0x1000, 0x1001), None);
        assert_eq!(slot(0x1000, 0xfff), None);
        assert_eq!(slot(0x1000, 0x1000 + u64::from(TABLE_SIZE)), None);
    }
}
