/* A pinning policy: a filter allows a call only from its own slot, `nr == (ip - table) >> 6`. Calls go on as
   before; another number from the same instruction is refused, and so is a slot's number from elsewhere. */
#include "filters.h"

/* Jumps to the instruction of one slot that enters the kernel, with the number of another call. */
static long enter(void *entry, long number) {
	long result;
	__asm__ volatile("call *%1" : "=a"(result) : "r"((char *)entry + LIBSYS_ENTER_OFFSET), "0"(number)
	                 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	return result;
}

int main(void) {
	uintptr_t table = (uintptr_t)case_table;
	check_equal((table + LIBSYS_DATA_OFFSET) >> 32, table >> 32);
	const struct sock_filter filter[] = {
		LOAD(IP_HIGH),
		SKIP_UNLESS_EQUAL((uint32_t)(table >> 32), 7),
		LOAD(IP_LOW),
		SUBTRACT((uint32_t)table),
		SHIFT_RIGHT(6),
		KEEP,
		LOAD(NUMBER),
		SKIP_UNLESS_KEPT(1),
		ANSWER(SECCOMP_RET_ALLOW),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
	};
	int pid = __sys_getpid();
	int parent = __sys_getppid();
	install(filter, sizeof filter / sizeof *filter);

	check_equal(__sys_getpid(), pid);
	check_equal(__sys_raw_getpid(), pid);
	check_equal(__sys_libsys_syscall(LIBSYS_NR_getppid, 0, 0, 0, 0, 0, 0), parent);
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	struct timespec now;
	check_equal(__sys_clock_gettime(CLOCK_MONOTONIC, &now), 0);
	/* The vDSO asks the kernel for such a clock, from its own pages, which this policy does not know. */
	long wanted = is_supplied() ? -EPERM : 0;
	check_equal(__sys_raw_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), wanted);
	void *pages = __sys_mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(pages != (void *)-1);
	check_equal(__sys_munmap(pages, 8192), 0);
	int child = __sys_fork();
	if (child == 0)
		__sys_exit_group(3);
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	check_equal(how, 3 << 8);

	check_equal(enter(__sys_raw_getpid, LIBSYS_NR_getpid), pid);
	check_equal(enter(__sys_raw_getpid, LIBSYS_NR_getppid), -EPERM);
	check_equal(enter(__sys_raw_close, LIBSYS_NR_getpid), -EPERM);
	return 0;
}
