//! New processes and threads: `clone3`, by `clone`.
//!
//! It returns twice, the second time perhaps on another stack, so nothing of it may be left on the stack of the
//! first. Its entries look at the arguments on the caller's stack, put what `clone` wants into registers, take
//! everything off the stack again and end in the slot of `clone`, which returns to their caller.

use crate::errno::{E2BIG, EINVAL, ENOSYS};
use crate::memory::PAGE;
use crate::nr::{CLONE, LIBSYS_RESULT};
use crate::table::{RAW_ENTRY, SLOT_SIZE, Table};
use crate::{Errno, extensible};
use core::arch::global_asm;

const CSIGNAL: u64 = 0xff;
const CLONE_NEWTIME: u64 = 0x80;
const CLONE_SIGHAND: u64 = 0x800;
const CLONE_PIDFD: u64 = 0x1000;
const CLONE_PARENT: u64 = 0x8000;
const CLONE_THREAD: u64 = 0x1_0000;
const CLONE_SETTLS: u64 = 0x8_0000;
const CLONE_PARENT_SETTID: u64 = 0x10_0000;
const CLONE_DETACHED: u64 = 0x40_0000;
const CLONE_NEWCGROUP: u64 = 0x200_0000;
const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;
const CLONE_INTO_CGROUP: u64 = 1 << 33;
/// All that `clone` can be told, and the two that came with `clone3`.
const FLAGS: u64 = (1 << 34) - 1;
/// Older kernels ignore the second, or take the first for a signal; the others `clone` has no place for.
const NOT_BY_CLONE: u64 = CLONE_NEWTIME | CLONE_NEWCGROUP | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP;

const MAX_SIGNAL: u64 = 64;
const MAX_PID_NAMESPACES: u64 = 32;
/// Where the addresses of programs end.
const USER_END: u64 = (1 << 47) - PAGE as u64;
/// Bytes of the first and the third version of `struct clone_args`.
const ARGS_SIZE_VER0: usize = 64;
const ARGS_SIZE_VER2: usize = 88;

/// The argument registers of `clone`, in the order in which the entries load them.
type Registers = [usize; 5];

global_asm!(
    ".pushsection .text.entries, \"ax\", @progbits",
    ".macro libsys_twice name",
    ".globl __libsys_layer_\\name",
    ".type __libsys_layer_\\name, @function",
    ".p2align 4",
    "__libsys_layer_\\name:",
    "endbr64",
    ".endm",
    // Behind the C entry: the return address in %r9, and the C entries of other slots to end in.
    "libsys_twice clone3_c",
    "push %r9",
    "push %r11",
    "push $0",
    "jmp 2f",
    // Behind the raw entry: the return address on the stack.
    "libsys_twice clone3",
    "push %r11",
    "push ${raw}",
    "2:",
    "sub $40, %rsp",
    "mov %rsi, %rdx",
    "mov %rdi, %rsi",
    "mov %r11, %rdi",
    "mov %rsp, %rcx",
    "call {prepare}",
    "pop %rdi",
    "pop %rsi",
    "pop %rdx",
    "pop %rcx",
    "pop %r8",
    "pop %r9",
    "pop %r11",
    "add %r11, %r9",
    "test %rax, %rax",
    "js 3f",
    "lea {clone}(%r9), %rax",
    "jmp *%rax",
    "3:",
    "mov %rax, %rdi",
    "lea {result}(%r9), %rax",
    "jmp *%rax",
    ".size __libsys_layer_clone3, . - __libsys_layer_clone3",
    ".popsection",
    prepare = sym prepare,
    raw = const RAW_ENTRY,
    clone = const CLONE * SLOT_SIZE,
    result = const LIBSYS_RESULT * SLOT_SIZE,
    options(att_syntax)
);

/// Fills in the registers and returns 0, or returns -errno and leaves them.
extern "C" fn prepare(table: Table, address: usize, size: usize, registers: &mut Registers) -> isize {
    match convert(table, address, size) {
        Ok(converted) => {
            *registers = converted;
            0
        }
        Err(Errno(errno)) => -(errno as isize),
    }
}

/// `clone3` (5.3) by `clone`: exact, but that chosen process ids, cgroups, namespaces of cgroups and time,
/// CLONE_CLEAR_SIGHAND, both CLONE_PIDFD and CLONE_PARENT_SETTID, and CLONE_PIDFD where `clone` lacks it are
/// refused with ENOSYS.
fn convert(table: Table, address: usize, size: usize) -> Result<Registers, Errno> {
    if size > PAGE {
        return Err(E2BIG);
    }
    if size < ARGS_SIZE_VER0 {
        return Err(EINVAL);
    }
    let arguments = extensible::read::<{ ARGS_SIZE_VER2 / 8 }>(table, address, size)?;
    let [flags, pidfd, child_tid, parent_tid, signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup] =
        arguments;
    let has = |flag| flags & flag != 0;
    let is_set_tid_wrong = set_tid_size > MAX_PID_NAMESPACES || (set_tid == 0) != (set_tid_size == 0);
    let is_cgroup_wrong = has(CLONE_INTO_CGROUP) && (cgroup > i32::MAX as u64 || size < ARGS_SIZE_VER2);
    let is_signal_wrong = signal > MAX_SIGNAL || (has(CLONE_THREAD | CLONE_PARENT) && signal != 0);
    let are_flags_wrong = has(!FLAGS | CLONE_DETACHED | (CSIGNAL & !CLONE_NEWTIME))
        || (has(CLONE_SIGHAND) && has(CLONE_CLEAR_SIGHAND));
    let stack_end = stack.checked_add(stack_size).filter(|end| *end <= USER_END);
    let (true, Some(stack_end)) = ((stack == 0) == (stack_size == 0), stack_end) else { return Err(EINVAL) };
    if is_set_tid_wrong || is_cgroup_wrong || is_signal_wrong || are_flags_wrong {
        return Err(EINVAL);
    }
    let both = has(CLONE_PIDFD) && has(CLONE_PARENT_SETTID);
    if both && pidfd == parent_tid {
        return Err(EINVAL);
    }
    if set_tid_size != 0 || has(NOT_BY_CLONE) || both || (has(CLONE_PIDFD) && !clone_has_pidfd(table)) {
        return Err(ENOSYS);
    }
    let result = if has(CLONE_PIDFD) { pidfd } else { parent_tid };
    Ok([flags | signal, stack_end, result, child_tid, tls].map(|register| register as usize))
}

/// Whether `clone` knows CLONE_PIDFD (5.2), which older kernels ignore.
///
/// Those that know it refuse it together with CLONE_DETACHED at once. The others make a child until they come
/// to its thread pointer, which leads nowhere.
fn clone_has_pidfd(table: Table) -> bool {
    let flags = (CLONE_PIDFD | CLONE_DETACHED | CLONE_SETTLS) as usize;
    // SAFETY: it fails one way or another, and so does not return twice.
    unsafe { table.call(CLONE, [flags, 0, 0, 0, usize::MAX]) == Err(EINVAL) }
}
