/* The unwind rules hold at each instruction of a slot: with the trap flag set, a handler of SIGTRAP walks
   out of the table from every instruction, and finds the caller where it is, with its stack pointer. */
//#Start: glibc
//#Shapes: static static-pie pie shared
//#Flags: -mno-red-zone
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include "case.h"

int main(int argc, char **argv, char **envp);

static uintptr_t table, at;
static int found_table, found_caller, found_main;
/* glibc's `raise` is a leaf, which compilers take to change nothing here. */
static volatile int steps;
/* Every instruction that was seen, to tell that there were some. */
static unsigned char seen[LIBSYS_DATA_OFFSET];

/* What the frame behind the slot must be; none: any that leads to main. */
__attribute__((used)) static uintptr_t caller_sp, caller_ip;

/* step(entry, a, b, c): calls an entry with the trap flag set. */
long step(void *entry, long a, long b, long c);
__asm__(
	".text\n"
	".type step, @function\n"
	"step:\n"
	"	.cfi_startproc\n"
	"	push %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %rsp, caller_sp(%rip)\n"
	"	lea 1f(%rip), %rcx\n"
	"	mov %rcx, caller_ip(%rip)\n"
	"	xor %ecx, %ecx\n"
	"	pushf\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	orl $0x100, (%rsp)\n"
	"	popf\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	call *%rax\n"
	"1:	pushf\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	andl $~0x100, (%rsp)\n"
	"	popf\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size step, . - step\n");

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *argument) {
	(void)argument;
	int before_instruction;
	uintptr_t ip = _Unwind_GetIPInfo(context, &before_instruction);
	if (ip == at)
		found_table = 1;
	else if (found_table && !found_caller)
		found_caller = !caller_ip || (ip == caller_ip && _Unwind_GetCFA(context) == caller_sp) ? 1 : -1;
	if (found_caller == 1 && _Unwind_FindEnclosingFunction((void *)(ip - !before_instruction)) == (void *)main)
		found_main = 1;
	return _URC_NO_REASON;
}

static void trapped(int signal, siginfo_t *info, void *context) {
	(void)signal, (void)info;
	at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	if (at - table >= LIBSYS_DATA_OFFSET)
		return;
	/* Unwinders know a signal frame by the bytes at its return address; one instruction later, in the middle
	   of them, a signal finds no frame. */
	if (at == (uintptr_t)__sys_raw_rt_sigreturn + 7)
		return;
	steps = steps + 1;
	seen[at - table] = 1;
	found_table = found_caller = found_main = 0;
	_Unwind_Backtrace(frame, NULL);
	if (!found_table || found_caller != 1 || !found_main)
		fail(__FILE_NAME__, __LINE__, "unwinding should work at each offset of the table", (long)(at - table));
}

/* Returns into the slot of rt_sigreturn with the trap flag set. */
static void to_frame(int signal) {
	(void)signal;
	caller_ip = 0;
	__asm__ volatile("pushf; orl $0x100, (%%rsp); popf" ::: "memory", "cc");
}

static int stepped(void *entry, long a, long b, long c, long wanted) {
	int before = steps;
	check_equal(step(entry, a, b, c), wanted);
	check(steps > before);
	return steps - before;
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv, (void)envp;
	table = (uintptr_t)case_table;
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
	check_equal(sigaction(SIGTRAP, &action, NULL), 0);
	int pid = getpid();
	struct timespec time;
	stepped(__sys_getpid, 0, 0, 0, pid);
	stepped(__sys_raw_getpid, 0, 0, 0, pid);
	stepped(__sys_close, -1, 0, 0, -1);
	stepped(__sys_raw_close, -1, 0, 0, -EBADF);
	stepped((char *)table + 1000 * LIBSYS_SLOT_SIZE, 0, 0, 0, -1);
	stepped((char *)table + 1000 * LIBSYS_SLOT_SIZE + LIBSYS_RAW_ENTRY, 0, 0, 0, -ENOSYS);
	stepped(__sys_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0);
	stepped(__sys_raw_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0);
	stepped(__sys_clock_gettime, 1000, (long)&time, 0, -1);
	stepped(__sys_raw_time, 0, 0, 0, __sys_raw_time(NULL));
	stepped(__sys_clone3, 0, 1, 0, -1);
	stepped(__sys_raw_clone3, 0, 1, 0, -EINVAL);
	stepped(__sys_libsys_info, 0, 0, 0, (long)__sys_libsys_info());
	stepped(__sys_libsys_errno, 0, 0, 0, (long)__sys_libsys_errno());
	stepped(__sys_libsys_syscall, LIBSYS_NR_close, -1, 0, -1);
	stepped(__sys_raw_libsys_syscall, LIBSYS_NR_getpid, 0, 0, pid);
	for (int raw = 0; raw < 2; raw++) {
		/* The child steps on, and returns from the slot a second time. */
		long child = step(raw ? (void *)__sys_raw_fork : (void *)__sys_fork, 0, 0, 0);
		if (child == 0)
			_exit(3);
		int how;
		check_equal(waitpid((int)child, &how, 0), child);
		check_equal(how, 3 << 8);
	}

	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} own = {to_frame, SA_RESTORER, __sys_raw_rt_sigreturn, 0};
	check_equal(__sys_rt_sigaction(SIGUSR1, (void *)&own, NULL, 8), 0);
	int before = steps;
	check_equal(raise(SIGUSR1), 0);
	check(steps > before);

	int instructions = 0;
	for (size_t i = 0; i < sizeof seen; i++)
		instructions += seen[i];
	check(instructions > 60);
	return 0;
}
