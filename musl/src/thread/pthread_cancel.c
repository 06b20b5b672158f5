/* Cancellation with the program counter in a slot.
 *
 * A thread is cancelled at a cancellation point as long as its call has not gone into effect: while it is in
 * __syscall_cp_c before the call, or in the raw entry that this called, at or before the instruction that enters the
 * kernel. Behind it the result counts. Which of the table's callers it was, the return address tells. A blocked call is
 * interrupted at that instruction, and restarted there.
 *
 * A converted call is carried out by several others, which the layer behind the table makes, and only the layer knows
 * what it has done by then. So it is not left: a wait inside it is ended with EINTR, as by any other signal, and the
 * layer returns that to the cancellation point. Anywhere else in it the signal comes back a little later. */

#define _GNU_SOURCE
#include <stddef.h>
#include <string.h>
#include <time.h>
#include "pthread_impl.h"
#include "syscall.h"

/* ABI.md, "Slots": bytes in an entry, where the entering instruction lies in it, bytes in all entries. */
#define ENTRY_SIZE 32
#define ENTER_OFFSET 14
#define TABLE_SIZE 65536
/* ABI.md, "The data page", which lies behind the entries: bytes in the layer, and its address. */
#define LAYER_SIZE 20
#define LAYER 32

/* x86_64/syscall_cp.s */
_Static_assert(offsetof(struct pthread, cancel) == 60 && offsetof(struct pthread, canceldisable) == 64
               && SYS_close == 3 && PTHREAD_CANCEL_DISABLE == 1 && EINTR == 4, "as they are there");

/* How soon the signal comes back, in nanoseconds. */
#define LATER 200000

hidden long __cancel(void);
hidden long __cp_interrupted(syscall_arg_t);
extern hidden const char __cp_begin[1], __cp_end[1], __cp_cancel[1];

long __cancel(void)
{
	pthread_t self = __pthread_self();
	if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	self->canceldisable = PTHREAD_CANCEL_DISABLE;
	return -ECANCELED;
}

/* A cancellation point was interrupted by a signal, which may have been that of pthread_cancel; its result then. */
long __cp_interrupted(syscall_arg_t slot)
{
	pthread_t self = __pthread_self();

	if (slot != __libsys_slot(SYS_close) && self->cancel && self->canceldisable != PTHREAD_CANCEL_DISABLE)
		return __cancel();
	return -EINTR;
}

/* Where in an entry of the table an address lies, or more than that. */
static uintptr_t entry_offset(uintptr_t address)
{
	uintptr_t offset = address - __libsys_slot(SYS_read);
	return offset < TABLE_SIZE ? offset % ENTRY_SIZE : ENTRY_SIZE;
}

/* Whether the interrupted thread is at a cancellation point whose call has not gone into effect. If it is inside a
 * slot, that is left: what follows finds the stack as __syscall_cp_c has it. */
static int leave_call(greg_t *registers)
{
	uintptr_t pc = registers[REG_RIP];
	if (pc >= (uintptr_t)__cp_begin && pc < (uintptr_t)__cp_end)
		return 1;
	if (entry_offset(pc) > ENTER_OFFSET || *(uintptr_t *)registers[REG_RSP] != (uintptr_t)__cp_end)
		return 0;
	registers[REG_RSP] += sizeof(uintptr_t);
	return 1;
}

static int in_layer(uintptr_t address)
{
	const char *data = (const char *)__libsys_slot(SYS_read) + TABLE_SIZE;
	return address - *(const uint64_t *)(data + LAYER) < *(const uint32_t *)(data + LAYER_SIZE);
}

/* Calls that conversions wait in. Of others they may not expect EINTR. */
static int waits(uintptr_t nr)
{
	switch (nr) {
	case SYS_read: case SYS_readv: case SYS_preadv:
	case SYS_write: case SYS_writev: case SYS_pwritev:
	case SYS_poll: case SYS_ppoll: case SYS_futex:
		return 1;
	}
	return 0;
}

/* Whether the interrupted thread is in a conversion. If that waits, or is about to, the wait is over, and what the
 * conversion returns decides. If not, the signal is sent again. */
static int end_conversion(greg_t *registers, pid_t tid)
{
	uintptr_t pc = registers[REG_RIP], offset = entry_offset(pc);
	uintptr_t caller = offset < ENTRY_SIZE ? *(uintptr_t *)registers[REG_RSP] : pc;

	/* One of the two return sequences of slots pops the address into rcx. */
	if (!in_layer(caller) && !(offset < ENTRY_SIZE && in_layer(registers[REG_RCX])))
		return 0;
	if (offset <= ENTER_OFFSET && waits((pc - __libsys_slot(SYS_read)) / (2 * ENTRY_SIZE))) {
		registers[REG_RAX] = -EINTR;
		registers[REG_RIP] = caller;
		registers[REG_RSP] += sizeof(uintptr_t);
		return 1;
	}
	struct {
		union sigval value;
		int signal, notify, tid, pad[11];
	} event = { .signal = SIGCANCEL, .notify = SIGEV_THREAD_ID, .tid = tid };
	int timer;
	if (__syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer)) return 0;
	struct itimerspec once = { .it_value.tv_nsec = LATER };
	__syscall(SYS_timer_settime, timer, 0, &once, 0);
	return 1;
}

static void cancel_handler(int sig, siginfo_t *si, void *context)
{
	pthread_t self = __pthread_self();
	ucontext_t *uc = context;
	greg_t *registers = uc->uc_mcontext.gregs;

	a_barrier();
	if (si->si_code == SI_TIMER) __syscall(SYS_timer_delete, si->si_timerid);
	if (!self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE) return;

	if (!self->cancelasync && end_conversion(registers, self->tid)) return;

	/* sigaddset(3) refuses the libc's own signals. */
	uc->uc_sigmask.__bits[0] |= 1UL << (SIGCANCEL - 1);

	if (self->cancelasync) {
		pthread_sigmask(SIG_SETMASK, &uc->uc_sigmask, 0);
		__cancel();
	}
	if (leave_call(registers)) {
		registers[REG_RIP] = (uintptr_t)__cp_cancel;
		return;
	}
	/* Not now: at the next cancellation point. Masked until the handler's context is left. */
	__syscall(SYS_tkill, self->tid, SIGCANCEL);
}

void __testcancel(void)
{
	pthread_t self = __pthread_self();
	if (self->cancel && !self->canceldisable)
		__cancel();
}

int pthread_cancel(pthread_t thread)
{
	static int is_prepared;
	if (!is_prepared) {
		struct sigaction action = {
			.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK,
			.sa_sigaction = cancel_handler
		};
		memset(&action.sa_mask, -1, _NSIG/8);
		__libc_sigaction(SIGCANCEL, &action, 0);
		is_prepared = 1;
	}
	a_store(&thread->cancel, 1);
	if (thread == pthread_self()) {
		if (thread->canceldisable == PTHREAD_CANCEL_ENABLE && thread->cancelasync)
			pthread_exit(PTHREAD_CANCELED);
		return 0;
	}
	return pthread_kill(thread, SIGCANCEL);
}
