//! `clone3` by `clone`.

use libsys_layer_tests::Harness;
use libsys_layer_tests::child::{Shared, exit_now, in_child, wait_for};
use libsys_layer_tests::guard::Guard;
use std::arch::asm;

const EINVAL: isize = -22;
const ENOSYS: isize = -38;
const SIGCHLD: u64 = 17;

const CLONE_NEWTIME: u64 = 0x80;
const CLONE_VM: u64 = 0x100;
const CLONE_PIDFD: u64 = 0x1000;
const CLONE_VFORK: u64 = 0x4000;
const CLONE_SETTLS: u64 = 0x8_0000;
const CLONE_PARENT_SETTID: u64 = 0x10_0000;
const CLONE_CHILD_CLEARTID: u64 = 0x20_0000;
const CLONE_DETACHED: u64 = 0x40_0000;
const CLONE_CHILD_SETTID: u64 = 0x100_0000;
const CLONE_NEWCGROUP: u64 = 0x200_0000;
const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;
const CLONE_INTO_CGROUP: u64 = 1 << 33;
/// CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_THREAD, CLONE_SYSVSEM.
const THREAD: u64 = 0x5_0f00;

/// `struct clone_args`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct Args {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

const SIZE: usize = 88;
const FORK: Args = Args {
    flags: 0,
    pidfd: 0,
    child_tid: 0,
    parent_tid: 0,
    exit_signal: SIGCHLD,
    stack: 0,
    stack_size: 0,
    tls: 0,
    set_tid: 0,
    set_tid_size: 0,
    cgroup: 0,
};

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of) as usize
}

/// Makes the call, where a child would get a stack of its own by copying.
fn fork(harness: &Harness, by_layer: bool, place: usize, size: usize) -> isize {
    let arguments = [place, size, 0, 0, 0, 0];
    if by_layer {
        // SAFETY: children share no memory, or end at once.
        unsafe { harness.converted("clone3", &[], arguments) }
    } else {
        // SAFETY: as above.
        unsafe { harness.real("clone3", arguments) }
    }
}

/// Errors agree; so do successes, whose children end at once.
fn agree(harness: &Harness, place: usize, size: usize) -> isize {
    let outcome = |by_layer| {
        in_child(|| {
            // The child's end may be told by any signal.
            let all = u64::MAX;
            // SAFETY: in a process of its own.
            unsafe { harness.real("rt_sigprocmask", [0, address(&all), 0, 8, 0, 0]) };
            match fork(harness, by_layer, place, size) {
                0 => exit_now(3),
                pid if pid > 0 => (0, wait_for(pid as i32)),
                errno => (errno, 0),
            }
        })
    };
    let real = outcome(false);
    assert_eq!(outcome(true), real, "{place:#x} {size}");
    real.0
}

fn converted(harness: &Harness, args: &Args) -> isize {
    in_child(|| match fork(harness, true, address(args), SIZE) {
        0 => exit_now(3),
        result => result,
    })
}

#[test]
fn flags_agree() {
    let harness = Harness::new();
    let mut made = 0;
    let mut pidfd = 0u64;
    let pidfd = std::ptr::from_mut(&mut pidfd) as u64;
    let unknown = [CLONE_NEWTIME, CLONE_NEWCGROUP, CLONE_CLEAR_SIGHAND, CLONE_INTO_CGROUP];
    for bit in 0..64 {
        let flags = 1 << bit;
        let args = Args { flags, pidfd, ..FORK };
        if unknown.contains(&flags) {
            assert_eq!(converted(&harness, &args), ENOSYS, "{flags:#x}");
        } else if flags != CLONE_VM {
            made += usize::from(agree(&harness, address(&args), SIZE) == 0);
        }
    }
    assert!(made > 10, "{made}");
    for flags in
        [CLONE_NEWTIME | 1, CLONE_CLEAR_SIGHAND | 0x800, CLONE_PIDFD | CLONE_DETACHED, THREAD, 0x8000]
    {
        agree(&harness, address(&Args { flags, pidfd, ..FORK }), SIZE);
    }
    // Each needs another that is missing; none shares memory with a stack.
    for flags in [0x800, 0x1_0000, 0x1_0800, 0x2_0200, 0x1000_0200, CLONE_SETTLS] {
        let args = Args { flags, exit_signal: 0, tls: 1 << 63, ..FORK };
        assert!(agree(&harness, address(&args), SIZE) < 0, "{flags:#x}");
    }
}

#[test]
fn sizes_agree() {
    let harness = Harness::new();
    let guard = Guard::new();
    for size in [0, 1, 63, 64, 65, 71, 72, 80, 88, 89, 96, 4096, 4097, usize::MAX] {
        for last in [0, 1] {
            let given = size.min(4096);
            let mut bytes = vec![0; given];
            if given > 32 {
                bytes[32] = SIGCHLD as u8;
                bytes[given - 1] = last;
            }
            agree(&harness, guard.put(&bytes), size);
            // One byte fewer than it says.
            agree(&harness, guard.end() - given + usize::from(given > 0), size);
        }
    }
    for place in [0, 8, 1 << 63] {
        agree(&harness, place, SIZE);
    }
}

#[test]
fn other_bad_arguments_agree() {
    let harness = Harness::new();
    for exit_signal in [0, 1, 64, 65, 255, 256, 1 << 40] {
        agree(&harness, address(&Args { exit_signal, ..FORK }), SIZE);
    }
    let top = (1 << 47) - 4096;
    for (stack, stack_size) in
        [(0, 1), (8, 0), (top, 1), (top - 4096, 4097), (1 << 63, 16), (u64::MAX, 1), (u64::MAX, 2), (16, !0)]
    {
        let args = Args { stack, stack_size, ..FORK };
        assert_eq!(agree(&harness, address(&args), SIZE), EINVAL);
    }
    for (set_tid, set_tid_size) in [(0, 1), (8, 0), (8, 33)] {
        let args = Args { set_tid, set_tid_size, ..FORK };
        assert_eq!(agree(&harness, address(&args), SIZE), EINVAL);
    }
    for (cgroup, size) in [(1 << 31, SIZE), (0, 80)] {
        let args = Args { flags: CLONE_INTO_CGROUP, cgroup, ..FORK };
        assert_eq!(agree(&harness, address(&args), size), EINVAL);
    }
    let chosen = 12345u32;
    let args = Args { set_tid: address(&chosen) as u64, set_tid_size: 1, ..FORK };
    assert_eq!(converted(&harness, &args), ENOSYS);
}

#[test]
fn a_forked_child_knows_its_ids() {
    let harness = Harness::new();
    for by_layer in [false, true] {
        let (parent_tid, child_tid) = (Shared::new(0u32), std::cell::UnsafeCell::new(0u32));
        let args = Args {
            flags: CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
            parent_tid: parent_tid.address() as u64,
            child_tid: child_tid.get() as u64,
            ..FORK
        };
        let pid = fork(&harness, by_layer, address(&args), SIZE);
        // SAFETY: the kernel wrote it, if anyone did.
        let tid = unsafe { child_tid.get().read_volatile() };
        if pid == 0 {
            exit_now(if tid == std::process::id() && parent_tid.get() == tid { 7 } else { 8 });
        }
        assert_eq!(wait_for(pid as i32), 7 << 8);
        assert_eq!((parent_tid.get(), tid), (pid as u32, 0), "the child's is its own");
    }
}

#[test]
fn a_descriptor_of_the_child_comes_back() {
    let harness = Harness::new();
    let mut pidfd = u32::MAX;
    let args = Args { flags: CLONE_PIDFD, pidfd: std::ptr::from_mut(&mut pidfd) as u64, ..FORK };
    let pid = fork(&harness, true, address(&args), SIZE);
    if pid == 0 {
        exit_now(0);
    }
    // SAFETY: the kernel wrote it.
    let pidfd = unsafe { (&raw const pidfd).read_volatile() };
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{pidfd}")).expect("a descriptor");
    assert!(info.lines().any(|line| line == format!("Pid:\t{pid}")), "{info}");
    assert_eq!(wait_for(pid as i32), 0);

    let [mut one, mut other] = [0u32; 2];
    let [one, other] = [&mut one, &mut other].map(|of| std::ptr::from_mut(of) as u64);
    let both = Args { flags: CLONE_PIDFD | CLONE_PARENT_SETTID, pidfd: one, parent_tid: one, ..FORK };
    assert_eq!(agree(&harness, address(&both), SIZE), EINVAL);
    assert_eq!(converted(&harness, &Args { parent_tid: other, ..both }), ENOSYS);
}

/// Before 5.2 `clone` ignores CLONE_PIDFD, and comes to the thread pointer of the question, which is refused.
#[test]
fn a_clone_without_descriptors_is_found_out() {
    let harness = Harness::new();
    let question = (CLONE_PIDFD | CLONE_DETACHED | CLONE_SETTLS) as u32;
    // EPERM to that question, and all else allowed; `struct sock_filter` is code, yes, no, value.
    let filter: [(u16, u8, u8, u32); 6] = [
        (0x20, 0, 0, 0),
        (0x15, 0, 3, harness.nr("clone") as u32),
        (0x20, 0, 0, 16),
        (0x15, 0, 1, question),
        (0x06, 0, 0, 0x0005_0001),
        (0x06, 0, 0, 0x7fff_0000),
    ];
    let filter: Vec<u64> = filter
        .iter()
        .map(|(code, yes, no, value)| {
            u64::from(*code) | u64::from(*yes) << 16 | u64::from(*no) << 24 | u64::from(*value) << 32
        })
        .collect();
    let program = [filter.len(), filter.as_ptr() as usize];
    let mut pidfd = 0u32;
    let args = Args { flags: CLONE_PIDFD, pidfd: std::ptr::from_mut(&mut pidfd) as u64, ..FORK };
    let result = in_child(|| {
        const PR_SET_NO_NEW_PRIVS: usize = 38;
        for (name, arguments) in
            [("prctl", [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0]), ("seccomp", [1, 0, address(&program), 0, 0, 0])]
        {
            // SAFETY: in a process of its own.
            assert_eq!(unsafe { harness.real(name, arguments) }, 0);
        }
        fork(&harness, true, address(&args), SIZE)
    });
    assert_eq!(result, ENOSYS);
    assert!(converted(&harness, &args) > 0);
}

/// What a child on a stack of its own finds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    stack: usize,
    thread_pointer: usize,
    is_done: usize,
}

/// Makes the call; a child runs [`child`] with `found`. Both keep values in registers over the call.
///
/// # Safety
///
/// `entry` is of a function of the layer behind a raw entry, and the child's stack its own or lent by a waiting
/// parent.
unsafe fn spawn(entry: usize, table: usize, args: &Args, found: &Shared<Found>) -> isize {
    let result: isize;
    // SAFETY: the caller's duty.
    unsafe {
        asm!(
            "call r15",
            "test rax, rax",
            "jnz 2f",
            "mov rdi, r14",
            "mov rsi, rsp",
            "xor ebp, ebp",
            "and rsp, -16",
            "call r12",
            "ud2",
            "2:",
            in("r12") child,
            in("r14") found.address(),
            in("r15") entry,
            in("r11") table,
            inlateout("rdi") address(args) => _,
            inlateout("rsi") SIZE => _,
            lateout("rax") result,
            clobber_abi("C"),
        );
    }
    result
}

/// Ends the thread; touches nothing that belongs to a thread of this language.
extern "C" fn child(found: *mut Found, stack: usize) -> ! {
    let thread_pointer: usize;
    // SAFETY: every thread here has a thread pointer that leads to a word.
    unsafe { asm!("mov {}, fs:[0]", out(reg) thread_pointer) };
    // SAFETY: the parent's, which waits for the last word.
    unsafe { found.write_volatile(Found { stack, thread_pointer, is_done: 1 }) };
    // SAFETY: exit(5) ends it.
    unsafe { asm!("syscall", in("rax") 60, in("rdi") 5, options(noreturn)) };
}

fn stack() -> (Vec<u64>, u64, u64) {
    let memory = vec![0u64; 8192];
    let (start, size) = (memory.as_ptr() as u64, 65536);
    (memory, start, size)
}

#[test]
fn a_child_begins_on_the_stack_it_was_given() {
    let harness = Harness::new();
    let (entry, table) = harness.entry("clone3", "clone3", &[]);
    for flags in [0, CLONE_VM, CLONE_VM | CLONE_VFORK] {
        for odd in [0, 8, 3] {
            let found = Shared::new(Found::default());
            let (memory, stack, size) = stack();
            let args = Args { flags, stack, stack_size: size - odd, ..FORK };
            // SAFETY: the child has a stack of its own.
            let pid = unsafe { spawn(entry, table, &args, &found) };
            assert!(pid > 0, "{pid}");
            assert_eq!(wait_for(pid as i32), 5 << 8);
            assert_eq!(found.get().stack as u64, stack + size - odd);
            drop(memory);
        }
    }
}

#[test]
fn a_child_borrows_the_stack_of_a_waiting_parent() {
    let harness = Harness::new();
    let (entry, table) = harness.entry("clone3", "clone3", &[]);
    let found = Shared::new(Found::default());
    for exit_signal in [0, SIGCHLD] {
        let args = Args { flags: CLONE_VM | CLONE_VFORK, exit_signal, ..FORK };
        // SAFETY: the parent waits.
        let pid = unsafe { spawn(entry, table, &args, &found) };
        assert_eq!(found.get().is_done, 1, "the parent waited");
        assert_eq!(wait_for(pid as i32), 5 << 8);
    }
}

#[test]
fn a_thread_has_its_thread_pointer_and_tells_its_end() {
    let harness = Harness::new();
    let (entry, table) = harness.entry("clone3", "clone3", &[]);
    in_child(|| {
        let found = Shared::new(Found::default());
        let (memory, stack, stack_size) = stack();
        let own = Box::new([0usize; 64]);
        let tls = own.as_ptr() as u64;
        let (tid, parent_tid) = (Shared::new(u32::MAX), Shared::new(0u32));
        // The word at the thread pointer is its own address, as everywhere.
        // SAFETY: nobody else knows it yet.
        unsafe { (tls as *mut u64).write_volatile(tls) };
        let args = Args {
            flags: THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
            exit_signal: 0,
            child_tid: tid.address() as u64,
            parent_tid: parent_tid.address() as u64,
            tls,
            stack,
            stack_size,
            ..FORK
        };
        // SAFETY: the thread has a stack of its own.
        let pid = unsafe { spawn(entry, table, &args, &found) };
        assert!(pid > 0, "{pid}");
        while tid.get() != 0 {
            std::thread::yield_now();
        }
        assert_eq!(parent_tid.get() as isize, pid);
        assert_eq!(found.get().stack as u64, stack + stack_size);
        assert_eq!(found.get().thread_pointer as u64, tls);
        drop((memory, own));
    });
}

/// Behind the C entry the return address is in `%r9`, and the layer ends in the C entry of `clone`.
#[test]
fn the_c_entry_returns_twice_too() {
    let harness = Harness::new();
    let (entry, table) = harness.entry("clone3", "clone3_c", &[]);
    let args = FORK;
    let (result, before, after): (isize, usize, usize);
    // SAFETY: the child has a copy of all memory.
    unsafe {
        asm!(
            "mov r12, rsp",
            "lea r9, [rip + 2f]",
            "jmp r15",
            "2:",
            "mov r13, rsp",
            out("r12") before,
            out("r13") after,
            in("r15") entry,
            in("r11") table,
            inlateout("rdi") address(&args) => _,
            inlateout("rsi") SIZE => _,
            lateout("rax") result,
            clobber_abi("C"),
        );
    }
    if result == 0 {
        exit_now(if before == after { 7 } else { 8 });
    }
    assert_eq!(before, after);
    assert_eq!(wait_for(result as i32), 7 << 8);
}
