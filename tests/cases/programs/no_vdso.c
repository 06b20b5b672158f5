/* Where the kernel gave no vDSO, the clocks enter the kernel. A parent that traces its child takes
   AT_SYSINFO_EHDR off the child's stack before its first instruction. */
#include "case.h"

enum { AT_IGNORE = 1, AT_SYSINFO_EHDR = 33, USER_RSP = 19 * 8 };

static const uint64_t *auxv_of(char **envp) {
	while (*envp)
		envp++;
	return (const uint64_t *)(envp + 1);
}

static int child(char **envp) {
	for (const uint64_t *entry = auxv_of(envp); entry[0]; entry += 2)
		check(entry[0] != AT_SYSINFO_EHDR);
	struct timespec first, second;
	struct timeval day;
	unsigned cpu = -1u;
	for (int i = 0; i < 10; i++) {
		check_equal(__sys_clock_gettime(CLOCK_MONOTONIC, &first), 0);
		check_equal(__sys_raw_clock_gettime(CLOCK_MONOTONIC, &second), 0);
		check(first.tv_sec < second.tv_sec || (first.tv_sec == second.tv_sec && first.tv_nsec <= second.tv_nsec));
	}
	check_equal(__sys_clock_getres(CLOCK_MONOTONIC, &first), 0);
	check_equal(__sys_gettimeofday(&day, NULL), 0);
	/* `time` tells the second of the last tick, which may be the one before. */
	check(__sys_time(NULL) >= day.tv_sec - 1);
	check_equal(__sys_getcpu(&cpu, NULL, NULL), 0);
	check(cpu != -1u);
	check_equal(__sys_clock_gettime(1000, &first), -1);
	check_equal(case_errno, EINVAL);
	if (is_supplied()) {
		const uint64_t *words = (const uint64_t *)((const char *)__sys_libsys_info() + 64);
		const unsigned numbers[] = {LIBSYS_NR_clock_gettime, LIBSYS_NR_clock_getres, LIBSYS_NR_gettimeofday,
		                            LIBSYS_NR_time, LIBSYS_NR_getcpu};
		for (int i = 0; i < 5; i++)
			check_equal(words[i], (uintptr_t)case_table + numbers[i] * LIBSYS_SLOT_SIZE + 39);
	}
	return 7;
}

static uint64_t peek(int pid, uint64_t address) {
	uint64_t word = 0;
	check_equal(__sys_ptrace(PTRACE_PEEKDATA, pid, (void *)address, &word), 0);
	return word;
}

int main(int argc, char **argv, char **envp) {
	if (argc > 1)
		return child(envp);
	/* Run by hand, the executed file is the loader, and the program its argument. */
	char *direct[] = {argv[0], "child", NULL}, *by_hand[] = {"ld-libsys", argv[0], "child", NULL};
	char **arguments = equal(variable(envp, "CASE_RUN"), "hand") ? by_hand : direct;
	int pid = __sys_fork();
	if (pid == 0) {
		check_equal(__sys_ptrace(PTRACE_TRACEME, 0, NULL, NULL), 0);
		__sys_execve("/proc/self/exe", arguments, envp);
		check(0);
	}
	int how;
	check_equal(__sys_wait4(pid, &how, 0, NULL), pid);
	check_equal(how & 0xff, 0x7f);
	uint64_t at;
	check_equal(__sys_ptrace(PTRACE_PEEKUSR, pid, (void *)USER_RSP, &at), 0);
	at += 8 * (peek(pid, at) + 2);
	while (peek(pid, at))
		at += 8;
	at += 8;
	while (peek(pid, at) != AT_SYSINFO_EHDR)
		at += 16;
	check_equal(__sys_ptrace(PTRACE_POKEDATA, pid, (void *)at, (void *)AT_IGNORE), 0);
	check_equal(__sys_ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
	check_equal(__sys_wait4(pid, &how, 0, NULL), pid);
	check_equal(how, 7 << 8);
	return 0;
}
