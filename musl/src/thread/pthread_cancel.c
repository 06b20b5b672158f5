/* Cancellation with the program counter in a slot.
 *
 * A thread is cancelled at a cancellation point as long as its call has not gone into effect: while it is in
 * __syscall_cp_asm before the call, or in the raw entry that this called, at or before the instruction that enters the
 * kernel. Behind it the result counts. Which of the table's callers it was, the return address tells. A blocked call is
 * interrupted at that instruction, and restarted there. */

#define _GNU_SOURCE
#include <string.h>
#include "pthread_impl.h"
#include "syscall.h"

/* ABI.md, "Slots": bytes in an entry, where the entering instruction lies in it, bytes in all entries. */
#define ENTRY_SIZE 32
#define ENTER_OFFSET 14
#define TABLE_SIZE 65536

hidden long __cancel(void);
hidden long __syscall_cp_asm(volatile void *, syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t,
                             syscall_arg_t, syscall_arg_t, syscall_arg_t);
extern hidden const char __cp_begin[1], __cp_end[1], __cp_cancel[1];

long __cancel(void)
{
	pthread_t self = __pthread_self();
	if (self->canceldisable == PTHREAD_CANCEL_ENABLE || self->cancelasync)
		pthread_exit(PTHREAD_CANCELED);
	self->canceldisable = PTHREAD_CANCEL_DISABLE;
	return -ECANCELED;
}

long __syscall_cp_c(syscall_arg_t slot, syscall_arg_t u, syscall_arg_t v, syscall_arg_t w,
                    syscall_arg_t x, syscall_arg_t y, syscall_arg_t z)
{
	pthread_t self = __pthread_self();
	int is_close = slot == __libsys_slot(SYS_close);
	int state = self->canceldisable;

	if (state && (state == PTHREAD_CANCEL_DISABLE || is_close))
		return ((long (*)(long, long, long, long, long, long))(slot + ENTRY_SIZE))(u, v, w, x, y, z);

	long result = __syscall_cp_asm(&self->cancel, slot, u, v, w, x, y, z);
	if (result == -EINTR && !is_close && self->cancel && self->canceldisable != PTHREAD_CANCEL_DISABLE)
		result = __cancel();
	return result;
}

/* Whether the interrupted thread is at a cancellation point whose call has not gone into effect. If it is inside a
 * slot, that is left: what follows finds the stack as __syscall_cp_asm has it. */
static int leave_call(mcontext_t *machine)
{
	uintptr_t pc = machine->gregs[REG_RIP];
	if (pc >= (uintptr_t)__cp_begin && pc < (uintptr_t)__cp_end)
		return 1;
	uintptr_t offset = pc - __libsys_slot(SYS_read);
	if (offset >= TABLE_SIZE || offset % ENTRY_SIZE > ENTER_OFFSET)
		return 0;
	uintptr_t *sp = (uintptr_t *)machine->gregs[REG_RSP];
	if (*sp != (uintptr_t)__cp_end)
		return 0;
	machine->gregs[REG_RSP] += sizeof *sp;
	return 1;
}

static void cancel_handler(int sig, siginfo_t *si, void *context)
{
	pthread_t self = __pthread_self();
	ucontext_t *uc = context;

	a_barrier();
	if (!self->cancel || self->canceldisable == PTHREAD_CANCEL_DISABLE) return;

	/* sigaddset(3) refuses the libc's own signals. */
	uc->uc_sigmask.__bits[0] |= 1UL << (SIGCANCEL - 1);

	if (self->cancelasync) {
		pthread_sigmask(SIG_SETMASK, &uc->uc_sigmask, 0);
		__cancel();
	}
	if (leave_call(&uc->uc_mcontext)) {
		uc->uc_mcontext.gregs[REG_RIP] = (uintptr_t)__cp_cancel;
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
