/* Times single calls, as contenders.h says: through slots, through glibc, and with the instruction in line. Built on glibc
   with libsys_text.a beside it. */
#include <errno.h>
#include <fcntl.h>
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
#include "contenders.h"

int main(void) {
	file = open("/dev/null", O_RDONLY);
	measure();
	return 0;
}
