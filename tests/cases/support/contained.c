/* Makes newer calls, a line for each: its name, and what it answers. In a container as outside of it, if the supplier finds
   out what is missing. */
#include "../../kernels/programs/newer.h"

static unsigned word = 1;

static void files(void) {
	static struct statx statx;
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY};
	struct iovec part = {&statx, 1};
	BOTH("statx", statx, AT_FDCWD, "/", 0, STATX_BASIC_STATS, &statx);
	say("openat2", __sys_raw_openat2(AT_FDCWD, "/", &how, sizeof how));
	BOTH("faccessat2", faccessat2, AT_FDCWD, "/", 4, 0);
	BOTH("fchmodat2", fchmodat2, AT_FDCWD, "/none", 0600, AT_SYMLINK_NOFOLLOW);
	BOTH("renameat2", renameat2, AT_FDCWD, "/none", AT_FDCWD, "/neither", 0);
	BOTH("getxattrat", getxattrat, AT_FDCWD, "/none", 0, "user.x", NULL, 0);
	BOTH("preadv2", preadv2, -1, &part, 1, 0, 0, 0);
	BOTH("pwritev2", pwritev2, -1, &part, 1, 0, 0, 0);
	BOTH("close_range", close_range, 3, 10, 0);
	BOTH("epoll_pwait2", epoll_pwait2, -1, (struct epoll_event *)&statx, 1, NULL, NULL, 8);
	BOTH("io_pgetevents", io_pgetevents, 0, 1, 1, NULL, NULL, NULL);
}

static void processes(char **argv, char **envp) {
	const unsigned flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE;
	struct timespec past = {0, 1};
	struct futex_waitv waiter = {.val = 1, .uaddr = (uintptr_t)&word, .flags = flags};
	struct sched_attr attr;
	struct clone_args args = {.exit_signal = SIGCHLD};
	char bytes[16];
	long child = __sys_raw_clone3(&args, sizeof args);
	if (child == 0)
		__sys_exit_group(7);
	int how = 0;
	if (child > 0)
		check_equal(__sys_wait4((int)child, &how, 0, NULL), child);
	say("clone3", child > 0 ? how >> 8 : child);
	BOTH("execveat", execveat, AT_FDCWD, "/none", argv, envp, 0);
	BOTH("futex_wake", futex_wake, &word, 0xffffffff, 1, flags);
	BOTH("futex_waitv", futex_waitv, &waiter, 1, 0, &past, CLOCK_MONOTONIC);
	BOTH("sched_getattr", sched_getattr, 0, &attr, sizeof attr, 0);
	BOTH("membarrier", membarrier, 1 << 30, 0, 0);
	BOTH("mlock2", mlock2, &word, 4, 64);
	BOTH("pkey_free", pkey_free, 77);
	BOTH("getrandom", getrandom, bytes, sizeof bytes, 0);
}

int main(int argc, char **argv, char **envp) {
	(void)argc;
	files();
	processes(argv, envp);
	return 0;
}
