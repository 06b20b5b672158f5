/* A thread is cancelled at each instruction of a cancellation point, one after the other: either its call goes into effect
   and is told, or neither. */
//#Stdout: ok
#include "../libc.h"
#include <sys/ioctl.h>
#include <ucontext.h>

/* The libc's own signal, and the flag of single steps. */
enum { SIGCANCEL = 33, TRAP_FLAG = 0x100 };

static int ends[2];
static volatile int at, steps, is_reached;
static volatile ssize_t result;

/* Has the signal of a cancellation wait for the instruction that comes next. */
static void step(int signal, siginfo_t *info, void *context) {
	(void)signal, (void)info;
	if (++steps < at)
		return;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
	is_reached = 1;
	pthread_cancel(pthread_self());
	syscall(SYS_tkill, syscall(SYS_gettid), SIGCANCEL);
}

/* Beyond the red zone. */
#define CHANGE_FLAGS(how) \
	__asm__ volatile("lea -128(%%rsp), %%rsp\npushf\n" how "\npopf\nlea 128(%%rsp), %%rsp" ::: "memory", "cc")

static void *work(void *unused) {
	char byte;
	CHANGE_FLAGS("orq $0x100, (%%rsp)");
	ssize_t size = read(ends[0], &byte, 1);
	CHANGE_FLAGS("andq $~0x100, (%%rsp)");
	result = size;
	pthread_testcancel();
	return unused;
}

int main(void) {
	struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
	/* sigfillset(3) leaves out the libc's own. */
	memset(&action.sa_mask, -1, sizeof action.sa_mask);
	check_equal(sigaction(SIGTRAP, &action, NULL), 0);
	check_equal(pipe(ends), 0);
	int before = 0, after = 0;
	for (at = 1;; at++) {
		pthread_t thread;
		void *status;
		int left;
		check_equal(write(ends[1], "x", 1), 1);
		steps = is_reached = 0;
		result = -2;
		check_equal(pthread_create(&thread, NULL, work, NULL), 0);
		check_equal(pthread_join(thread, &status), 0);
		check_equal(ioctl(ends[0], FIONREAD, &left), 0);
		check_equal(left, result == 1 ? 0 : 1);
		if (!is_reached)
			break;
		check(status == PTHREAD_CANCELED);
		check(result == 1 || result == -2);
		before += result == -2;
		after += result == 1;
		if (left)
			check_equal(read(ends[0], &(char){0}, 1), 1);
	}
	/* Enough of both to have been on either side of the kernel. */
	check(before > 5);
	check(after > 3);
	puts("ok");
	return 0;
}
