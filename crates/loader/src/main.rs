//! `ld-libsys`: the supplier as an ELF interpreter, run by hand on a program it loads itself, and for run-time linkers.
//!
//! The kernel starts it with the program already mapped (it is the program's PT_INTERP), or by itself
//! (`ld-libsys PROGRAM ARGS…`). Either way it checks the program's note, maps the table, sets up the
//! initial TLS, and jumps to the program, unmapping itself on the way through the program's own new
//! `munmap` slot. A run-time linker maps it and calls [`serve`]. It lies wherever it is mapped, has no writable data and
//! no relocations, calls nothing outside, and does not panic. A refusal is one line on standard error and exit status 127.
#![no_std]
#![no_main]

extern crate libsys_memory as _;

mod load;
mod parts;
mod serve;
mod subject;

use crate::load::{LoadError, Loaded};
use crate::subject::{REFUSED, Subject};
use core::arch::{asm, global_asm};
use core::ffi::CStr;
use libsys_image::{RAW_ENTRY, SLOT_SIZE};
use libsys_platform::stack::{Stack, at, bytes_of};
use libsys_platform::sys::{self, File, Linux};
use libsys_supply::{Answers, Program, Refusal, Section, Source, Supplier, Wishes};

/// The number of `munmap`, whose new slot takes the loader away.
const NR_MUNMAP: usize = 11;
const EM_X86_64: u16 = 62;
/// Who refuses.
const NAME: &[u8] = b"ld-libsys";

// What run-time linkers look for lies before the entry point (ABI.md, "Run-time linkers").
//
// `%rbx` is not needed: the handover says where the stack begins. The program finds `%rdx` zero (it
// would register a function with atexit, psABI 3.4.1), and its stack as the kernel made it.
global_asm!(
    ".p2align 4",
    ".quad 0",
    ".ascii \"libsysSP\"",
    ".quad __ld_end - .",
    ".quad {serve} - .",
    ".globl _start",
    ".hidden _start",
    ".type _start, @function",
    "_start:",
    "xor %ebp, %ebp",
    "mov %rsp, %rdi",
    "sub $64, %rsp",
    "and $-16, %rsp",
    "mov %rsp, %rsi",
    "call {main}",
    "mov 0(%rsp), %rax",
    "mov 16(%rsp), %rdi",
    "mov 24(%rsp), %rsi",
    "mov 32(%rsp), %rcx",
    "mov 8(%rsp), %rsp",
    "xor %edx, %edx",
    "test %rcx, %rcx",
    "jz 1f",
    "push %rax",
    "jmp *%rcx",
    "1: jmp *%rax",
    "ud2",
    ".size _start, . - _start",
    main = sym ld_libsys_main,
    serve = sym serve::serve,
    options(att_syntax)
);

/// What `_start` does next.
#[repr(C)]
struct Handover {
    /// Where the program begins.
    entry: usize,
    /// Its stack.
    stack: usize,
    /// The loader's own mapping, to be unmapped.
    base: usize,
    /// Bytes in it.
    size: usize,
    /// The raw entry that does that; 0: nothing is unmapped.
    unmap: usize,
}

extern "C" fn ld_libsys_main(sp: *mut usize, handover: *mut Handover) {
    // SAFETY: `_start` passes the stack pointer that it was entered with.
    let mut stack = unsafe { Stack::at(sp) };
    let by_hand = stack.auxv(at::ENTRY) == parts::entry();
    // Run by hand, it is the loader's own path, until the program's takes its place.
    // SAFETY: AT_EXECFN is a string of the kernel's.
    let own = if by_hand { unsafe { bytes_of(stack.auxv(at::EXECFN) as *const u8) } } else { &[] };
    let (entry, is_static) = if by_hand { load_argument(&mut stack) } else { (stack.auxv(at::ENTRY), true) };
    // SAFETY: AT_EXECFN is a string of the kernel's, or the argument that replaced it.
    let path = unsafe { bytes_of(stack.auxv(at::EXECFN) as *const u8) };
    let mut subject = Subject::new(NAME, path);

    let (headers, size, count) = (stack.auxv(at::PHDR), stack.auxv(at::PHENT), stack.auxv(at::PHNUM));
    // SAFETY: the kernel's values, or those of the file that `load` mapped.
    let program = match unsafe { Program::from_auxv(headers, size, count) } {
        Ok(program) => program,
        Err(refusal) => subject.refuse(refusal),
    };
    let section = match Section::find(&program, EM_X86_64) {
        Ok(section) => section,
        Err(refusal) => subject.refuse(refusal),
    };
    let mut supplied = None;
    if let Some(section) = &section {
        subject.note = Some(&section.note);
        let wishes = Wishes::read(stack.auxv(at::SECURE) != 0, |name| stack.variable(name));
        let job = Job { stack: &stack, section, is_static, wishes, own };
        supplied = Some(if wishes.probes() {
            job.ask_and_supply(&mut subject)
        } else {
            job.supply(&mut subject, None)
        });
    }
    if !by_hand {
        // A static program sees no interpreter.
        stack.set_auxv(at::BASE, 0);
    }
    let unmap = match supplied {
        Some(table) => table + NR_MUNMAP * SLOT_SIZE as usize + RAW_ENTRY as usize,
        None => 0,
    };
    let next = Handover { entry, stack: stack.pointer(), base: parts::base(), size: parts::size(), unmap };
    // SAFETY: `_start` made room for the struct.
    unsafe { handover.write(next) };
}

/// A section to supply.
struct Job<'a> {
    stack: &'a Stack,
    section: &'a Section<'a>,
    is_static: bool,
    wishes: Wishes<'a>,
    /// The path of this loader if it was run by hand.
    own: &'a [u8],
}

// Each of these has a frame that is gone before the next one: what a start touches of its stack becomes private memory.
impl Job<'_> {
    /// Supplies it; the table's address.
    #[inline(never)]
    fn supply(&self, subject: &mut Subject<'_>, answers: Option<&mut Answers>) -> usize {
        let vdso = self.stack.auxv(at::SYSINFO_EHDR);
        let random = match self.stack.auxv(at::RANDOM) {
            0 => None,
            // SAFETY: AT_RANDOM is the address of 16 bytes.
            address => Some(unsafe { (address as *const [u8; 16]).read_unaligned() }),
        };
        let kernel = Linux { vdso };
        let native = parts::native().unwrap_or_else(|refusal| subject.refuse(refusal));
        let source = Source::Mapped { address: parts::image(), profile: self.wishes.profile() };
        let path = loader(&self.section.program, self.own);
        let mut supplier = Supplier::new(&kernel, native, source, self.wishes, path, answers);
        subject.kernel = supplier.release();
        match &supplier.plan(self.section, self.is_static) {
            // SAFETY: the program has not started, the built-in image is not used again, and a file is the one that
            // its image was read from.
            Ok(plan) => match unsafe { plan.carry_out(&kernel, vdso, random) } {
                Ok(supplied) => supplied.table,
                Err(refusal) => subject.refuse(refusal),
            },
            Err(refused) => subject.refuse(*refused),
        }
    }

    /// As [`Job::supply`], asking the kernel what it has.
    #[cold]
    #[inline(never)]
    fn ask_and_supply(&self, subject: &mut Subject<'_>) -> usize {
        let mut answers = Answers::default();
        self.supply(subject, Some(&mut answers))
    }
}

/// The path of this loader: the program's PT_INTERP, or what it was started as by hand.
fn loader<'a>(program: &Program<'a>, own: &'a [u8]) -> &'a [u8] {
    if own.is_empty() { program.interpreter().unwrap_or(own) } else { own }
}

/// `ld-libsys PROGRAM ARGS…`: loads the program, and its own interpreter if it has one; makes the
/// stack look as if the kernel had done so. Where to begin, and whether the program is static.
// Its buffers are not wanted on the stack of every start.
#[cold]
#[inline(never)]
fn load_argument(stack: &mut Stack) -> (usize, bool) {
    let path = stack.argument(1);
    if path.is_null() {
        sys::complain(b"usage: ld-libsys PROGRAM [ARGUMENT...]: runs PROGRAM with system calls supplied\n");
        sys::exit(REFUSED)
    }
    // SAFETY: an argument ends in NUL.
    let name = unsafe { CStr::from_ptr(path.cast()) };
    let subject = Subject::new(NAME, name.to_bytes());
    let file = File::open(name).unwrap_or_else(|errno| subject.refuse(Refusal::Kernel("open", errno)));
    let program = load_or_give_up(&subject, &file);
    let mut buffer = [0u8; 256];
    let interpreter = program.interpreter.map(|at| match load::interpreter_path(&file, at, &mut buffer) {
        Some(path) => path,
        None => subject.give_up("PT_INTERP: not a path of at most 255 bytes"),
    });
    drop(file);
    let other = interpreter.filter(|path| !is_loader(path));
    let (entry, base) = match other {
        None => (program.entry, 0),
        Some(path) => {
            let subject = Subject::new(NAME, path.to_bytes());
            let file =
                File::open(path).unwrap_or_else(|errno| subject.refuse(Refusal::Kernel("open", errno)));
            let loaded = load_or_give_up(&subject, &file);
            (loaded.entry, loaded.base)
        }
    };
    stack.set_auxv(at::PHDR, program.headers);
    stack.set_auxv(at::PHNUM, program.count);
    stack.set_auxv(at::BASE, base);
    stack.set_auxv(at::ENTRY, program.entry);
    stack.set_auxv(at::EXECFN, path as usize);
    stack.drop_argument();
    let last = subject.path.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
    // SAFETY: still inside the argument, which ends in NUL.
    unsafe { sys::set_name(path.wrapping_add(last)) };
    (entry, other.is_none())
}

fn load_or_give_up(subject: &Subject<'_>, file: &File) -> Loaded {
    match load::load(file) {
        Ok(loaded) => loaded,
        Err(LoadError::Kernel(call, errno)) => subject.refuse(Refusal::Kernel(call, errno)),
        Err(LoadError::File(_)) if load::is_script(file) => {
            subject.give_up("a script: run its interpreter with ld-libsys instead")
        }
        Err(LoadError::File(why)) => subject.give_up(why),
    }
}

/// Whether a PT_INTERP names this loader.
fn is_loader(path: &CStr) -> bool {
    let path = path.to_bytes();
    let last = path.iter().rposition(|b| *b == b'/').map_or(0, |i| i + 1);
    path.get(last..).is_some_and(|name| name.starts_with(b"ld-libsys"))
}

/// A panic is a bug of ours; before relocation, and without a line to say, the loader traps.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the instruction raises SIGILL and does not return.
    unsafe { asm!("ud2", options(noreturn)) }
}
