//! What runs before `main` in a program without a libc.
//!
//! Relocates a static-pie, sets up thread-local storage where no supplier did (a `text` program started
//! plainly), calls `main`, and exits with its result. Unsafe code is allowed here: the kernel's stack,
//! and storage that nothing refers to yet.

use core::arch::global_asm;
use core::ffi::{c_char, c_int, c_ulong};
use libsys_image::data;
use libsys_image::note::Note;
use libsys_supply::{Errno, Memory, Program, TlsPlan};

// Before this relocation no table of addresses may be used, so it is written in assembly: of a
// static-pie, every R_X86_64_RELATIVE (8) of DT_RELA (7) and DT_RELASZ (8), and the words that DT_RELR
// (36) and DT_RELRSZ (35) pack: an address, then bits for the 63 words behind it. Other programs have no
// _DYNAMIC. `__ehdr_start` is where a file that was linked at 0 was put.
//
// rdx: load bias; rcx, r8: RELA and its end; r10, r11: RELR and its end; rsi: the next word that RELR
// means.
global_asm!(
    ".weak _DYNAMIC",
    ".hidden _DYNAMIC",
    ".hidden __ehdr_start",
    ".globl _start",
    ".type _start, @function",
    "_start:",
    ".cfi_startproc",
    ".cfi_undefined %rip",
    "xor %ebp, %ebp",
    "mov %rsp, %rdi",
    "lea _DYNAMIC(%rip), %rsi",
    "test %rsi, %rsi",
    "jz 4f",
    "lea __ehdr_start(%rip), %rdx",
    "xor %ecx, %ecx",
    "xor %r8d, %r8d",
    "xor %r10d, %r10d",
    "xor %r11d, %r11d",
    "1: mov (%rsi), %rax",
    "test %rax, %rax",
    "jz 2f",
    "cmp $7, %rax",
    "cmove 8(%rsi), %rcx",
    "cmp $8, %rax",
    "cmove 8(%rsi), %r8",
    "cmp $36, %rax",
    "cmove 8(%rsi), %r10",
    "cmp $35, %rax",
    "cmove 8(%rsi), %r11",
    "add $16, %rsi",
    "jmp 1b",
    "2: add %rdx, %rcx",
    "add %rcx, %r8",
    "add %rdx, %r10",
    "add %r10, %r11",
    "3: cmp %r8, %rcx",
    "jae 6f",
    "mov (%rcx), %rax",
    "mov 16(%rcx), %r9",
    "add %rdx, %r9",
    "cmpl $8, 8(%rcx)",
    "jne 5f",
    "mov %r9, (%rdx,%rax)",
    "5: add $24, %rcx",
    "jmp 3b",
    "6: cmp %r11, %r10",
    "jae 4f",
    "mov (%r10), %rax",
    "add $8, %r10",
    "test $1, %al",
    "jnz 7f",
    "lea (%rdx,%rax), %rsi",
    "add %rdx, (%rsi)",
    "add $8, %rsi",
    "jmp 6b",
    "7: mov %rsi, %r9",
    "8: shr $1, %rax",
    "jz 9f",
    "test $1, %al",
    "jz 10f",
    "add %rdx, (%r9)",
    "10: add $8, %r9",
    "jmp 8b",
    "9: add $504, %rsi",
    "jmp 6b",
    "4: and $-16, %rsp",
    "call {main}",
    "ud2",
    ".cfi_endproc",
    ".size _start, . - _start",
    // The unwind tables of the precompiled `core` name it. Nothing unwinds here, so it is never called.
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    ".type rust_eh_personality, @function",
    "rust_eh_personality:",
    "ud2",
    ".size rust_eh_personality, . - rust_eh_personality",
    main = sym begin,
    options(att_syntax)
);

unsafe extern "C" {
    fn main(argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int;
}

const AT_NULL: usize = 0;
const AT_PHDR: usize = 3;
const AT_PHENT: usize = 4;
const AT_PHNUM: usize = 5;
const AT_RANDOM: usize = 25;

/// The arguments and the environment of a program.
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    /// How many arguments there are, the program's name included; may be 0.
    pub argc: usize,
    /// That many strings, then null.
    pub argv: *const *const c_char,
    /// Strings, then null.
    pub envp: *const *const c_char,
}

/// Names the function that a program begins with: `fn(libsys::Arguments) -> i32`, whose result is the
/// exit status.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[unsafe(export_name = "main")]
        extern "C" fn __libsys_main(
            argc: core::ffi::c_int,
            argv: *const *const core::ffi::c_char,
            envp: *const *const core::ffi::c_char,
        ) -> core::ffi::c_int {
            let main: fn($crate::Arguments) -> i32 = $main;
            main($crate::Arguments { argc: argc as usize, argv, envp })
        }
    };
}

unsafe extern "C" fn begin(sp: *const usize) -> ! {
    // SAFETY: `_start` passes the stack pointer that it was entered with; argc is the first word.
    let argc = unsafe { sp.read() };
    let argv = sp.wrapping_add(1);
    let envp = argv.wrapping_add(argc + 1);
    let mut auxv = envp;
    // SAFETY: the environment ends in a null word.
    while unsafe { auxv.read() } != 0 {
        auxv = auxv.wrapping_add(1);
    }
    // SAFETY: the auxiliary vector follows.
    unsafe { prepare(auxv.wrapping_add(1)) };
    // SAFETY: the program's own function.
    let status = unsafe { main(argc as c_int, argv.cast(), envp.cast()) };
    // SAFETY: any status is allowed.
    unsafe { crate::raw::exit_group(status) }
}

/// Sets up thread-local storage, or refreshes what the supplier copied before we relocated.
///
/// # Safety
///
/// `auxv` is the auxiliary vector of this process, whose program has not begun.
unsafe fn prepare(auxv: *const usize) {
    let value = |kind| {
        let mut place = auxv;
        loop {
            // SAFETY: the vector ends in AT_NULL, where this loop ends.
            match unsafe { place.read() } {
                AT_NULL => return 0,
                // SAFETY: each entry has two words.
                found if found == kind => return unsafe { place.wrapping_add(1).read() },
                _ => place = place.wrapping_add(2),
            }
        }
    };
    // SAFETY: the kernel's values.
    let program = unsafe { Program::from_auxv(value(AT_PHDR), value(AT_PHENT), value(AT_PHNUM)) };
    let Ok(program) = program else { die() };
    // SAFETY: the slot returns the address of the data page, which is always readable.
    let page = unsafe { crate::c::libsys_info() }.cast::<u8>();
    // SAFETY: the page has a word there; see `libsys_image::data`.
    let thread_pointer = unsafe { page.wrapping_add(data::THREAD_POINTER as usize).cast::<usize>().read() };
    let Ok(plan) = TlsPlan::new(&program, Note::TCB_SIZE) else { die() };
    if thread_pointer != 0 {
        // SAFETY: the supplier laid the storage out by the same plan.
        unsafe { plan.fill(&program, thread_pointer) };
        return;
    }
    // Also without PT_TLS: errno may lie at the thread pointer, and the stack guard does.
    let random = match value(AT_RANDOM) {
        0 => None,
        // SAFETY: AT_RANDOM is the address of 16 bytes.
        address => Some(unsafe { (address as *const [u8; 16]).read_unaligned() }),
    };
    let Ok(tls) = plan.carry_out(&Slots, &program, random) else { die() };
    // SAFETY: the control block was just laid out there.
    if unsafe { crate::raw::arch_prctl(crate::ARCH_SET_FS, tls.thread_pointer as c_ulong) } != 0 {
        die()
    }
}

/// Storage could not be had: there is nobody to tell.
fn die() -> ! {
    // SAFETY: any status is allowed.
    unsafe { crate::raw::exit_group(127) }
}

/// The program's own slots, for the little that happens here.
struct Slots;

const PROT_READ_WRITE: crate::mmap_prot = crate::PROT_READ | crate::PROT_WRITE;
const MAP_PRIVATE_ANONYMOUS: crate::mmap_flags = crate::MAP_PRIVATE | crate::MAP_ANONYMOUS;

fn errno(result: isize) -> Result<usize, Errno> {
    crate::check(result).map_err(|e| Errno(e.0))
}

impl Memory for Slots {
    fn map_zeroed(&self, size: usize) -> Result<usize, Errno> {
        // SAFETY: nothing is replaced.
        errno(unsafe {
            crate::raw::mmap(core::ptr::null_mut(), size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0)
        })
    }
}
