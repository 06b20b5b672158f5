/* Times functions of the C library that it is built on: one line for each, NAME NS_X1000, the median of rounds in which
   all take turns. The caller runs one of these after the other for each library, many times. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int zero, null, file, word;
static char byte;
static struct timespec now;

#define CONTENDERS(X)                                                   \
	X(getppid, getppid())                                               \
	X(lseek, lseek(file, 0, SEEK_CUR))                                  \
	X(lseek_fails, lseek(-1, 0, SEEK_CUR))                              \
	X(read, read(zero, &byte, 1))                                       \
	X(write, write(null, &byte, 1))                                     \
	X(pread, pread(file, &byte, 1, 0))                                  \
	X(open_close, close(open("/dev/null", O_RDONLY)))                   \
	X(futex_wake, syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0)) \
	X(clock_gettime, clock_gettime(CLOCK_MONOTONIC, &now))

enum { ROUNDS = 61, CALLS = 400 };

static double nanoseconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#define FUNCTION(name, call)                                            \
	__attribute__((noinline)) static double time_##name(void) {         \
		double start = nanoseconds();                                   \
		for (int i = 0; i < CALLS; i++) {                               \
			call;                                                       \
			__asm__ volatile("" ::: "memory");                          \
		}                                                               \
		return (nanoseconds() - start) / CALLS;                         \
	}
CONTENDERS(FUNCTION)

#define ENTRY(name, call) {#name, time_##name, {0}},
static struct contender {
	const char *name;
	double (*time)(void);
	double results[ROUNDS];
} contenders[] = {CONTENDERS(ENTRY)};
enum { COUNT = sizeof contenders / sizeof *contenders };

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	zero = open("/dev/zero", O_RDONLY);
	null = open("/dev/null", O_WRONLY);
	file = open(argv[0], O_RDONLY);
	if (argc < 1 || zero < 0 || null < 0 || file < 0) return 1;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < COUNT; i++) contenders[i].results[round] = contenders[i].time();
	for (int i = 0; i < COUNT; i++) {
		qsort(contenders[i].results, ROUNDS, sizeof(double), compare);
		printf("%s %.0f\n", contenders[i].name, contenders[i].results[ROUNDS / 2] * 1000);
	}
	return 0;
}
