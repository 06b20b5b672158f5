/* Times calls of tests/structural/toy.sys, whose structs are not the kernel's, as pairs.h says. Built on glibc with that
   ABI's libsys_text.a beside it, supplied by its native map. Structs lie on the stack, which the layer need not ask for,
   but for those that are said to be elsewhere. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pairs.h"

struct toy_timespec {
	int32_t sec, nsec;
};
struct toy_stat {
	uint16_t some[5], generation;
	uint64_t more[9], spare;
};
struct toy_rusage {
	uint64_t words[4];
};
struct toy_sigaction {
	uint64_t mask;
	uint32_t flags;
	void *handler, *restorer;
};
struct toy_iovec {
	void *base;
	uint32_t len;
} __attribute__((packed, aligned(4)));
struct toy_msghdr {
	struct toy_iovec *iov;
	uint32_t iovlen, namelen;
	void *name, *control;
	uint32_t controllen, flags;
};
struct toy_epoll_event {
	uint32_t events;
	uint64_t data;
};
/* The kernel's, which glibc's is not. */
struct kernel_sigaction {
	void *handler;
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

long __sys_raw_clock_settime(int, const struct toy_timespec *);
long __sys_raw_clock_gettime(int, struct toy_timespec *);
long __sys_raw_fstat(int, struct toy_stat *);
long __sys_raw_getrusage(int, struct toy_rusage *);
long __sys_raw_rt_sigaction(int, const struct toy_sigaction *, struct toy_sigaction *, unsigned long);
long __sys_raw_writev(int, const struct toy_iovec *, unsigned long);
long __sys_raw_sendmsg(int, const struct toy_msghdr *, int);
long __sys_raw_epoll_wait(int, struct toy_epoll_event *, int, int);

/* Nothing that is looked at crosses a page. */
static struct {
	struct toy_stat stat;
	struct stat kernels_stat;
} elsewhere __attribute__((aligned(4096)));
static char bytes[16];
static int null, epoll;

/* Refused for its nanoseconds: a struct goes in, and nothing happens. */
static inline void settime(void) {
	struct toy_timespec time = {0, -1};
	__sys_raw_clock_settime(CLOCK_REALTIME, &time);
}
static inline void kernels_settime(void) {
	struct timespec time = {0, -1};
	call(SYS_clock_settime, CLOCK_REALTIME, (long)&time, 0, 0, 0, 0);
}

/* The time of the process, which the vDSO does not have. */
static inline void gettime(void) {
	struct toy_timespec time;
	__sys_raw_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
}
static inline void kernels_gettime(void) {
	struct timespec time;
	call(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, (long)&time, 0, 0, 0, 0);
}

static inline void stats(void) {
	struct toy_stat stat;
	__sys_raw_fstat(null, &stat);
}
static inline void kernels_stats(void) {
	struct stat stat;
	call(SYS_fstat, null, (long)&stat, 0, 0, 0, 0);
}

static inline void usage(void) {
	struct toy_rusage usage;
	__sys_raw_getrusage(RUSAGE_THREAD, &usage);
}
static inline void kernels_usage(void) {
	struct rusage usage;
	call(SYS_getrusage, RUSAGE_THREAD, (long)&usage, 0, 0, 0, 0);
}

static inline void action(void) {
	struct toy_sigaction new = {0, 2 | 8, (void *)SIG_IGN, 0}, old;
	__sys_raw_rt_sigaction(SIGUSR1, &new, &old, 8);
}
static inline void kernels_action(void) {
	struct kernel_sigaction new = {(void *)SIG_IGN, SA_RESTART | SA_NODEFER, 0, 0}, old;
	call(SYS_rt_sigaction, SIGUSR1, (long)&new, (long)&old, 8, 0, 0);
}

static inline void write_two(void) {
	struct toy_iovec two[2] = {{bytes, 4}, {bytes + 4, 4}};
	__sys_raw_writev(null, two, 2);
}
static inline void kernels_write_two(void) {
	struct iovec two[2] = {{bytes, 4}, {bytes + 4, 4}};
	call(SYS_writev, null, (long)two, 2, 0, 0, 0);
}

/* Refused, since it is no socket: what the struct leads to is converted too, and nothing happens. */
static inline void send_two(void) {
	struct toy_iovec two[2] = {{bytes, 4}, {bytes + 4, 4}};
	struct toy_msghdr message = {two, 2, 0, 0, 0, 0, 0};
	__sys_raw_sendmsg(null, &message, 0);
}
static inline void kernels_send_two(void) {
	struct iovec two[2] = {{bytes, 4}, {bytes + 4, 4}};
	struct msghdr message = {.msg_iov = two, .msg_iovlen = 2};
	call(SYS_sendmsg, null, (long)&message, 0, 0, 0, 0);
}

/* There is one event, and room for four. */
static inline void wait_for_one(void) {
	struct toy_epoll_event events[4];
	__sys_raw_epoll_wait(epoll, events, 4, 0);
}
static inline void kernels_wait_for_one(void) {
	struct epoll_event events[4];
	call(SYS_epoll_wait, epoll, (long)events, 4, 0, 0, 0);
}

#define PAIRS(X)                                                   \
	X(clock_settime, 1, settime(), kernels_settime())              \
	X(clock_gettime, 1, gettime(), kernels_gettime())              \
	X(fstat, 1, stats(), kernels_stats())                          \
	X(fstat_elsewhere, 2, __sys_raw_fstat(null, &elsewhere.stat),  \
	  call(SYS_fstat, null, (long)&elsewhere.kernels_stat, 0, 0, 0, 0); \
	  writable((char *)(&elsewhere.stat + 1) - 1))                 \
	X(getrusage, 1, usage(), kernels_usage())                      \
	X(rt_sigaction, 1, action(), kernels_action())                 \
	X(writev, 1, write_two(), kernels_write_two())                 \
	X(sendmsg, 1, send_two(), kernels_send_two())                          \
	X(epoll_wait, 1, wait_for_one(), kernels_wait_for_one())

PAIRS(FUNCTIONS)

static struct pair pairs[] = {PAIRS(ENTRY)};

static void prepare(void) {
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	int ready = eventfd(1, EFD_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};
	want(null >= 0 && ready >= 0 && !epoll_ctl(epoll, EPOLL_CTL_ADD, ready, &event), "something cannot be opened");
	/* A field that the kernel does not have, and its default. */
	want(!__sys_raw_fstat(null, &elsewhere.stat) && elsewhere.stat.generation == 7, "not supplied by the map of toy.sys");
}

int main(void) {
	prepare();
	measure(pairs, sizeof pairs / sizeof *pairs);
	return 0;
}
