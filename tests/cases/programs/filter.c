/* A filter that answers EPERM to one call: its result is that error, and all others go on. Holes are not even
   asked: they answer ENOSYS without entering the kernel. */
#include "filters.h"

int main(void) {
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		SKIP_UNLESS_EQUAL(LIBSYS_NR_getppid, 1),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
		SKIP_IF_AT_LEAST(1000, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
	};
	int pid = __sys_getpid();
	install(filter, sizeof filter / sizeof *filter);
	check_equal(__sys_raw_getppid(), -EPERM);
	check_equal(__sys_getppid(), -1);
	check_equal(case_errno, EPERM);
	check_equal(__sys_getpid(), pid);
	check_equal(__sys_raw_libsys_syscall(1001, 0, 0, 0, 0, 0, 0), -ENOSYS);
	check_equal(__sys_raw_libsys_syscall(-1, 0, 0, 0, 0, 0, 0), -ENOSYS);
	return 0;
}
