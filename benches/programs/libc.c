/* Times functions of the C library that it is built on, as contenders.h says. The caller runs one of these after the other
   for each library, many times. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
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
#include "contenders.h"

int main(int argc, char **argv) {
	zero = open("/dev/zero", O_RDONLY);
	null = open("/dev/null", O_WRONLY);
	file = open(argv[0], O_RDONLY);
	if (argc < 1 || zero < 0 || null < 0 || file < 0) return 1;
	measure();
	return 0;
}
