/* A storm of signals, whose handler makes failing calls of its own: every result and errno stays right. */
#include "signals.h"

static volatile unsigned long storms;

static void handler(int signal) {
	(void)signal;
	int saved = case_errno;
	storms++;
	check_equal(__sys_chdir("/does/not/exist"), -1);
	check_equal(case_errno, ENOENT);
	check_equal(__sys_raw_close(-1), -EBADF);
	case_errno = saved;
}

static long now(void) {
	struct timespec t;
	check_equal(__sys_raw_clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

int main(void) {
	int pid = __sys_getpid();
	handle(SIGALRM, handler, SA_RESTART);
	tick(50);
	long end = now() + 100 * 1000000L, before = 0;
	do {
		case_errno = 0;
		check_equal(__sys_close(-1), -1);
		check_equal(case_errno, EBADF);
		check_equal(__sys_getpid(), pid);
		check_equal(case_errno, EBADF);
		check_equal(__sys_raw_getpid(), pid);
		check_equal(__sys_libsys_syscall(LIBSYS_NR_getpid, 0, 0, 0, 0, 0, 0), pid);
		check_equal(__sys_lseek(-1, 0, 0), -1);
		check_equal(case_errno, EBADF);
		check_equal(__sys_clone3(NULL, 1), -1);
		check_equal(case_errno, EINVAL);
		check_equal(__sys_clock_gettime(1000, NULL), -1);
		check_equal(case_errno, EINVAL);
		check_equal(__sys_libsys_syscall(-1, 0, 0, 0, 0, 0, 0), -1);
		check_equal(case_errno, ENOSYS);
		check(now() >= before);
		before = now();
	} while (before < end || storms <= 50);
	tick(0);
	return 0;
}
