/* Handlers return through __sys_raw_rt_sigreturn. A blocked read ends with EINTR, or goes on with
   SA_RESTART; both entries; also on an alternate stack. */
#include "signals.h"

static int pipe_ends[2];
static volatile int handled;
static char alternate[16384] __attribute__((aligned(16)));
static volatile int was_on_alternate;

static void count(int signal) {
	char here;
	check_equal(signal, SIGALRM);
	was_on_alternate = &here > alternate && &here < alternate + sizeof alternate;
	/* What a handler does to errno is its own business to undo. */
	int saved = case_errno;
	check_equal(__sys_close(-1), -1);
	case_errno = saved;
	if (++handled == 3)
		check_equal(__sys_raw_write(pipe_ends[1], "x", 1), 1);
}

static void describe(int signal, struct siginfo *info, struct ucontext *context) {
	check_equal(signal, SIGALRM);
	check_equal(info->si_signo, SIGALRM);
	/* Interrupted behind the instruction that enters the kernel, in the slot of read. */
	uintptr_t in_slot = context->uc_mcontext.rip - (uintptr_t)case_table;
	if (in_slot < LIBSYS_SLOT_SIZE)
		handled++;
}

static void interrupted(void) {
	char byte;
	handle(SIGALRM, count, 0);
	handled = -1000;
	tick(5000);
	check_equal(__sys_raw_read(pipe_ends[0], &byte, 1), -EINTR);
	case_errno = 0;
	check_equal(__sys_read(pipe_ends[0], &byte, 1), -1);
	check_equal(case_errno, EINTR);
	tick(0);
}

static void restarted(unsigned long flags) {
	char byte = 0;
	handle(SIGALRM, count, SA_RESTART | flags);
	for (int raw = 0; raw < 2; raw++) {
		handled = 0;
		case_errno = 77;
		tick(3000);
		long result = raw ? __sys_raw_read(pipe_ends[0], &byte, 1) : __sys_read(pipe_ends[0], &byte, 1);
		tick(0);
		check_equal(result, 1);
		check_equal(byte, 'x');
		check(handled >= 3);
		check_equal(case_errno, 77);
		check_equal(was_on_alternate, flags != 0);
	}
}

int main(void) {
	check_equal(__sys_pipe2(pipe_ends, 0), 0);
	interrupted();
	restarted(0);
	struct sigaltstack stack = {alternate, 0, sizeof alternate};
	check_equal(__sys_sigaltstack(&stack, NULL), 0);
	restarted(SA_ONSTACK);

	char byte;
	handle(SIGALRM, describe, SA_SIGINFO);
	handled = 0;
	tick(5000);
	while (!handled)
		check_equal(__sys_raw_read(pipe_ends[0], &byte, 1), -EINTR);
	tick(0);

	struct libsys_sigaction old;
	check_equal(__sys_rt_sigaction(SIGALRM, NULL, &old, sizeof old.sa_mask), 0);
	check(old.sa_restorer == __sys_raw_rt_sigreturn);
	return 0;
}
