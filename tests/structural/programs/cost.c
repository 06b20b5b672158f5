/* What converted calls cost above the kernel's own: prints tenths of nanoseconds of each, medians of rounds taken in turn. */
#include "toy.h"

enum { ROUNDS = 41, CALLS = 2000 };

static uint64_t now(void) {
	struct timespec time;
	kernel(LIBSYS_NR_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0, 0);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct toy_stat *far_stat;

static void kernels_fstat(void) {
	struct stat stat;
	kernel(LIBSYS_NR_fstat, 0, (long)&stat, 0, 0, 0);
}

static void converted_fstat(void) {
	struct toy_stat stat;
	__sys_raw_fstat(0, &stat);
}

/* Not on the stack: the kernel is asked whether it can be written. */
static void far_fstat(void) {
	__sys_raw_fstat(0, far_stat);
}

/* The question alone. */
static void asks(void) {
	kernel(LIBSYS_NR_rt_sigprocmask, 0, 0, (long)far_stat, 8, 0);
}

static void kernels_clock(void) {
	struct timespec time;
	kernel(LIBSYS_NR_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, (long)&time, 0, 0, 0);
}

static void converted_clock(void) {
	struct toy_timespec time;
	__sys_raw_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
}

static void converted_vdso(void) {
	struct toy_timespec time;
	__sys_raw_clock_gettime(CLOCK_MONOTONIC, &time);
}

static void kernels_settime(void) {
	struct timespec time = {0, -1};
	kernel(LIBSYS_NR_clock_settime, CLOCK_REALTIME, (long)&time, 0, 0, 0);
}

/* Refused by the kernel for its nanoseconds: a struct goes in and nothing happens. */
static void converted_settime(void) {
	struct toy_timespec time = {0, -1};
	__sys_raw_clock_settime(CLOCK_REALTIME, &time);
}

static const struct {
	const char *name;
	void (*call)(void);
} ways[] = {
	{"fstat-kernel", kernels_fstat},
	{"fstat", converted_fstat},
	{"fstat-elsewhere", far_fstat},
	{"asking", asks},
	{"settime-kernel", kernels_settime},
	{"settime", converted_settime},
	{"cputime-kernel", kernels_clock},
	{"cputime", converted_clock},
	{"monotonic-vdso", converted_vdso},
};

enum { COUNT = sizeof ways / sizeof ways[0] };

int main(void) {
	static uint64_t times[COUNT][ROUNDS];
	far_stat = (struct toy_stat *)(page_with_end() - 2048);
	for (int round = 0; round < ROUNDS; round++)
		for (int way = 0; way < COUNT; way++) {
			uint64_t start = now();
			for (int i = 0; i < CALLS; i++)
				ways[way].call();
			times[way][round] = now() - start;
		}
	for (int way = 0; way < COUNT; way++) {
		uint64_t *sorted = times[way];
		for (int i = 1; i < ROUNDS; i++)
			for (int j = i; j > 0 && sorted[j] < sorted[j - 1]; j--) {
				uint64_t one = sorted[j];
				sorted[j] = sorted[j - 1];
				sorted[j - 1] = one;
			}
		print_to(1, ways[way].name);
		print_to(1, "\t");
		print_number_to(1, (long)(sorted[ROUNDS / 2] * 10 / CALLS));
		print_to(1, "\n");
	}
	return 0;
}
