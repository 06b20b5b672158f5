//! Programs enter the kernel in their section and nowhere else: their own text is disassembled and holds no
//! instruction that does.

use super::Tools;
use crate::directive::Program;
use crate::variant::{Link, Shape, Start};
use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic};
use libsys_trials::elf::{Code, Elf};
use std::ops::Range;
use std::path::Path;

/// Checks one build. Of a static program on glibc only the program's own object is looked at: glibc's
/// members have instructions of their own.
///
/// # Errors
///
/// Where the instructions are.
pub fn check(tools: &Tools, program: &Program, link: Link) -> Result<(), String> {
    let directives = &program.directives;
    let has_libc_inside =
        directives.start == Start::Glibc && matches!(link.shape, Shape::Static | Shape::StaticPie);
    let file = if has_libc_inside {
        tools.object(&program.source, directives, link.shape)?
    } else {
        tools.program(&program.source, directives, link)?
    };
    check_file(&file)
}

/// Checks a file: all of its code outside its section.
///
/// # Errors
///
/// Where the instructions are, or that there is no code.
pub fn check_file(file: &Path) -> Result<(), String> {
    let elf = Elf::read(file)?;
    let code = elf.code()?;
    if code.iter().all(|c| c.bytes.is_empty()) {
        return Err(format!("{}: no code was found", file.display()));
    }
    let mut found: Vec<String> = Vec::new();
    for code in &code {
        found.extend(entering(code, &elf.section()).iter().map(|at| format!("{at:#x}")));
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("{}: enters the kernel outside of .libsys: at {}", file.display(), found.join(", ")))
}

/// Addresses of the instructions that enter the kernel, outside `section`.
#[must_use]
pub fn entering(code: &Code<'_>, section: &Range<u64>) -> Vec<u64> {
    let mut decoder = Decoder::with_ip(64, code.bytes, code.address, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    let mut found = Vec::new();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        let enters = match instruction.mnemonic() {
            Mnemonic::Syscall | Mnemonic::Sysenter => true,
            Mnemonic::Int => instruction.immediate8() == 0x80,
            _ => false,
        };
        if enters && !section.contains(&instruction.ip()) {
            found.push(instruction.ip());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_in_is_found() {
        // nop; syscall; int 0x80; int3; sysenter; ret
        let bytes = [0x90, 0x0f, 0x05, 0xcd, 0x80, 0xcc, 0x0f, 0x34, 0xc3];
        let code = Code { address: 0x1000, bytes: &bytes };
        assert_eq!(entering(&code, &(0..0)), [0x1001, 0x1003, 0x1006]);
        assert_eq!(entering(&code, &(0x1000..0x1003)), [0x1003, 0x1006]);
    }
}
