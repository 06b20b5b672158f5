/* Newer calls about processes, threads, futexes and filters, whose results are the same on every kernel. */
//#Runs: plain interp hand
#include "threads.h"
#include "newer.h"
#include "filters.h"

static void children(void) {
	struct clone_args args = {.exit_signal = SIGCHLD};
	for (int raw = 0; raw < 2; raw++) {
		long child = raw ? __sys_raw_clone3(&args, sizeof args) : __sys_clone3(&args, sizeof args);
		if (child == 0)
			__sys_exit_group(7);
		check(child > 0);
		int how;
		say("clone3", __sys_raw_wait4((int)child, &how, 0, NULL) == child);
		say("  its status", how);
	}
	BOTH("clone3 size 8", clone3, &args, 8);
	BOTH("clone3 size 4097", clone3, &args, 4097);
	BOTH("clone3 EFAULT", clone3, NOWHERE, sizeof args);
	args.exit_signal = 65;
	BOTH("clone3 unknown signal", clone3, &args, sizeof args);
	args = (struct clone_args){.flags = 1ul << 50};
	BOTH("clone3 unknown flag", clone3, &args, sizeof args);
	args = (struct clone_args){.stack = 4096};
	BOTH("clone3 a stack without size", clone3, &args, sizeof args);
}

static int add(struct thread *thread) {
	__atomic_add_fetch((int *)thread->argument, 1, __ATOMIC_RELAXED);
	return 0;
}

static void threads(void) {
	int sum = 0;
	for (int raw = 0; raw < 2; raw++) {
		struct thread thread;
		thread_prepare(&thread, add, &sum);
		struct clone_args args = {
			.flags = THREAD_FLAGS,
			.child_tid = (uintptr_t)&thread.tid,
			.parent_tid = (uintptr_t)&thread.tid,
			.stack = (uintptr_t)thread.stack,
			.stack_size = THREAD_STACK - 16,
			.tls = (uintptr_t)thread.tls,
		};
		void *entry = raw ? (void *)__sys_raw_clone3 : (void *)__sys_clone3;
		say("clone3 of a thread", clone3_from(entry, &args, sizeof args) > 0);
		thread_join(&thread);
	}
	say("  both ran", sum);
}

static unsigned word = 1, other = 1;

/* Waits by the newer call until the word changes. */
static int wait_here(struct thread *thread) {
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == 1)
		__sys_raw_futex_wait(&word, 1, 0xffffffff, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE, NULL, 0);
	*(int *)thread->argument = 1;
	return 0;
}

static void futexes(void) {
	const unsigned flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE;
	struct timespec past = {0, 1};
	BOTH("futex_wake", futex_wake, &word, 0xffffffff, 1, flags);
	BOTH("futex_wake without a mask", futex_wake, &word, 0, 1, flags);
	BOTH("futex_wake of 64 bits", futex_wake, &word, 0xffffffff, 1, FUTEX2_SIZE_U64);
	BOTH("futex_wake unaligned", futex_wake, (char *)&word + 1, 0xffffffff, 1, flags);
	BOTH("futex_wait another value", futex_wait, &word, 2, 0xffffffff, flags, NULL, 0);
	BOTH("futex_wait until the past", futex_wait, &word, 1, 0xffffffff, flags, &past, CLOCK_MONOTONIC);
	BOTH("futex_wait on a wrong clock", futex_wait, &word, 1, 0xffffffff, flags, &past, 77);
	BOTH("futex_wait EFAULT", futex_wait, NOWHERE, 1, 0xffffffff, flags, &past, CLOCK_MONOTONIC);
	struct futex_waitv waiters[2] = {
		{.val = 1, .uaddr = (uintptr_t)&word, .flags = flags},
		{.val = 1, .uaddr = (uintptr_t)&other, .flags = flags},
	};
	BOTH("futex_waitv of one until the past", futex_waitv, waiters, 1, 0, &past, CLOCK_MONOTONIC);
	BOTH("futex_waitv of none", futex_waitv, waiters, 0, 0, &past, CLOCK_MONOTONIC);
	BOTH("futex_waitv unknown flag", futex_waitv, waiters, 1, 1, &past, CLOCK_MONOTONIC);
	BOTH("futex_waitv of two until the past", futex_waitv, waiters, 2, 0, &past, CLOCK_MONOTONIC);
	BOTH("futex_requeue", futex_requeue, waiters, 0, 1, 1);
	waiters[0].val = 2;
	BOTH("futex_waitv another value", futex_waitv, waiters, 1, 0, &past, CLOCK_MONOTONIC);
	BOTH("futex_requeue another value", futex_requeue, waiters, 0, 1, 1);

	int done = 0;
	struct thread thread;
	thread_prepare(&thread, wait_here, &done);
	thread_start(&thread, __sys_clone);
	struct timespec moment = {0, 10000000};
	__sys_nanosleep(&moment, NULL);
	__atomic_store_n(&word, 2, __ATOMIC_RELEASE);
	check(__sys_raw_futex_wake(&word, 0xffffffff, 1, flags) >= 0);
	thread_join(&thread);
	say("futex_wait until woken", done);
}

static void scheduling(void) {
	struct sched_attr attr = {0};
	BOTH("sched_getattr", sched_getattr, 0, &attr, sizeof attr, 0);
	say("  policy", attr.sched_policy);
	say("  nice value", attr.sched_nice);
	attr = (struct sched_attr){.size = sizeof attr, .sched_policy = SCHED_BATCH, .sched_nice = 5};
	BOTH("sched_setattr", sched_setattr, 0, &attr, 0);
	BOTH("sched_getattr", sched_getattr, 0, &attr, sizeof attr, 0);
	say("  policy", attr.sched_policy);
	say("  nice value", attr.sched_nice);
	attr = (struct sched_attr){.size = 48, .sched_policy = SCHED_FIFO, .sched_priority = 3};
	BOTH("sched_setattr SCHED_FIFO", sched_setattr, 0, &attr, 0);
	say("  policy", __sys_raw_sched_getscheduler(0));
	attr.sched_priority = 100;
	BOTH("sched_setattr wrong priority", sched_setattr, 0, &attr, 0);
	attr = (struct sched_attr){.size = 48, .sched_policy = 77};
	BOTH("sched_setattr unknown policy", sched_setattr, 0, &attr, 0);
	attr = (struct sched_attr){.size = 47};
	ONCE("sched_setattr size 47", sched_setattr, 0, &attr, 0);
	BOTH("sched_getattr size 47", sched_getattr, 0, &attr, 47, 0);
	BOTH("sched_getattr unknown flag", sched_getattr, 0, &attr, sizeof attr, 1);
	BOTH("sched_getattr of nobody", sched_getattr, 999999, &attr, sizeof attr, 0);
	BOTH("sched_setattr EFAULT", sched_setattr, 0, NOWHERE, 0);
	attr = (struct sched_attr){.size = 48};
	check_equal(__sys_sched_setattr(0, &attr, 0), 0);
}

static int with_filter(void) {
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		SKIP_UNLESS_EQUAL(LIBSYS_NR_getppid, 1),
		ANSWER(SECCOMP_RET_ERRNO | EBUSY),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
	check_equal(__sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	BOTH("seccomp SECCOMP_SET_MODE_FILTER", seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	BOTH("  what it answers", getppid);
	return 0;
}

static void filters(void) {
	BOTH("seccomp unknown operation", seccomp, 77, 0, NULL);
	BOTH("seccomp unknown flag", seccomp, SECCOMP_SET_MODE_FILTER, 1 << 30, NULL);
	BOTH("seccomp EFAULT", seccomp, SECCOMP_SET_MODE_FILTER, 0, NOWHERE);
	check_equal(in_child(with_filter), 0);
}

static void executing(char **argv, char **envp) {
	char *arguments[] = {argv[0], (char *)"again", NULL};
	BOTH("execveat of nothing", execveat, AT_FDCWD, "/none", arguments, envp, 0);
	BOTH("execveat of a folder", execveat, AT_FDCWD, "/tmp", arguments, envp, 0);
	BOTH("execveat unknown flag", execveat, AT_FDCWD, argv[0], arguments, envp, 1);
	BOTH("execveat of an empty path", execveat, AT_FDCWD, "", arguments, envp, 0);
	BOTH("execveat EFAULT", execveat, AT_FDCWD, NOWHERE, arguments, envp, 0);
	int root = __sys_open("/", O_RDONLY | O_DIRECTORY, 0), file = __sys_open(argv[0], O_RDONLY, 0);
	for (int i = 0; i < 3; i++) {
		int child = __sys_fork();
		if (child == 0) {
			if (i == 0)
				__sys_execveat(AT_FDCWD, argv[0], arguments, envp, 0);
			else if (i == 1)
				__sys_execveat(root, argv[0] + 1, arguments, envp, 0);
			else
				__sys_execveat(file, "", arguments, envp, AT_EMPTY_PATH);
			__sys_exit_group(case_errno);
		}
		int how;
		check_equal(__sys_wait4(child, &how, 0, NULL), child);
		say(i == 0 ? "execveat" : i == 1 ? "execveat below a folder" : "execveat AT_EMPTY_PATH", how);
	}
}

int main(int argc, char **argv, char **envp) {
	if (argc == 2)
		return equal(argv[1], "again") ? 5 : 6;
	children();
	threads();
	futexes();
	scheduling();
	filters();
	executing(argv, envp);
	int process = (int)__sys_raw_pidfd_open(__sys_getpid(), 0);
	say("pidfd_open", process > 0 ? 0 : process);
	return 0;
}
