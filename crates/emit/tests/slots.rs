//! Every instruction of every kind of slot, decoded by an independent disassembler and walked from both
//! entries: the stack is where the unwind rules say, the kernel is entered where the contract says.

use iced_x86::{Code, Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, Register};
use libsys_emit::arch::x86_64::{self, ERRNO_REFERENCES, TAIL_POPPED, TAIL_PUSHED};
use libsys_emit::arch::{Options, ReturnSequence, SlotKind};
use libsys_image::data::{ERRNO_DESC_FUNCTION, ERRNO_DESC_OFFSET};
use libsys_image::{
    DATA_OFFSET, ENTER_OFFSET, RAW_ENTRY, SERVICE_BASE, SLOT_SIZE, SLOTS, Service, TABLE_SIZE, TAIL_BASE,
    VdsoCall,
};
use std::collections::HashMap;

/// Words pushed since the entry; -1 when the return address was popped.
type Depth = i32;

fn table() -> Vec<SlotKind> {
    let mut slots = vec![SlotKind::Hole; SLOTS as usize];
    slots[0] = SlotKind::Ordinary;
    slots[15] = SlotKind::Frame;
    slots[56] = SlotKind::Twice;
    slots[57] = SlotKind::Twice;
    slots[60] = SlotKind::Ordinary;
    slots[183] = SlotKind::Simulated(38);
    for (i, call) in VdsoCall::ALL.into_iter().enumerate() {
        slots[200 + i] = SlotKind::Vdso(call);
    }
    slots[471] = SlotKind::Ordinary;
    slots[63] = SlotKind::Amended(0x1270);
    slots[332] = SlotKind::Converted(0x1230);
    slots[333] = SlotKind::Structural(0x8008);
    slots[435] = SlotKind::ConvertedTwice(0x1240, 0x1260);
    for service in Service::ALL {
        slots[service.nr() as usize] = SlotKind::Service(service);
    }
    for slot in &mut slots[TAIL_BASE as usize..] {
        *slot = SlotKind::Tail;
    }
    slots
}

fn variants() -> Vec<Options> {
    [ReturnSequence::Ret, ReturnSequence::PopJump]
        .into_iter()
        .flat_map(|return_sequence| [true, false].map(|supplied| Options { return_sequence, supplied }))
        .collect()
}

/// What the published unwind rules say of the instruction at `offset`.
fn published(slots: &[SlotKind], offset: u32) -> Depth {
    let (slot, entry) = (offset % SLOT_SIZE, offset % 32);
    match slots[(offset / SLOT_SIZE) as usize] {
        SlotKind::Tail => {
            let popped = TAIL_POPPED.iter().any(|range| range.contains(&offset));
            Depth::from(TAIL_PUSHED.contains(&offset)) - Depth::from(popped)
        }
        SlotKind::Twice | SlotKind::ConvertedTwice(..) => {
            let in_r9 = (6..32).contains(&slot) || (38..53).contains(&slot);
            -Depth::from(in_r9)
        }
        _ => Depth::from(entry == 21) + Depth::from(entry == 27) - Depth::from(entry >= 30),
    }
}

/// Walks all paths from `entry`; the depth before each instruction reached.
fn walk(code: &[u8], entry: u32) -> HashMap<u32, (Depth, Instruction)> {
    let mut seen: HashMap<u32, (Depth, Instruction)> = HashMap::new();
    let mut todo = vec![(entry, 0)];
    while let Some((at, depth)) = todo.pop() {
        assert!(at < DATA_OFFSET, "ran out of the table to {at:#x}");
        let mut decoder = Decoder::with_ip(64, &code[at as usize..], u64::from(at), DecoderOptions::NONE);
        let instruction = decoder.decode();
        if let Some((before, _)) = seen.insert(at, (depth, instruction)) {
            assert_eq!(before, depth, "two depths at {at:#x}");
            continue;
        }
        let after = depth
            + match instruction.mnemonic() {
                Mnemonic::Push => 1,
                Mnemonic::Pop => -1,
                _ => {
                    let writes_rsp = instruction.op0_register() == Register::RSP;
                    assert!(!writes_rsp, "{instruction} at {at:#x} moves the stack");
                    0
                }
            };
        let next = instruction.next_ip() as u32;
        let target = || instruction.near_branch_target() as u32;
        match instruction.flow_control() {
            FlowControl::Next | FlowControl::Call | FlowControl::IndirectCall => todo.push((next, after)),
            FlowControl::UnconditionalBranch => todo.push((target(), after)),
            FlowControl::ConditionalBranch => todo.extend([(next, after), (target(), after)]),
            FlowControl::Return => assert_eq!(depth, 0, "ret at {at:#x}"),
            FlowControl::IndirectBranch => assert!(depth <= 0, "{instruction} at {at:#x}"),
            FlowControl::Exception if instruction.mnemonic() == Mnemonic::Ud2 => {}
            other => panic!("{instruction} at {at:#x}: {other:?}"),
        }
    }
    seen
}

#[test]
fn the_stack_is_where_the_unwind_rules_say() {
    let slots = table();
    for options in variants() {
        let code = x86_64::assemble(&slots, options);
        let mut checked = 0;
        for nr in 0..TAIL_BASE {
            if slots[nr as usize] == SlotKind::Frame {
                continue; // jumped to; has no frame of its own and no rules
            }
            for entry in [0, RAW_ENTRY] {
                for (at, (depth, instruction)) in walk(&code, nr * SLOT_SIZE + entry) {
                    assert_eq!(depth, published(&slots, at), "{options:?}: {instruction} at {at:#x}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 10_000, "{checked}");
    }
}

#[test]
fn the_kernel_is_entered_at_the_published_offset_and_nowhere_else() {
    let slots = table();
    for options in variants() {
        let code = x86_64::assemble(&slots, options);
        for (nr, kind) in (0u32..).zip(&slots).take(SERVICE_BASE as usize) {
            for entry in [0, RAW_ENTRY] {
                let start = nr * SLOT_SIZE + entry;
                // The vDSO's fallback, and the kernel's call after a conversion, are entered seven bytes before.
                let from = match kind {
                    SlotKind::Vdso(_) | SlotKind::Structural(..) if entry == RAW_ENTRY => {
                        start + ENTER_OFFSET - 7
                    }
                    _ => start,
                };
                let enters = match kind {
                    SlotKind::Hole | SlotKind::Simulated(_) => false,
                    SlotKind::Converted(_) | SlotKind::ConvertedTwice(..) => false,
                    SlotKind::Structural(..) => entry == RAW_ENTRY,
                    SlotKind::Vdso(_) if options.supplied => entry == RAW_ENTRY,
                    // Its C entry calls the raw one.
                    SlotKind::Amended(_) => entry == RAW_ENTRY,
                    _ => true,
                };
                let bytes = &code[start as usize + ENTER_OFFSET as usize..][..2];
                assert_eq!(bytes == [0x0f, 0x05], enters, "slot {nr}, entry {entry}, {kind:?}");
                if enters && *kind != SlotKind::Frame {
                    let walked = walk(&code, from);
                    let syscalls: Vec<u32> = walked
                        .iter()
                        .filter(|(_, (_, i))| i.code() == Code::Syscall)
                        .map(|(at, _)| *at)
                        .collect();
                    assert_eq!(syscalls, [start + ENTER_OFFSET], "slot {nr}");
                }
            }
        }
    }
}

#[test]
fn entries_preserve_what_the_psabi_says() {
    let slots = table();
    let kept = [
        Register::RBX,
        Register::RBP,
        Register::R12,
        Register::R13,
        Register::R14,
        Register::R15,
        Register::RSP,
    ];
    for options in variants() {
        let code = x86_64::assemble(&slots, options);
        for nr in 0..TAIL_BASE {
            for entry in [0, RAW_ENTRY] {
                if slots[nr as usize] == SlotKind::Frame {
                    continue;
                }
                for (at, (_, instruction)) in walk(&code, nr * SLOT_SIZE + entry) {
                    let written = instruction.op0_register().full_register();
                    let reads_only =
                        matches!(instruction.mnemonic(), Mnemonic::Push | Mnemonic::Cmp | Mnemonic::Test);
                    assert!(reads_only || !kept.contains(&written), "{instruction} at {at:#x}");
                }
            }
        }
    }
}

#[test]
fn signal_frames_return_to_the_sequence_that_unwinders_know() {
    let code = x86_64::assemble(&table(), Options::IMAGE);
    let raw = (15 * SLOT_SIZE + x86_64::raw_symbol_offset(SlotKind::Frame)) as usize;
    assert_eq!(&code[raw..raw + 9], [0x48, 0xc7, 0xc0, 15, 0, 0, 0, 0x0f, 0x05]);
}

#[test]
fn tables_are_the_same_bytes_each_time() {
    for options in variants() {
        let code = x86_64::assemble(&table(), options);
        assert_eq!(code.len(), TABLE_SIZE as usize);
        assert_eq!(code, x86_64::assemble(&table(), options));
    }
}

#[test]
fn unsupplied_code_refers_to_the_descriptor_where_it_is_relocated() {
    let code = x86_64::assemble(&table(), Options::TEXT);
    let start = (TAIL_BASE * SLOT_SIZE) as usize;
    let mut decoder = Decoder::with_ip(64, &code[start..start + 64], start as u64, DecoderOptions::NONE);
    let mut fields = Vec::new();
    while fields.len() < ERRNO_REFERENCES.len() {
        let at = decoder.ip();
        let instruction = decoder.decode();
        let field = decoder.get_constant_offsets(&instruction);
        if instruction.is_ip_rel_memory_operand() {
            let offset = at + field.displacement_offset() as u64;
            // What is left of the instruction behind the field is what the processor adds.
            fields.push((offset as u32, -((instruction.next_ip() - offset) as i64)));
        }
    }
    let expected = [ERRNO_DESC_OFFSET, 0, ERRNO_DESC_FUNCTION];
    for ((reference, found), inside) in ERRNO_REFERENCES.iter().zip(fields).zip(expected) {
        assert_eq!(*reference, (found.0, found.1 + i64::from(inside)));
    }
}

#[test]
fn compact_tables_have_the_raw_entries_of_their_calls() {
    let code = x86_64::assemble_compact(&[Some((9, SlotKind::Ordinary)), Some((56, SlotKind::Twice)), None]);
    assert_eq!(code.len(), 3 * SLOT_SIZE as usize);
    // One that is no call's makes that whose number the caller put into rax.
    let by_number = walk(&code, 2 * SLOT_SIZE + RAW_ENTRY);
    assert_eq!(by_number[&(2 * SLOT_SIZE + RAW_ENTRY + ENTER_OFFSET)].1.code(), Code::Syscall);
    assert!(by_number.values().all(|(_, i)| i.op0_register().full_register() != Register::RAX));
    for (slot, nr) in [(0, 9), (1, 56)] {
        let walked = walk(&code, slot * SLOT_SIZE + RAW_ENTRY);
        let number =
            walked.values().find(|(_, i)| i.op0_register().full_register() == Register::RAX).unwrap().1;
        assert_eq!(number.immediate(1), nr);
        assert!(code[(slot * SLOT_SIZE) as usize..][..RAW_ENTRY as usize].iter().all(|b| *b == 0xcc));
    }
}
