//! The entry table as assembly, for reading: every slot at `.org N*64` with its symbols, and its code
//! as bytes with their meaning beside them. What GNU as makes of it is the table, byte for byte.
//!
//! Of a 2005 file the table is what `genhooks` printed: a section without bits, `__syscall_N` and
//! `__syscall_NAME` at each number.

use crate::arch::{self, Options, SlotKind, x86_64};
use iced_x86::{Decoder, DecoderOptions, Formatter, GasFormatter, Instruction};
use libsys_image::{RAW_ENTRY, SECTION_NAME, SLOT_SIZE};
use libsys_model::{Abi, Call};
use std::collections::HashSet;
use std::fmt::Write;

/// The listing.
#[must_use]
pub fn emit(abi: &Abi) -> String {
    if abi.is_base { reserved(abi) } else { code(abi) }
}

fn head(abi: &Abi, out: &mut String) {
    let _ = writeln!(out, "# {} {}: entry table, {SLOT_SIZE} bytes a slot.", abi.name, abi.release);
}

/// The layout of the 2005 prototype (`lib/libsys/genhooks/output_i386.c`, `output_user`).
fn reserved(abi: &Abi) -> String {
    let mut out = String::new();
    head(abi, &mut out);
    let _ = writeln!(out, "\t.section\tDragonFly_{},\"ax\",@nobits\n\t.p2align\t12,0", abi.name);
    let slots = abi.calls.last().map_or(0, |c| c.nr.0 + 1);
    let mut calls = abi.calls.iter().peekable();
    let mut seen = HashSet::new();
    for nr in 0..slots {
        let _ = writeln!(out, "\t.org\t{nr}*{SLOT_SIZE}");
        label(&mut out, &format!("__syscall_{nr}"));
        while let Some(call) = calls.next_if(|c| c.nr.0 == nr) {
            if seen.insert(call.name.as_str()) {
                label(&mut out, &format!("__syscall_{}", call.name));
            } else {
                let _ = writeln!(
                    out,
                    "# __syscall_{} is declared twice; the first number keeps the name",
                    call.name
                );
            }
        }
    }
    let _ = writeln!(out, "\t.org\t{slots}*{SLOT_SIZE}\n\t.p2align\t12,0");
    out
}

fn code(abi: &Abi) -> String {
    let slots = arch::slots(abi);
    let code = x86_64::assemble(&slots, Options::IMAGE);
    let mut out = String::with_capacity(600 * slots.len());
    head(abi, &mut out);
    let _ = writeln!(out, "\t.section\t{SECTION_NAME},\"ax\",@progbits\n\t.p2align\t12,0");
    let mut calls = abi.calls.iter().chain(&abi.services).peekable();
    let mut instructions = Listing::new(&code);
    for (nr, kind) in (0u32..).zip(&slots) {
        let at = nr * SLOT_SIZE;
        let _ = writeln!(out, "\n\t.org\t{nr}*{SLOT_SIZE}");
        label(&mut out, &format!("__syscall_{nr}"));
        let call = calls.next_if(|c| c.nr.0 == nr);
        match (call, kind) {
            (Some(call), _) => slot(&mut out, &mut instructions, at, call, *kind),
            (None, SlotKind::Tail) => instructions.print(&mut out, at, at + SLOT_SIZE),
            (None, _) => {
                out.push_str("# no call has this number: ENOSYS\n");
                instructions.print(&mut out, at, at + SLOT_SIZE);
            }
        }
    }
    out
}

fn slot(out: &mut String, instructions: &mut Listing<'_>, at: u32, call: &Call, kind: SlotKind) {
    if !call.summary.is_empty() {
        let _ = writeln!(out, "# {}", call.summary);
    }
    label(out, &format!("__sys_{}", call.name));
    let raw = at + x86_64::raw_symbol_offset(kind);
    instructions.print(out, at, at + RAW_ENTRY);
    instructions.print(out, at + RAW_ENTRY, raw);
    label(out, &format!("__sys_raw_{}", call.name));
    instructions.print(out, raw, at + SLOT_SIZE);
}

fn label(out: &mut String, name: &str) {
    let _ = writeln!(out, "\t.globl\t{name}\n{name}:");
}

/// Prints ranges of a table's code, one line an instruction.
struct Listing<'a> {
    code: &'a [u8],
    formatter: GasFormatter,
}

impl<'a> Listing<'a> {
    fn new(code: &'a [u8]) -> Self {
        let mut formatter = GasFormatter::new();
        formatter.options_mut().set_rip_relative_addresses(true);
        Listing { code, formatter }
    }

    fn print(&mut self, out: &mut String, from: u32, to: u32) {
        let bytes = self.code.get(from as usize..to as usize).unwrap_or(&[]);
        let padding = bytes.iter().rev().take_while(|b| **b == INT3).count();
        let used = bytes.len() - padding;
        let mut decoder = Decoder::with_ip(64, &bytes[..used], u64::from(from), DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut text = String::new();
        while decoder.can_decode() {
            let start = decoder.position();
            decoder.decode_out(&mut instruction);
            text.clear();
            self.formatter.format(&instruction, &mut text);
            let mut hex = String::new();
            for byte in &bytes[start..decoder.position()] {
                let _ = write!(hex, "{}0x{byte:02x}", if hex.is_empty() { "" } else { "," });
            }
            let _ = writeln!(
                out,
                "\t.byte\t{hex:<40}# +{:<2} {text}",
                (from as usize + start) % SLOT_SIZE as usize
            );
        }
        if padding > 0 {
            let _ = writeln!(out, "\t.fill\t{padding},1,0xcc");
        }
    }
}

const INT3: u8 = 0xcc;
