//! The functions that compilers call without being asked: a program without a libc must have them.
//!
//! GCC, Clang and rustc assume `memcpy`, `memmove`, `memset` and `memcmp` even in a freestanding program,
//! rustc `bcmp` and `strlen` too. They are weak: a program that defines its own keeps its own. In
//! assembly, since a compiler may turn a loop of such a function back into a call of it.
//!
//! Reference: GCC manual, 2.1 (Language Standards Supported).

#![no_std]

use core::arch::global_asm;

// The direction flag is clear at every function entry (psABI 3.2.1). `memmove` copies downwards when
// the destination begins inside the source.
global_asm!(
    ".macro function name",
    ".weak \\name",
    ".hidden \\name",
    ".type \\name, @function",
    ".p2align 4",
    "\\name:",
    ".cfi_startproc",
    ".endm",
    ".macro end name",
    ".cfi_endproc",
    ".size \\name, . - \\name",
    ".endm",
    ".text",
    "function memcpy",
    "mov %rdi, %rax",
    "mov %rdx, %rcx",
    "rep movsb",
    "ret",
    "end memcpy",
    "function memmove",
    "mov %rdi, %rax",
    "mov %rdx, %rcx",
    "mov %rdi, %r8",
    "sub %rsi, %r8",
    "cmp %rdx, %r8",
    "jb 1f",
    "rep movsb",
    "ret",
    "1: lea -1(%rdi,%rdx), %rdi",
    "lea -1(%rsi,%rdx), %rsi",
    "std",
    "rep movsb",
    "cld",
    "ret",
    "end memmove",
    "function memset",
    "mov %rdi, %r8",
    "mov %esi, %eax",
    "mov %rdx, %rcx",
    "rep stosb",
    "mov %r8, %rax",
    "ret",
    "end memset",
    // `cmp` sets the flags to "equal" for no bytes at all.
    "function memcmp",
    "mov %rdx, %rcx",
    "cmp %ecx, %ecx",
    "repe cmpsb",
    "seta %al",
    "setb %cl",
    "sub %cl, %al",
    "movsbl %al, %eax",
    "ret",
    "end memcmp",
    "function bcmp",
    "mov %rdx, %rcx",
    "xor %eax, %eax",
    "repe cmpsb",
    "setne %al",
    "ret",
    "end bcmp",
    "function strlen",
    "xor %eax, %eax",
    "1: cmpb $0, (%rdi,%rax)",
    "je 2f",
    "inc %rax",
    "jmp 1b",
    "2: ret",
    "end strlen",
    ".purgem function",
    ".purgem end",
    options(att_syntax)
);
