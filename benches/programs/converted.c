/* Times calls that the layer carries out with older ones, as pairs.h says. Built on glibc with libsys_text.a beside it,
   supplied by a map to 3.10. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pairs.h"

enum { PAGE = 4096 };

long __sys_raw_faccessat2(int, const char *, int, int);
long __sys_raw_statx(int, const char *, int, unsigned, void *);
long __sys_raw_close_range(unsigned, unsigned, unsigned);
long __sys_raw_preadv2(int, const void *, unsigned long, long, long, int);
long __sys_raw_pwritev2(int, const void *, unsigned long, long, long, int);
long __sys_raw_futex_wake(void *, unsigned long, int, unsigned);
long __sys_raw_futex_wait(void *, unsigned long, unsigned long, unsigned, const void *, int);
long __sys_raw_epoll_pwait2(int, void *, int, const void *, const void *, unsigned long);
long __sys_raw_openat2(int, const char *, const void *, unsigned long);
long __sys_raw_clone3(const void *, unsigned long);
long __sys_raw_process_madvise(int, const void *, unsigned long, int, unsigned);
long __sys_raw_mlock2(const void *, unsigned long, unsigned);
long __sys_raw_pkey_mprotect(void *, unsigned long, unsigned long, int);
long __sys_raw_fchmodat2(int, const char *, unsigned, unsigned);

/* Nothing that is looked at crosses a page. */
static struct {
	char status[256], old[144];
	struct timespec none;
	uint64_t how[3], args[11];
	struct iovec buffer;
	uint32_t word;
	char byte;
	struct epoll_event event;
} it __attribute__((aligned(4096)));
static char *page;
static int file, null, epoll;

enum { U32_PRIVATE = 2 | 128 };

#define PAIRS(X)                                                                                                    \
	X(faccessat2, 1, __sys_raw_faccessat2(AT_FDCWD, ".", R_OK, 0),                                                  \
	  call(SYS_faccessat, AT_FDCWD, (long)".", R_OK, 0, 0, 0))                                                      \
	X(statx, 2, __sys_raw_statx(AT_FDCWD, ".", 0, 0x7ff, it.status),                                                \
	  call(SYS_newfstatat, AT_FDCWD, (long)".", (long)it.old, 0, 0, 0);                                             \
	  writable(it.status + 255))                                                                                    \
	X(preadv2, 1, __sys_raw_preadv2(file, &it.buffer, 1, 0, 0, 0),                                                  \
	  call(SYS_preadv, file, (long)&it.buffer, 1, 0, 0, 0))                                                         \
	X(pwritev2, 1, __sys_raw_pwritev2(null, &it.buffer, 1, -1, -1, 0),                                              \
	  call(SYS_writev, null, (long)&it.buffer, 1, 0, 0, 0))                                                         \
	X(futex_wake, 1, __sys_raw_futex_wake(&it.word, 1, 1, U32_PRIVATE),                                             \
	  call(SYS_futex, (long)&it.word, 10 | 128, 1, 0, 0, 1))                                                        \
	X(futex_wait, 1, __sys_raw_futex_wait(&it.word, 7, 1, U32_PRIVATE, NULL, 1),                                    \
	  call(SYS_futex, (long)&it.word, 9 | 128, 7, 0, 0, 1))                                                         \
	X(epoll_pwait2, 2, __sys_raw_epoll_pwait2(epoll, &it.event, 1, &it.none, NULL, 8),                              \
	  readable((char *)&it.none + 15);                                                                              \
	  call(SYS_epoll_wait, epoll, (long)&it.event, 1, 0, 0, 0))                                                     \
	X(openat2, 2, close((int)__sys_raw_openat2(AT_FDCWD, ".", it.how, 24)),                                         \
	  readable((char *)it.how + 23);                                                                                \
	  close((int)call(SYS_openat, AT_FDCWD, (long)".", (long)it.how[0], 0, 0, 0)))                                  \
	X(close_range, 4, __sys_raw_close_range(700, 703, 0),                                                           \
	  for (long fd = 700; fd <= 703; fd++) call(SYS_close, fd, 0, 0, 0, 0, 0))                                      \
	X(clone3, 2, __sys_raw_clone3(it.args, 88),                                                                     \
	  readable((char *)it.args + 87);                                                                               \
	  call(SYS_clone, (long)it.args[0], 0, 0, 0, 0, 0))                                                             \
	X(mlock2, 1, __sys_raw_mlock2(page, PAGE, 0), call(SYS_mlock, (long)page, PAGE, 0, 0, 0, 0))                    \
	X(pkey_mprotect, 1, __sys_raw_pkey_mprotect(page, PAGE, 3, -1),                                                 \
	  call(SYS_mprotect, (long)page, PAGE, 3, 0, 0, 0))                                                             \
	X(fchmodat2, 1, __sys_raw_fchmodat2(AT_FDCWD, "/does/not/exist", 0600, 0),                                      \
	  call(SYS_fchmodat, AT_FDCWD, (long)"/does/not/exist", 0600, 0, 0, 0))

PAIRS(FUNCTIONS)

static struct pair pairs[] = {PAIRS(ENTRY)};

static void prepare(void) {
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	it.how[0] = O_RDONLY | O_CLOEXEC;
	/* The kernel refuses it before it does anything. */
	it.args[0] = CLONE_SIGHAND;
	it.buffer = (struct iovec){&it.byte, 1};
	want(page != MAP_FAILED && file >= 0 && null >= 0 && epoll >= 0, "something cannot be opened");
	/* The instruction of the raw entry; converted ones have something else there. */
	const unsigned char *code = (const unsigned char *)__sys_raw_faccessat2 + 14;
	want(code[0] != 0x0f || code[1] != 0x05, "not supplied by a map that converts");
}

int main(void) {
	prepare();
	measure(pairs, sizeof pairs / sizeof *pairs);
	return 0;
}
