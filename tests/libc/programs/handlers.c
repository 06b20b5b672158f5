/* Handlers on a stack of their own, with arguments, nested, and left by siglongjmp, out of a waiting call too. */
//#Stdout: ok
#include "../libc.h"
#include <setjmp.h>
#include <sys/file.h>

static sigjmp_buf out;
static char alternate[1 << 16];
static volatile int depth, value;
static volatile uintptr_t place;

static void on_stack(int signal, siginfo_t *info, void *context) {
	(void)signal, (void)context;
	place = (uintptr_t)&signal;
	value = info->si_value.sival_int;
}

static void jump(int signal) {
	(void)signal;
	siglongjmp(out, 1);
}

static void nest(int signal) {
	(void)signal;
	if (++depth < 5)
		raise(SIGUSR2);
}

int main(void) {
	check_equal(sigaltstack(&(stack_t){.ss_sp = alternate, .ss_size = sizeof alternate}, 0), 0);
	struct sigaction action = {.sa_sigaction = on_stack, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	check_equal(sigaction(SIGUSR1, &action, 0), 0);
	for (int i = 0; i < 100; i++) {
		check_equal(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i}), 0);
		check_equal(value, i);
		check(place >= (uintptr_t)alternate && place < (uintptr_t)alternate + sizeof alternate);
	}
	action = (struct sigaction){.sa_handler = nest, .sa_flags = SA_NODEFER};
	check_equal(sigaction(SIGUSR2, &action, 0), 0);
	check_equal(raise(SIGUSR2), 0);
	check_equal(depth, 5);

	/* Out of calls that wait: a cancellation point, and a function that is a slot. */
	action = (struct sigaction){.sa_handler = jump};
	check_equal(sigaction(SIGALRM, &action, 0), 0);
	int ends[2];
	check_equal(pipe(ends), 0);
	FILE *file = tmpfile();
	char path[64], byte;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
	int other = open(path, O_RDWR);
	check_equal(flock(other, LOCK_EX), 0);
	for (volatile int i = 0; i < 20; i++) {
		if (!sigsetjmp(out, 1)) {
			ualarm(2000, 0);
			if (i % 2)
				read(ends[0], &byte, 1);
			else
				flock(fileno(file), LOCK_EX);
			fail(__FILE_NAME__, __LINE__, "the call should not return", i);
		}
		/* The mask is as it was. */
		sigset_t set;
		check_equal(pthread_sigmask(0, 0, &set), 0);
		check_equal(sigismember(&set, SIGALRM), 0);
	}
	/* Once only. */
	action = (struct sigaction){.sa_handler = nest, .sa_flags = SA_RESETHAND};
	check_equal(sigaction(SIGUSR2, &action, 0), 0);
	depth = 9;
	check_equal(raise(SIGUSR2), 0);
	check_equal(sigaction(SIGUSR2, 0, &action), 0);
	check(action.sa_handler == SIG_DFL);
	puts("ok");
	return 0;
}
