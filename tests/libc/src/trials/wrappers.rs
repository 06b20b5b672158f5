//! No wrapper is left: no function of libc.a is nothing but a call of a slot with its own arguments. A member's own
//! functions, which are handed to others as pointers, have to be there.

use super::{Tools, certain};
use crate::archive::{self, Function};
use crate::sysroot::{Flavour, Sysroot};
use iced_x86::{Code, Decoder, DecoderOptions, Mnemonic, OpKind, Register};
use libtest_mimic::Trial;
use std::sync::Arc;

/// Functions that must extend an argument, since the kernel looks at the upper half of what is an int in C
/// (`musl/names` says so too).
const EXTENDING: [&str; 2] = ["remap_file_pages", "unshare"];

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Sysroot::PORTED
        .into_iter()
        .map(|sysroot| {
            let tools = Arc::clone(tools);
            certain(format!("wrappers::{}", sysroot.name()), move || none_left(&tools, sysroot))
        })
        .collect();
    let tools = Arc::clone(tools);
    trials.push(certain("wrappers::are-recognised".into(), move || {
        let stock = Sysroot { flavour: Flavour::Stock, suite: None };
        let functions = archive::functions(&tools.places.lib(stock, "libc.a"))?;
        // On stock musl the same functions end in a jump to the one that stores errno, or call nothing.
        if functions.iter().any(is_wrapper) { Err("stock musl calls slots".into()) } else { Ok(()) }
    }));
    trials
}

fn none_left(tools: &Tools, sysroot: Sysroot) -> Result<(), String> {
    let functions = archive::functions(&tools.places.lib(sysroot, "libc.a"))?;
    if functions.len() < 1000 {
        return Err(format!("only {} functions", functions.len()));
    }
    let mut found = Vec::new();
    let mut extending = Vec::new();
    for function in functions.iter().filter(|f| f.is_global && is_wrapper(f)) {
        let (_, name) = function.name.split_once(": ").unwrap_or_default();
        match EXTENDING.iter().find(|known| **known == name) {
            Some(name) => extending.push(*name),
            None => found.push(function.name.as_str()),
        }
    }
    extending.sort_unstable();
    if found.is_empty() && extending == EXTENDING {
        return Ok(());
    }
    Err(format!("wrappers are left: {}; known ones: {}", found.join(", "), extending.join(", ")))
}

/// Whether a symbol is that of a slot.
fn is_slot(symbol: &str) -> bool {
    let number = symbol.strip_prefix("__syscall_").unwrap_or_default();
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())) || symbol.starts_with("__sys_")
}

/// Whether a function does nothing but jump to a slot, or call it and return, with its own arguments: these may be
/// extended, the stack aligned, the result extended.
fn is_wrapper(function: &Function) -> bool {
    let mut calls = 0;
    for instruction in Decoder::new(64, &function.code, DecoderOptions::NONE) {
        let field = instruction.next_ip().wrapping_sub(4);
        let target = function.references.iter().find(|reference| reference.at == field);
        match instruction.mnemonic() {
            Mnemonic::Endbr64 | Mnemonic::Nop | Mnemonic::Cdqe => {}
            Mnemonic::Ret => return calls == 1,
            Mnemonic::Call if calls == 0 && target.is_some_and(|t| is_slot(&t.symbol)) => calls = 1,
            Mnemonic::Jmp => return calls == 0 && target.is_some_and(|t| is_slot(&t.symbol)),
            Mnemonic::Movsxd | Mnemonic::Mov if extends_itself(&instruction) => {}
            Mnemonic::Sub | Mnemonic::Add if instruction.op0_register() == Register::RSP => {}
            // A word pushed or popped to align the stack.
            Mnemonic::Push | Mnemonic::Pop if instruction.op0_register() != Register::None => {}
            _ if instruction.code() == Code::INVALID => return false,
            _ => return false,
        }
    }
    false
}

/// `movslq %edi,%rdi`, `mov %edi,%edi`, and the like.
fn extends_itself(instruction: &iced_x86::Instruction) -> bool {
    instruction.op1_kind() == OpKind::Register
        && instruction.op0_register().full_register() == instruction.op1_register().full_register()
        && instruction.op1_register().is_gpr32()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Reference;

    fn function(code: &[u8], at: u64, symbol: &str) -> Function {
        let references = vec![Reference { at, symbol: symbol.into(), offset: 0 }];
        Function { name: "a.o: f".into(), is_global: true, code: code.to_vec(), references }
    }

    #[test]
    fn wrappers_are_told_from_functions() {
        // movslq %edi,%rdi; jmp __syscall_3
        let jump = [0x48, 0x63, 0xff, 0xe9, 0, 0, 0, 0];
        assert!(is_wrapper(&function(&jump, 4, "__syscall_3")));
        assert!(!is_wrapper(&function(&jump, 4, "close")));
        // sub $8,%rsp; call __syscall_39+32; add $8,%rsp; ret
        let call = [0x48, 0x83, 0xec, 8, 0xe8, 0, 0, 0, 0, 0x48, 0x83, 0xc4, 8, 0xc3];
        assert!(is_wrapper(&function(&call, 5, "__syscall_39")));
        // xor %esi,%esi; jmp: an argument of its own
        assert!(!is_wrapper(&function(&[0x31, 0xf6, 0xe9, 0, 0, 0, 0], 3, "__syscall_3")));
        // mov %rsi,%rdi; jmp: other arguments
        assert!(!is_wrapper(&function(&[0x48, 0x89, 0xf7, 0xe9, 0, 0, 0, 0], 4, "__syscall_3")));
    }
}
