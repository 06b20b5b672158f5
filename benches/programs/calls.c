/* Times single calls: through slots, through glibc, and with the instruction in line. One process,
   interleaved: every round times each contender once; the caller takes medians of the rounds.

   Prints a line for each: NAME MEDIAN_NS_X1000, and exits. Built on glibc with libsys_text.a beside it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

long __sys_raw_getppid(void);
long __sys_getppid(void);
long __sys_close(long);
long __sys_raw_close(long);
long __sys_lseek(long, long, long);
long __sys_clock_gettime(long, struct timespec *);
long __sys_raw_clock_gettime(long, struct timespec *);
long __sys_libsys_syscall(long, long, long, long, long, long, long);

__attribute__((noinline)) static long inline_getppid(void) {
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_getppid) : "rcx", "r11", "memory");
	return result;
}
__attribute__((noinline)) static long inline_close(long fd) {
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(SYS_close), "D"(fd) : "rcx", "r11", "memory");
	return result;
}

static struct timespec now;
static int file;

#define CONTENDERS(X)                                     \
	X(inline_getppid, inline_getppid())                   \
	X(raw_getppid, __sys_raw_getppid())                   \
	X(glibc_getppid, getppid())                           \
	X(c_getppid, __sys_getppid())                         \
	X(by_number_getppid, __sys_libsys_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0))\
	X(glibc_lseek, lseek(file, 0, SEEK_CUR))              \
	X(c_lseek, __sys_lseek(file, 0, SEEK_CUR))            \
	X(inline_close_error, inline_close(-1))               \
	X(raw_close_error, __sys_raw_close(-1))               \
	X(glibc_close_error, close(-1))                       \
	X(c_close_error, __sys_close(-1))                     \
	X(glibc_clock_gettime, clock_gettime(CLOCK_MONOTONIC, &now)) \
	X(c_clock_gettime, __sys_clock_gettime(CLOCK_MONOTONIC, &now)) \
	X(raw_clock_gettime, __sys_raw_clock_gettime(CLOCK_MONOTONIC, &now))

enum { ROUNDS = 301, CALLS = 500 };

static double seconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define FUNCTION(name, call)                                   \
	static double time_##name(void) {                          \
		double start = seconds();                              \
		for (int i = 0; i < CALLS; i++) {                      \
			call;                                              \
			__asm__ volatile("" ::: "memory");                 \
		}                                                      \
		return (seconds() - start) / CALLS;                    \
	}
CONTENDERS(FUNCTION)

#define ENTRY(name, call) {#name, time_##name, {0}},
static struct contender {
	const char *name;
	double (*time)(void);
	double results[ROUNDS];
} contenders[] = {CONTENDERS(ENTRY)};

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(void) {
	enum { COUNT = sizeof contenders / sizeof *contenders };
	file = open("/dev/null", O_RDONLY);
	for (int round = -3; round < ROUNDS; round++)
		for (int i = 0; i < COUNT; i++) {
			double result = contenders[i].time();
			if (round >= 0)
				contenders[i].results[round] = result;
		}
	for (int i = 0; i < COUNT; i++) {
		qsort(contenders[i].results, ROUNDS, sizeof(double), compare);
		printf("%s %.0f\n", contenders[i].name, contenders[i].results[ROUNDS / 2] * 1000);
	}
	return 0;
}
