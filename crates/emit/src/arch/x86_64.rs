//! Slots of x86_64.
//!
//! Three offsets mean the same in every entry (32 bytes, aligned), whatever code is supplied, so that
//! one unwind expression is right at each instruction:
//!
//! - **14**: the instruction that enters the kernel;
//! - **21 and 27**: an instruction here runs with one more word pushed: the call of a function, and
//!   the `pop` after it;
//! - **30 and 31**: an instruction here runs with the return address popped: `jmp *%rcx`.
//!
//! In the tail that the C entries share, bytes [`TAIL_PUSHED`] of the table run with one more word pushed,
//! [`TAIL_POPPED`] with the return address popped. Everywhere else the return address is on top of the
//! stack. Calls that return twice keep it in `%r9` and have unwind rows of their own.
//!
//! References: System V psABI x86-64 1.0, 3.2 and A.2 (registers at function and kernel entry);
//! `arch/x86/entry/entry_64.S` (what `syscall` clobbers: rcx and r11).

use super::{Options, ReturnSequence, SlotKind};
use crate::eh_frame::EhFrame;
use dynasmrt::{DynamicLabel, DynasmApi, DynasmLabelApi, VecAssembler, dynasm, x64::X64Relocation};
use libsys_image::data::{
    ERRNO, ERRNO_ADDRESS, ERRNO_DESC_FUNCTION, ERRNO_DESC_OFFSET, ERRNO_INT, ERRNO_OFFSET, LAYER, VDSO,
};
use libsys_image::{
    DATA_OFFSET, DATA_SIZE, ENTER_OFFSET, RAW_ENTRY, SERVICE_BASE, SLOT_SIZE, Service, TAIL_BASE, VdsoCall,
};
use std::ops::Range;

type Assembler = VecAssembler<X64Relocation>;

/// Offsets in the table of the bytes, in its shared tail, that run with the return address popped.
pub const TAIL_POPPED: [Range<u32>; 2] = [tail(26, 28), tail(51, 53)];
/// Offsets in the table of the bytes, in its shared tail, that run with one more word pushed.
pub const TAIL_PUSHED: Range<u32> = tail(41, 44);

/// Offsets in the table of the 32-bit fields by which unsupplied code refers to the errno descriptor, and
/// what a linker adds to its address for them (`R_X86_64_PC32`).
pub const ERRNO_REFERENCES: [(u32, i64); 3] = [
    (tail(5, 5).start, ERRNO_DESC_OFFSET as i64 - 4),
    // An immediate byte follows the field.
    (tail(11, 11).start, -5),
    (tail(33, 33).start, ERRNO_DESC_FUNCTION as i64 - 4),
];

const fn tail(start: u32, end: u32) -> Range<u32> {
    TAIL_BASE * SLOT_SIZE + start..TAIL_BASE * SLOT_SIZE + end
}

/// `endbr64`: entries are also reached through pointers.
const ENDBR64: u32 = 0xfa1e_0ff3;
/// Numbers that the service slots use.
const NR_MUNMAP: i32 = 11;
const NR_EXIT: i32 = 60;
/// The smallest result that is an error, as a signed 32-bit immediate, minus one.
const LAST_RESULT: i32 = -4096;

/// The code of a whole table, `TABLE_SIZE` bytes.
///
/// # Panics
///
/// When an entry does not fit its place: a bug of this file.
#[must_use]
pub fn assemble(slots: &[SlotKind], options: Options) -> Vec<u8> {
    let mut asm = Table::new(options);
    for (nr, kind) in slots.iter().enumerate().take(TAIL_BASE as usize) {
        let nr = i32::try_from(nr).expect("the table has fewer slots");
        asm.pad_to(nr as usize * SLOT_SIZE as usize);
        asm.slot(nr, *kind);
    }
    asm.pad_to((TAIL_BASE * SLOT_SIZE) as usize);
    asm.tail_fail();
    asm.pad_to(DATA_OFFSET as usize);
    asm.finish()
}

/// The code of a few calls as a compact table: slot `i` is that of `calls[i]`. One that is none makes the call whose number
/// is in `%rax`, with which suppliers ask kernels what they have.
///
/// Compact tables have raw entries only: the C entries' halves trap. Their users, the loader and the
/// run-time linker, run before errno exists.
///
/// # Panics
///
/// As [`assemble`].
#[must_use]
pub fn assemble_compact(calls: &[Option<(u32, SlotKind)>]) -> Vec<u8> {
    let mut asm = Table::new(Options::TEXT);
    for (i, call) in calls.iter().enumerate() {
        asm.pad_to(i * SLOT_SIZE as usize + RAW_ENTRY as usize);
        let number = |nr: u32| i32::try_from(nr).expect("numbers are small");
        match *call {
            None => asm.by_number_raw(),
            Some((nr, SlotKind::Frame)) => asm.frame_half(number(nr)),
            Some((nr, SlotKind::Twice)) => asm.twice_raw(number(nr)),
            Some((nr, _)) => asm.ordinary_raw(number(nr)),
        }
    }
    asm.pad_to(calls.len() * SLOT_SIZE as usize);
    asm.finish_compact()
}

/// Offset of the raw symbol in its slot: signal frames return to the very sequence that debuggers
/// and unwinders look for (`mov $15,%rax; syscall`, libgcc `md-unwind-support.h`, gdb `amd64-linux-tdep.c`).
#[must_use]
pub fn raw_symbol_offset(kind: SlotKind) -> u32 {
    match kind {
        SlotKind::Frame => RAW_ENTRY + FRAME_SEQUENCE,
        _ => RAW_ENTRY,
    }
}

const FRAME_SEQUENCE: u32 = libsys_image::ENTER_OFFSET - 7;

struct Table {
    ops: Assembler,
    options: Options,
    /// Start of the table.
    table: DynamicLabel,
    /// Start of the data page.
    data: DynamicLabel,
    /// The data page's word with the address of the layer.
    layer: DynamicLabel,
    /// The vDSO's words in the data page.
    vdso: [DynamicLabel; VdsoCall::ALL.len()],
    /// The data page's word that leads to the errno descriptor.
    errno: DynamicLabel,
    /// The data page's word with errno's offset.
    errno_offset: DynamicLabel,
    /// The data page's word with the address of errno's function.
    errno_address: DynamicLabel,
    /// Stores errno, returns -1; `%eax` holds -errno.
    fail: DynamicLabel,
    /// Carries out call `%rdi` of the entries at `%rax`.
    indirect: DynamicLabel,
    /// Returns errno's address.
    locate: DynamicLabel,
    /// Enters the layer at offset `%rcx`.
    amend: DynamicLabel,
    /// Carries out the program at `%eax` in the layer.
    structural: DynamicLabel,
}

impl Table {
    fn new(options: Options) -> Table {
        let mut ops = Assembler::new(0);
        let table = ops.new_dynamic_label();
        dynasm!(ops; .arch x64; =>table);
        Table {
            table,
            data: ops.new_dynamic_label(),
            layer: ops.new_dynamic_label(),
            vdso: std::array::from_fn(|_| ops.new_dynamic_label()),
            errno: ops.new_dynamic_label(),
            errno_offset: ops.new_dynamic_label(),
            errno_address: ops.new_dynamic_label(),
            fail: ops.new_dynamic_label(),
            indirect: ops.new_dynamic_label(),
            locate: ops.new_dynamic_label(),
            amend: ops.new_dynamic_label(),
            structural: ops.new_dynamic_label(),
            ops,
            options,
        }
    }

    /// Fills with `int3` up to an offset that must not have been passed.
    fn pad_to(&mut self, offset: usize) {
        let here = self.ops.offset().0;
        assert!(here <= offset, "code of x86_64 slot runs over {offset:#x} to {here:#x}");
        for _ in here..offset {
            dynasm!(self.ops; .arch x64; int3);
        }
    }

    /// Pads with `int3` to an offset inside the current 32-byte entry.
    fn entry_offset(&mut self, offset: usize) {
        let here = self.ops.offset().0;
        let entry = here / 32 * 32;
        self.pad_to(entry + offset);
    }

    /// Pads to the raw entry of the current slot.
    fn raw_half(&mut self) {
        let slot = self.ops.offset().0 / 64 * 64;
        self.pad_to(slot + RAW_ENTRY as usize);
    }

    /// Fills with one-instruction `nop`s of up to nine bytes to an offset inside the current entry;
    /// the code before falls through.
    fn nop_to(&mut self, offset: usize) {
        let mut gap = self.ops.offset().0 / 32 * 32 + offset - self.ops.offset().0;
        while gap > 0 {
            let nop = &NOPS[gap.min(NOPS.len()) - 1];
            self.ops.extend(nop.iter());
            gap -= nop.len();
        }
    }

    fn slot(&mut self, nr: i32, kind: SlotKind) {
        match kind {
            SlotKind::Hole => self.failing(38),
            SlotKind::Simulated(errno) => self.failing(i32::from(errno)),
            SlotKind::Vdso(call) if self.options.supplied => self.vdso(nr, call),
            SlotKind::Ordinary | SlotKind::Vdso(_) => {
                self.ordinary_c(nr);
                self.raw_half();
                self.ordinary_raw(nr);
            }
            SlotKind::Twice => self.twice(nr),
            SlotKind::Converted(entry) => self.converted(entry),
            SlotKind::ConvertedTwice(raw, c) => self.converted_twice(raw, c),
            SlotKind::Amended(entry) => self.amended(nr, entry),
            SlotKind::Structural(program) => self.structural(nr, program),
            SlotKind::Frame => {
                self.frame_half(nr);
                self.raw_half();
                self.frame_half(nr);
            }
            SlotKind::Service(service) => {
                self.service(service, 0);
                self.raw_half();
                self.service(service, RAW_ENTRY as i32);
            }
            SlotKind::Tail => {}
        }
    }

    /// Goes back to the caller after having been in the kernel.
    fn return_from_kernel(&mut self) {
        match self.options.return_sequence {
            ReturnSequence::Ret => dynasm!(self.ops; .arch x64; ret),
            ReturnSequence::PopJump => {
                self.nop_to(29);
                dynasm!(self.ops; .arch x64; pop rcx; jmp rcx);
            }
        }
    }

    fn ordinary_c(&mut self, nr: i32) {
        let fail = self.fail;
        dynasm!(self.ops
            ; .arch x64
            ; .u32 ENDBR64
            ; mov r10, rcx
            ; mov rax, DWORD nr
            ; syscall
            ; cmp rax, DWORD LAST_RESULT
            ; ja =>fail
        );
        self.return_from_kernel();
    }

    fn ordinary_raw(&mut self, nr: i32) {
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; mov r10, rcx; mov rax, DWORD nr; syscall);
        self.return_from_kernel();
    }

    fn by_number_raw(&mut self) {
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; mov r10, rcx);
        self.nop_to(ENTER_OFFSET as usize);
        dynasm!(self.ops; .arch x64; syscall; ret);
    }

    fn failing(&mut self, errno: i32) {
        let fail = self.fail;
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; mov eax, -errno; jmp =>fail);
        self.raw_half();
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; mov rax, DWORD -errno; ret);
    }

    /// The return address waits in `%r9`, which the kernel preserves and no such call uses: a child
    /// may change the stack (vfork) or have another one (clone).
    fn twice(&mut self, nr: i32) {
        let (fail, failed) = (self.fail, self.ops.new_dynamic_label());
        dynasm!(self.ops
            ; .arch x64
            ; .u32 ENDBR64
            ; pop r9
            ; mov r10, rcx
            ; mov eax, nr
            ; syscall
            ; cmp rax, DWORD LAST_RESULT
            ; ja BYTE =>failed
            ; jmp r9
        );
        self.raw_half();
        self.twice_raw(nr);
        dynasm!(self.ops
            ; .arch x64
            ; =>failed
            ; push r9
            ; jmp =>fail
        );
    }

    fn twice_raw(&mut self, nr: i32) {
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; pop r9; mov r10, rcx; mov eax, nr; syscall; jmp r9);
    }

    /// Jumps to the layer with the table's address in `%r11`.
    fn converted(&mut self, entry: u32) {
        self.by_raw_c();
        self.find_layer(entry);
        self.enter_layer();
    }

    /// As [`Table::converted`], but the kernel has been entered; the way into the layer lies in the tail.
    fn amended(&mut self, nr: i32, entry: u32) {
        let amend = self.amend;
        self.by_raw_c();
        dynasm!(self.ops
            ; .arch x64
            ; mov r10, rcx
            ; mov rax, DWORD nr
            ; syscall
            ; mov rcx, DWORD entry as i32
            ; jmp =>amend
        );
    }

    /// A C entry that calls the raw one, so that it can look at the result, and the beginning of that; a prefix without
    /// effect makes the call as long as the published offsets want it.
    fn by_raw_c(&mut self) {
        const ADDRESS_SIZE: u8 = 0x67;
        let fail = self.fail;
        let [ask, check, raw] = std::array::from_fn(|_| self.ops.new_dynamic_label());
        dynasm!(self.ops
            ; .arch x64
            ; .u32 ENDBR64
            ; jmp BYTE =>ask
            ; =>check
            ; cmp rax, DWORD LAST_RESULT
            ; ja =>fail
            ; ret
        );
        self.entry_offset(20);
        dynasm!(self.ops
            ; .arch x64
            ; =>ask
            ; push rax
            ; .u8 ADDRESS_SIZE
            ; call =>raw
            ; pop rcx
            ; jmp BYTE =>check
        );
        self.raw_half();
        dynasm!(self.ops; .arch x64; =>raw; .u32 ENDBR64);
    }

    /// As [`Table::converted`], with the offset of a program in `%eax`. At +39, where slots of the vDSO have it too,
    /// the kernel's own call is made for the layer, which has put the fourth argument into `%r10`.
    fn structural(&mut self, nr: i32, program: u32) {
        let (structural, convert) = (self.structural, self.ops.new_dynamic_label());
        self.by_raw_c();
        dynasm!(self.ops; .arch x64; jmp BYTE =>convert);
        self.entry_offset(FRAME_SEQUENCE as usize);
        dynasm!(self.ops
            ; .arch x64
            ; mov rax, DWORD nr
            ; syscall
            ; ret
            ; =>convert
            ; mov eax, program as i32
            ; jmp =>structural
        );
    }

    /// Jumps to the layer's function that carries out programs: the first one. It is the same in every table, so that
    /// slots can be put into others.
    fn tail_structural(&mut self) {
        let (table, layer, structural) = (self.table, self.layer, self.structural);
        dynasm!(self.ops; .arch x64; =>structural; mov r10, [=>layer]; lea r11, [=>table]; jmp r10);
    }

    /// The layer ends in the slot of another call that returns twice, which leaves nothing on the stack of this
    /// one. The rules of such slots hold: from +6 to +31 and from +38 to +52 the return address is in `%r9`. The
    /// layer finds it there behind the C entry, and on the stack behind the raw one.
    fn converted_twice(&mut self, raw: u32, c: u32) {
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; pop r9);
        self.find_layer(c);
        self.enter_layer();
        self.raw_half();
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; pop r9);
        self.find_layer(raw);
        self.nop_to(51 - RAW_ENTRY as usize);
        dynasm!(self.ops; .arch x64; push r9);
        self.enter_layer();
    }

    fn find_layer(&mut self, entry: u32) {
        let layer = self.layer;
        dynasm!(self.ops; .arch x64; mov eax, entry as i32; add rax, [=>layer]);
    }

    fn enter_layer(&mut self) {
        let table = self.table;
        dynasm!(self.ops; .arch x64; lea r11, [=>table]; jmp rax);
    }

    fn frame_half(&mut self, nr: i32) {
        self.nop_to(FRAME_SEQUENCE as usize);
        dynasm!(self.ops; .arch x64; mov rax, DWORD nr; syscall);
    }

    /// Asks the vDSO through the data page. The stack is aligned for it by the one `push`. Offset 39
    /// of the slot is what the supplier puts into the data page when the vDSO lacks the function.
    fn vdso(&mut self, nr: i32, call: VdsoCall) {
        let (fail, word) = (self.fail, self.vdso[call as usize]);
        // The first three return a C int, whose upper half is anything; the others a long.
        let is_int = matches!(call, VdsoCall::ClockGettime | VdsoCall::ClockGetres | VdsoCall::Gettimeofday);
        let ask = self.ops.new_dynamic_label();
        let check = self.ops.new_dynamic_label();
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; jmp BYTE =>ask; =>check);
        if is_int {
            dynasm!(self.ops; .arch x64; cmp eax, LAST_RESULT);
        } else {
            dynasm!(self.ops; .arch x64; cmp rax, DWORD LAST_RESULT);
        }
        dynasm!(self.ops; .arch x64; ja =>fail; ret);
        self.entry_offset(20);
        dynasm!(self.ops
            ; .arch x64
            ; =>ask
            ; push rax
            ; call QWORD [=>word]
            ; pop rcx
            ; jmp BYTE =>check
        );
        self.raw_half();
        let ask = self.ops.new_dynamic_label();
        let extend = self.ops.new_dynamic_label();
        dynasm!(self.ops; .arch x64; .u32 ENDBR64; jmp BYTE =>ask);
        self.entry_offset(FRAME_SEQUENCE as usize);
        dynasm!(self.ops; .arch x64; mov rax, DWORD nr; syscall; ret; =>extend);
        if is_int {
            dynasm!(self.ops; .arch x64; cdqe);
        }
        dynasm!(self.ops; .arch x64; ret);
        self.entry_offset(20);
        dynasm!(self.ops
            ; .arch x64
            ; =>ask
            ; push rax
            ; call QWORD [=>word]
            ; pop rcx
            ; jmp BYTE =>extend
        );
    }

    fn service(&mut self, service: Service, entry: i32) {
        let (table, data, indirect, locate) = (self.table, self.data, self.indirect, self.locate);
        dynasm!(self.ops; .arch x64; .u32 ENDBR64);
        match service {
            Service::Info => dynasm!(self.ops; .arch x64; lea rax, [=>data]; ret),
            Service::Syscall => {
                dynasm!(self.ops; .arch x64; lea rax, [=>table]; add rax, BYTE entry as i8; jmp =>indirect);
            }
            Service::UnmapExit => dynasm!(self.ops
                ; .arch x64
                ; nop
                ; nop
                ; nop
                ; mov rax, DWORD NR_MUNMAP
                ; syscall
                ; xor edi, edi
                ; mov eax, NR_EXIT
                ; syscall
                ; ud2
            ),
            Service::Errno => dynasm!(self.ops; .arch x64; jmp =>locate),
            Service::Result if entry == 0 => {
                let fail = self.fail;
                dynasm!(self.ops; .arch x64; mov rax, rdi; cmp rax, DWORD LAST_RESULT; ja =>fail; ret);
            }
            Service::Result => dynasm!(self.ops; .arch x64; mov rax, rdi; ret),
        }
    }

    /// Stores errno and returns -1. Supplied code does so by two words that the supplier took from the
    /// descriptor; other code reads the descriptor, which its linker found.
    fn tail_fail(&mut self) {
        let fail = self.fail;
        dynasm!(self.ops; .arch x64; =>fail);
        if self.options.supplied {
            self.tail_fail_supplied();
        } else {
            self.tail_fail_linked();
        }
        self.tail_locate();
        self.tail_indirect();
        self.tail_amend();
        self.tail_structural();
    }

    fn tail_fail_supplied(&mut self) {
        let (offset, address, data, errno) = (self.errno_offset, self.errno_address, self.data, self.errno);
        let [done, by_function, pointer] = std::array::from_fn(|_| self.ops.new_dynamic_label());
        dynasm!(self.ops
            ; .arch x64
            ; mov rdx, [=>offset]
            ; neg eax
            ; test rdx, rdx
            ; jz BYTE =>by_function
            ; fs mov [rdx], eax
        );
        self.nop_to(21);
        dynasm!(self.ops; .arch x64; =>done);
        self.tail_return(TAIL_POPPED[0].clone());
        dynasm!(self.ops
            ; .arch x64
            ; =>by_function
            ; mov rcx, [=>address]
            ; test rcx, rcx
            ; jz BYTE =>pointer
        );
        self.tail_call();
        // Of kind 2, or the program has no errno.
        dynasm!(self.ops
            ; .arch x64
            ; =>pointer
            ; mov rdx, [=>errno]
            ; test rdx, rdx
            ; jz BYTE =>done
            ; lea rcx, [=>data]
            ; mov rdx, [BYTE rcx + rdx + ERRNO_DESC_OFFSET as i8]
            ; fs mov rdx, [rdx]
            ; mov [rdx], eax
            ; jmp BYTE =>done
        );
    }

    fn tail_fail_linked(&mut self) {
        let [done, otherwise, pointer] = std::array::from_fn(|_| self.ops.new_dynamic_label());
        // Kinds are 0, 1 and 2: their first byte tells them apart, in the shortest instruction. The fields
        // that a linker fills are those of `ERRNO_REFERENCES`.
        dynasm!(self.ops
            ; .arch x64
            ; neg eax
            ; mov rdx, [rip + 0]
            ; cmp BYTE [rip + 0], ERRNO_INT as i8
            ; jne BYTE =>otherwise
            ; fs mov [rdx], eax
            ; =>done
        );
        self.tail_return(TAIL_POPPED[0].clone());
        dynasm!(self.ops
            ; .arch x64
            ; =>otherwise
            ; ja BYTE =>pointer
            ; lea rcx, [rip + 0]
            ; add rcx, [rcx]
        );
        self.tail_call();
        dynasm!(self.ops
            ; .arch x64
            ; =>pointer
            ; fs mov rdx, [rdx]
            ; mov [rdx], eax
            ; jmp BYTE =>done
        );
    }

    /// Stores errno where the function at `%rcx` says, and returns -1.
    fn tail_call(&mut self) {
        dynasm!(self.ops; .arch x64; push rax);
        debug_assert_eq!(self.ops.offset().0, TAIL_PUSHED.start as usize);
        dynasm!(self.ops; .arch x64; call rcx; pop rcx);
        debug_assert_eq!(self.ops.offset().0, TAIL_PUSHED.end as usize);
        dynasm!(self.ops; .arch x64; mov [rax], ecx);
        self.tail_return(TAIL_POPPED[1].clone());
    }

    /// Returns -1; what runs with the return address popped lies at `popped`.
    fn tail_return(&mut self, popped: Range<u32>) {
        dynasm!(self.ops; .arch x64; or rax, BYTE -1);
        debug_assert_eq!(self.ops.offset().0 + 1, popped.start as usize);
        match self.options.return_sequence {
            ReturnSequence::Ret => dynasm!(self.ops; .arch x64; ret),
            ReturnSequence::PopJump => dynasm!(self.ops; .arch x64; pop rcx; jmp rcx),
        }
        self.pad_to(popped.end as usize);
    }

    /// Returns errno's address, or null when the program has none.
    fn tail_locate(&mut self) {
        let (locate, data, errno) = (self.locate, self.data, self.errno);
        let (none, int, pointer) =
            (self.ops.new_dynamic_label(), self.ops.new_dynamic_label(), self.ops.new_dynamic_label());
        dynasm!(self.ops
            ; .arch x64
            ; =>locate
            ; mov rax, [=>errno]
            ; lea rcx, [=>data]
            ; test rax, rax
            ; jz BYTE =>none
            ; add rcx, rax
            ; mov rdx, [BYTE rcx + ERRNO_DESC_OFFSET as i8]
            ; cmp BYTE [rcx], ERRNO_INT as i8
            ; je BYTE =>int
            ; ja BYTE =>pointer
            ; add rcx, BYTE ERRNO_DESC_FUNCTION as i8
            ; add rcx, [rcx]
            ; jmp rcx
            ; =>int
            ; fs mov rax, [0]
            ; add rax, rdx
            ; =>none
            ; ret
            ; =>pointer
            ; fs mov rax, [rdx]
            ; ret
        );
    }

    /// `%rdi` is the number, `%rax` the first entry of the chosen kind. Numbers beyond the calls,
    /// negative ones among them, become the one below the services, which stays a hole.
    fn tail_indirect(&mut self) {
        let indirect = self.indirect;
        dynasm!(self.ops
            ; .arch x64
            ; =>indirect
            ; mov r11d, SERVICE_BASE as i32 - 1
            ; cmp rdi, r11
            ; cmova rdi, r11
            ; shl rdi, 6
            ; add rax, rdi
            ; mov rdi, rsi
            ; mov rsi, rdx
            ; mov rdx, rcx
            ; mov rcx, r8
            ; mov r8, r9
            ; mov r9, [rsp + 8]
            ; jmp rax
        );
    }

    /// Enters the layer at offset `%rcx` with what the kernel answered in `%rax`.
    fn tail_amend(&mut self) {
        let (amend, layer, table) = (self.amend, self.layer, self.table);
        dynasm!(self.ops; .arch x64; =>amend; add rcx, [=>layer]; lea r11, [=>table]; jmp rcx);
    }

    fn finish(mut self) -> Vec<u8> {
        let data = self.data;
        dynasm!(self.ops; .arch x64; =>data);
        let vdso = (VDSO..).step_by(8).zip(self.vdso);
        let words = [(ERRNO, self.errno), (LAYER, self.layer)].into_iter().chain(vdso);
        let words = words.chain([(ERRNO_OFFSET, self.errno_offset), (ERRNO_ADDRESS, self.errno_address)]);
        for (word, label) in words {
            self.pad_to((DATA_OFFSET + word) as usize);
            dynasm!(self.ops; .arch x64; =>label);
        }
        self.pad_to((DATA_OFFSET + DATA_SIZE) as usize);
        let mut code = self.ops.finalize().expect("every label of the table is placed");
        code.truncate(DATA_OFFSET as usize);
        code
    }

    fn finish_compact(self) -> Vec<u8> {
        self.ops.finalize().expect("raw entries refer to no label")
    }
}

/// The recommended `nop`s of one to nine bytes (Intel SDM, NOP).
const NOPS: [&[u8]; 9] = [
    &[0x90],
    &[0x66, 0x90],
    &[0x0f, 0x1f, 0x00],
    &[0x0f, 0x1f, 0x40, 0x00],
    &[0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
    &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
    &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

/// DWARF register numbers (psABI figure 3.36).
const DW_RSP: u8 = 7;
const DW_R9: u8 = 9;
const DW_RIP: u8 = 16;

/// Unwind information for a whole table: see the head of this file for the rules it states.
///
/// Slots that restore a signal frame are left out, so that unwinders find none and recognise the
/// byte sequence instead.
#[must_use]
pub fn unwind(slots: &[SlotKind]) -> EhFrame {
    let mut frame = EhFrame::new(&common_entry());
    let mut start = 0;
    while let Some(first) = slots.get(start).copied().map(region) {
        let end = (start..slots.len()).find(|i| region(slots[*i]) != first).unwrap_or(slots.len());
        let (offset, size) = (start as u32 * SLOT_SIZE, (end - start) as u32 * SLOT_SIZE);
        match first {
            Region::Entries => frame.add(offset, size, &entry_rows()),
            Region::Twice => {
                let rows: Vec<u8> = (start..end).flat_map(|i| twice_rows(i == start)).collect();
                frame.add(offset, size, &rows);
            }
            Region::Frame => {}
            Region::Tail => frame.add(offset, size, &tail_rows(offset)),
        }
        start = end;
    }
    frame.finish()
}

/// Unwind information for `size` bytes of code that leave the stack alone.
#[must_use]
pub fn unwind_leaf(size: u32) -> EhFrame {
    let mut frame = EhFrame::new(&common_entry());
    frame.add(0, size, &[]);
    frame.finish()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    Entries,
    Twice,
    Frame,
    Tail,
}

fn region(kind: SlotKind) -> Region {
    match kind {
        SlotKind::Twice | SlotKind::ConvertedTwice(..) => Region::Twice,
        SlotKind::Frame => Region::Frame,
        SlotKind::Tail => Region::Tail,
        _ => Region::Entries,
    }
}

/// CIE of version 1: return address in column 16, `CFA = rsp + 8`, return address at `CFA - 8`.
fn common_entry() -> Vec<u8> {
    let mut cie = vec![1];
    cie.extend_from_slice(b"zR\0");
    cie.extend_from_slice(&[1, 0x78, DW_RIP, 1, 0x1b]); // code 1, data -8, RA, augmentation: pcrel|sdata4
    cie.extend_from_slice(&[0x0c, DW_RSP, 8]); // DW_CFA_def_cfa
    cie.extend_from_slice(&[0x80 | DW_RIP, 1]); // DW_CFA_offset
    cie
}

/// `CFA = rsp + 8 + 8 * ((off == 21) + (off == 27) - (off >= 30))` with `off = rip & 31`, which stands there three times:
/// valgrind ends when it reads operations that copy or swap.
fn entry_rows() -> Vec<u8> {
    const LIT0: u8 = 0x30;
    const AND: u8 = 0x1a;
    const EQ: u8 = 0x29;
    const GE: u8 = 0x2a;
    const PLUS: u8 = 0x22;
    const MINUS: u8 = 0x1c;
    const SHL: u8 = 0x24;
    const BREG0: u8 = 0x70;
    let compare = |operation: u8, offset: u8| [BREG0 + DW_RIP, 0, LIT0 + 31, AND, LIT0 + offset, operation];
    let mut expression = vec![BREG0 + DW_RSP, 8];
    expression.extend(compare(EQ, 21));
    expression.extend(compare(EQ, 27));
    expression.push(PLUS);
    expression.extend(compare(GE, 30));
    expression.extend([MINUS, LIT0 + 3, SHL, PLUS]);
    let mut rows = vec![0x0f, expression.len() as u8]; // DW_CFA_def_cfa_expression
    rows.extend_from_slice(&expression);
    rows
}

/// Rows of one slot whose return address moves to `%r9` and back; see `Table::twice`.
fn twice_rows(first: bool) -> Vec<u8> {
    let on_stack = [0x0e, 8, 0x80 | DW_RIP, 1]; // DW_CFA_def_cfa_offset 8; RA at CFA-8
    let in_r9 = [0x0e, 0, 0x09, DW_RIP, DW_R9]; // DW_CFA_def_cfa_offset 0; DW_CFA_register RA, r9
    let advance = |n: u8| 0x40 | n;
    let mut rows = Vec::new();
    if !first {
        rows.push(advance(64 - 53)); // from offset 53 of the slot before
        rows.extend_from_slice(&on_stack);
    }
    rows.push(advance(6)); // after pop %r9
    rows.extend_from_slice(&in_r9);
    rows.push(advance(32 - 6)); // raw entry
    rows.extend_from_slice(&on_stack);
    rows.push(advance(38 - 32));
    rows.extend_from_slice(&in_r9);
    rows.push(advance(53 - 38)); // after push %r9
    rows.extend_from_slice(&on_stack);
    rows
}

/// `__libsys_errno_location` for programs whose libc brings no such function: `__errno_location` if it
/// exists, else the address of `__libsys_errno`.
///
/// Linkers rewrite two of its instructions, so these are the forms that compilers emit. The code, and
/// the offsets of the 32-bit fields that refer to `__errno_location` (`R_X86_64_REX_GOTPCRELX`) and to
/// `__libsys_errno` (`R_X86_64_GOTTPOFF`).
#[must_use]
pub fn errno_location() -> (Vec<u8>, u64, u64) {
    let mut ops = Assembler::new(0);
    dynasm!(ops
        ; .arch x64
        ; .u32 ENDBR64
        ; mov rax, [rip + 0]
        ; test rax, rax
        ; jz >own
        ; jmp rax
        ; own:
        ; mov rax, [rip + 0]
        ; fs add rax, [0]
        ; ret
    );
    let code = ops.finalize().expect("its one label is placed");
    // endbr64 is 4 bytes; `mov` has its field behind REX, opcode and ModRM.
    let first = 4 + 3;
    let second = code.windows(3).rposition(|w| w == [0x48, 0x8b, 0x05]).map_or(0, |at| at as u64 + 3);
    (code, first, second)
}

/// Rows of the tail, which begins at `start`: where its depth changes, and to what.
fn tail_rows(start: u32) -> Vec<u8> {
    let [first, second] = TAIL_POPPED;
    let steps = [
        (first.start, 0),
        (first.end, 8),
        (TAIL_PUSHED.start, 16),
        (TAIL_PUSHED.end, 8),
        (second.start, 0),
        (second.end, 8),
    ];
    let mut rows = Vec::new();
    let mut at = start;
    for (offset, cfa) in steps {
        // DW_CFA_advance_loc, DW_CFA_def_cfa_offset
        rows.extend_from_slice(&[0x40 | (offset - at) as u8, 0x0e, cfa]);
        at = offset;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::entry_rows;

    /// Valgrind 3.19 ends at `DW_OP_dup`, `DW_OP_over` and `DW_OP_swap`.
    #[test]
    fn unwind_expressions_neither_copy_nor_swap() {
        let rows = entry_rows();
        assert_eq!(usize::from(rows[1]), rows.len() - 2);
        assert!(!rows[2..].iter().any(|operation| [0x12, 0x14, 0x16].contains(operation)));
    }
}
