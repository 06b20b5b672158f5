/* A program whose seccomp filter allows the calls that it makes itself, and no others: a filter knows nothing of conversions,
   whose own calls it refuses like any. The program has the filter's answer, and nothing was done. */
//#Flavours: reserved
//#Runs: plain hand
#include "newer.h"
#include "filters.h"

#define LET(call) SKIP_UNLESS_EQUAL(LIBSYS_NR_##call, 1), ANSWER(SECCOMP_RET_ALLOW)

int main(void) {
	static struct statx statx;
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY};
	struct clone_args args = {.exit_signal = SIGCHLD};
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		LET(write), LET(exit_group), LET(wait4), LET(statx), LET(faccessat2), LET(openat2), LET(clone3), LET(membarrier),
		/* What supplied programs need besides. */
		LET(rt_sigprocmask),
		ANSWER(SECCOMP_RET_ERRNO | EBUSY),
	};
	install(filter, sizeof filter / sizeof *filter);
	BOTH("getppid", getppid);
	BOTH("statx", statx, AT_FDCWD, "/none", 0, STATX_BASIC_STATS, &statx);
	BOTH("faccessat2", faccessat2, AT_FDCWD, "/none", 4, 0);
	BOTH("openat2", openat2, AT_FDCWD, "/none", &how, sizeof how);
	BOTH("membarrier", membarrier, 1 << 30, 0, 0);
	long child = __sys_raw_clone3(&args, sizeof args);
	if (child == 0)
		__sys_exit_group(7);
	int status = 0;
	if (child > 0)
		check_equal(__sys_wait4((int)child, &status, 0, NULL), child);
	say("clone3", child > 0 ? status >> 8 : child);
	return 0;
}
