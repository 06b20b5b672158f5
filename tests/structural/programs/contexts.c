/* Converted calls on a stack of 8 KiB, in a vforked child, and interrupted by handlers that make them too. */
#include "toy.h"

enum { STACK = 8192, BUDGET = 4096 };

static char *stack;

/* Makes a call on the small stack; it must use no more of that than an entry of the layer may. */
static long small(void *entry, long a, long b, long c, long d) {
	for (int i = 0; i < STACK; i++)
		stack[i] = 0x5e;
	long result = on_stack(stack + STACK, entry, a, b, c, d);
	int lowest = 0;
	while (lowest < STACK && stack[lowest] == 0x5e)
		lowest++;
	check(STACK - lowest <= BUDGET);
	return result;
}

static void small_stacks(void) {
	char *pages = __sys_mmap(NULL, 4096 + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack = pages + 4096;
	check_equal(__sys_mprotect(stack, STACK, PROT_READ | PROT_WRITE), 0);
	struct toy_timespec time = {0, 1000};
	check_equal(small(__sys_nanosleep, (long)&time, (long)&time, 0, 0), 0);
	check_equal(small(__sys_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0), 0);
	check_equal(small(__sys_raw_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0), 0);
	struct toy_stat stat;
	check_equal(small(__sys_fstat, 0, (long)&stat, 0, 0), 0);
	/* On that very stack, too. */
	check_equal(on_stack(stack + STACK, __sys_fstat, 0, (long)stack, 0, 0), 0);
	check_equal(((struct toy_stat *)stack)->st_ino, stat.st_ino);
	check_equal(small(__sys_fstat, -1, (long)&stat, 0, 0), -1);
	check_equal(case_errno, EBADF);
	static struct toy_iovec many[1024];
	int pair[2];
	check_equal(kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0), 0);
	static char text[] = "text";
	for (int i = 0; i < 1024; i++)
		many[i] = (struct toy_iovec){text, 1};
	check(small(__sys_writev, pair[0], (long)many, 1024, 0) >= 100);
	struct toy_mmsghdr each[6];
	for (int i = 0; i < 6; i++)
		each[i] = (struct toy_mmsghdr){.msg_hdr = {.msg_iov = many, .msg_iovlen = 4}};
	check(small(__sys_sendmmsg, pair[0], (long)each, 6, 0) >= 1);
	struct toy_how how = {.flags = O_RDONLY};
	int file = small(__sys_openat2, AT_FDCWD, (long)"/", (long)&how, sizeof how);
	check(file >= 0);
	__sys_close(file);
	/* Addresses, in registers and in as many messages as are done at once, and a struct that says its size. */
	struct toy_address address = {.family = AF_INET, .place.in = {{127, 0, 0, 1}, 0}};
	unsigned size = sizeof address;
	int a = kernel(LIBSYS_NR_socket, AF_INET, SOCK_DGRAM, 0, 0, 0);
	check_equal(small(__sys_bind, a, (long)&address, 12, 0), 0);
	check_equal(small(__sys_getsockname, a, (long)&address, (long)&size, 0), 0);
	check_equal(size, 12);
	check_equal(small(__sys_connect, a, (long)&address, 12, 0), 0);
	for (int i = 0; i < 6; i++)
		each[i] = (struct toy_mmsghdr){.msg_hdr = {.msg_iov = many, .msg_iovlen = 4, .msg_name = &address, .msg_namelen = 12}};
	check(small(__sys_sendmmsg, a, (long)each, 6, 0) >= 2);
	struct toy_msghdr_in message = {.msg_iov = many, .msg_iovlen = 4, .msg_name = &address, .msg_namelen = size};
	check_equal(small(__sys_recvmsg, a, (long)&message, 0, 0), 4);
	check_equal(message.msg_namelen, 12);
	__sys_close(a);
	struct toy_sched_attr attr;
	check_equal(small(__sys_sched_getattr, 0, (long)&attr, sizeof attr, 0), 0);
	check_equal(small(__sys_sched_setattr, 0, (long)&attr, 0, 0), 0);
	__sys_close(pair[0]);
	__sys_close(pair[1]);
}

static void vforked(void) {
	struct toy_timespec time = {0, 1000};
	struct toy_stat stat;
	struct toy_rusage usage = {{-1, -1}, {-1, -1}, -1, -1};
	int status;
	int child = __sys_vfork();
	if (child == 0) {
		int good = __sys_fstat(0, &stat) == 0 && __sys_nanosleep(&time, NULL) == 0 &&
			   __sys_clock_gettime(CLOCK_REALTIME, &time) == 0 && __sys_raw_fstat(-1, &stat) == -EBADF;
		struct toy_address address;
		unsigned size = sizeof address;
		int pair[2];
		good &= kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0) == 0 &&
			__sys_getsockname(pair[0], &address, &size) == 0 && size == 4;
		__sys_exit_group(good ? 6 : 7);
	}
	check(child > 0);
	check_equal(__sys_wait4(child, &status, 0, &usage), child);
	check_equal(status, 6 << 8);
	check_equal(usage.ru_utime.tv_sec, 0);
	check(time.sec > 1700000000);
	check_equal(__sys_raw_wait4(child, &status, 0, &usage), -ECHILD);
	check_equal(__sys_raw_wait4(child, NULL, 0, NULL), -ECHILD);
}

static volatile long handled;

static void handler(int signal) {
	(void)signal;
	struct toy_timespec time = {-1, -1};
	struct toy_stat stat;
	int kept = case_errno;
	check_equal(__sys_clock_gettime(CLOCK_MONOTONIC, &time), 0);
	check(time.sec >= 0);
	check_equal(__sys_fstat(0, &stat), 0);
	check_equal(stat.st_gen, 7);
	check_equal(__sys_fstat(-1, &stat), -1);
	case_errno = kept;
	handled++;
}

static void interrupted(void) {
	struct toy_sigaction action = {
		.sa_handler = (void (*)(void))handler,
		.sa_flags = TOY_RESTORER | TOY_RESTART,
		.sa_restorer = __sys_raw_rt_sigreturn,
	};
	check_equal(__sys_rt_sigaction(SIGALRM, &action, NULL, 8), 0);
	struct toy_itimerval tick = {{0, 50}, {0, 50}}, stop = {{0, 0}, {0, 0}};
	struct toy_stat first, again;
	check_equal(__sys_fstat(0, &first), 0);
	check_equal(__sys_setitimer(ITIMER_REAL, &tick, NULL), 0);
	int pair[2];
	check_equal(kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0), 0);
	for (long i = 0; handled < 500; i++) {
		check_equal(__sys_fstat(0, &again), 0);
		check_equal(again.st_ino, first.st_ino);
		check_equal(again.st_gen, 7);
		char text[4] = "abc", back[4] = {0};
		struct toy_iovec out[2] = {{text, 1}, {text + 1, 2}}, in[2] = {{back, 2}, {back + 2, 1}};
		check_equal(__sys_writev(pair[0], out, 2), 3);
		check_equal(__sys_readv(pair[1], in, 2), 3);
		check(equal(back, text));
		case_errno = 0;
		check_equal(__sys_fstat(-1, &again), -1);
		check_equal(case_errno, EBADF);
	}
	check_equal(__sys_setitimer(ITIMER_REAL, &stop, NULL), 0);
}

int main(void) {
	check(is_supplied());
	small_stacks();
	vforked();
	interrupted();
	print("ok");
	return 0;
}
