/* Arrays of structs behind numbers, pointers inside structs, unions, and structs that carry their size. */
#include "toy.h"

enum { MANY = 1024 };

static int pair[2];

static void vectors(void) {
	char text[] = "abcdefghij", back[11] = {0};
	struct toy_iovec out[3] = {{text, 3}, {text + 3, 0}, {text + 3, 7}};
	struct toy_iovec in[2] = {{back, 4}, {back + 4, 6}};
	check_equal(__sys_writev(pair[0], out, 3), 10);
	check_equal(__sys_readv(pair[1], in, 2), 10);
	check(equal(back, text));
	check_equal(__sys_raw_writev(pair[0], out, 0), 0);
	check_equal(__sys_raw_writev(-1, out, 3), -EBADF);
	check_equal(__sys_raw_writev(pair[0], NOWHERE, 3), -EFAULT);
	check_equal(__sys_raw_writev(pair[0], NULL, 3), -EFAULT);
	/* More than the kernel takes are for the kernel to refuse. */
	check_equal(__sys_raw_writev(pair[0], out, MANY + 1), kernel(LIBSYS_NR_writev, pair[0], (long)out, MANY + 1, 0, 0));
	check_equal(__sys_raw_writev(pair[0], out, -1ul), -EINVAL);
	/* More than fit: as many as fit. */
	static struct toy_iovec many[MANY];
	static char bytes[MANY];
	for (int i = 0; i < MANY; i++) {
		bytes[i] = (char)(i * 7);
		many[i] = (struct toy_iovec){bytes + i, 1};
	}
	long done = __sys_writev(pair[0], many, MANY);
	check(done >= 100 && done < MANY);
	static char got[MANY];
	check_equal(kernel(LIBSYS_NR_read, pair[1], (long)got, MANY, 0, 0), done);
	for (long i = 0; i < done; i++)
		check_equal(got[i], bytes[i]);
	/* At the end of what can be read, and one byte further. */
	char *end = page_with_end();
	struct toy_iovec *last = (struct toy_iovec *)(end - sizeof out);
	for (int i = 0; i < 3; i++)
		last[i] = out[i];
	check_equal(__sys_writev(pair[0], last, 3), 10);
	check_equal(__sys_raw_writev(pair[0], last, 4), -EFAULT);
	check_equal(kernel(LIBSYS_NR_read, pair[1], (long)got, MANY, 0, 0), 10);
}

static void messages(void) {
	char text[] = "message", back[8] = {0};
	struct toy_iovec out[2] = {{text, 3}, {text + 3, 4}}, in[2] = {{back, 5}, {back + 5, 3}};
	/* A file is sent along. */
	struct {
		size_t length;
		int level, type, file, pad;
	} control = {20, 1, 1, pair[0], 0}, got = {0, 0, 0, -1, 0};
	struct toy_msghdr message = {.msg_iov = out, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control};
	check_equal(__sys_sendmsg(pair[0], &message, 0), 7);
	struct toy_msghdr_in received = {.msg_iov = in, .msg_iovlen = 2, .msg_control = &got, .msg_controllen = sizeof got, .msg_flags = 77};
	check_equal(__sys_recvmsg(pair[1], &received, 0), 7);
	check(equal(back, text));
	check_equal(received.msg_flags, 0);
	check_equal(received.msg_controllen, sizeof got);
	check_equal((long)received.msg_iov, (long)in);
	check_equal(received.msg_iovlen, 2);
	check_equal((long)received.msg_control, (long)&got);
	check(got.file >= 0 && got.file != pair[0]);
	check_equal(in[0].len, 5);
	__sys_close(got.file);
	/* More than fit cannot be done in part. */
	static struct toy_iovec many[MANY];
	message = (struct toy_msghdr){.msg_iov = many, .msg_iovlen = MANY};
	check_equal(__sys_raw_sendmsg(pair[0], &message, 0), -EMSGSIZE);
	message.msg_iovlen = 60;
	for (int i = 0; i < 60; i++)
		many[i] = (struct toy_iovec){text, 1};
	check_equal(__sys_raw_sendmsg(pair[0], &message, 0), 60);
	char rest[64];
	check_equal(kernel(LIBSYS_NR_read, pair[1], (long)rest, 64, 0, 0), 60);
	/* Pointers that lead nowhere, at each level. */
	message.msg_iov = NOWHERE;
	check_equal(__sys_raw_sendmsg(pair[0], &message, 0), -EFAULT);
	message.msg_iov = NULL;
	check_equal(__sys_raw_sendmsg(pair[0], &message, 0), -EFAULT);
	check_equal(__sys_raw_sendmsg(pair[0], NOWHERE, 0), -EFAULT);
	check_equal(__sys_raw_recvmsg(pair[1], NOWHERE, 0), -EFAULT);
	/* After a call that failed, what was given stays as it was. */
	received = (struct toy_msghdr_in){.msg_iov = in, .msg_iovlen = 2, .msg_flags = 77};
	check_equal(__sys_raw_recvmsg(pair[1], &received, MSG_DONTWAIT), -EAGAIN);
	check_equal(received.msg_flags, 77);

	struct toy_mmsghdr each[6];
	for (int i = 0; i < 6; i++)
		each[i] = (struct toy_mmsghdr){.msg_len = 99, .msg_hdr = {.msg_iov = out, .msg_iovlen = 2}};
	int sent = __sys_sendmmsg(pair[0], each, 6, 0);
	check(sent >= 1 && sent <= 6);
	for (int i = 0; i < 6; i++)
		check_equal(each[i].msg_len, i < sent ? 7u : 99u);
	check_equal(kernel(LIBSYS_NR_read, pair[1], (long)rest, 64, 0, 0), sent * 7);
}

static void events(void) {
	int epoll = kernel(LIBSYS_NR_epoll_create1, 0, 0, 0, 0, 0);
	struct toy_epoll_event event = {EPOLLIN, 0x1122334455667788}, got[8];
	for (size_t i = 0; i < sizeof got; i++)
		((char *)got)[i] = 0x77;
	check_equal(__sys_epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &event), 0);
	event = (struct toy_epoll_event){EPOLLOUT, 5};
	check_equal(__sys_epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event), 0);
	check_equal(__sys_epoll_wait(epoll, got, 8, 0), 1);
	check_equal(got[0].events, EPOLLOUT);
	check_equal(got[0].data, 5);
	/* What the kernel has not written is left alone. */
	check_equal(got[1].data, 0x7777777777777777);
	check_equal(kernel(LIBSYS_NR_write, pair[0], (long)"x", 1, 0, 0), 1);
	check_equal(__sys_epoll_wait(epoll, got, 8, 0), 2);
	int first = got[0].data == 5;
	check_equal(got[first].data, 0x1122334455667788);
	check_equal(got[first].events, EPOLLIN);
	check_equal(got[!first].data, 5);
	check_equal(got[2].data, 0x7777777777777777);
	/* More room than fits, and none. */
	static struct toy_epoll_event large[4096];
	check_equal(__sys_epoll_wait(epoll, large, 4096, 0), 2);
	check_equal(__sys_raw_epoll_wait(epoll, got, 0, 0), -EINVAL);
	check_equal(__sys_raw_epoll_wait(epoll, got, -1, 0), -EINVAL);
	check_equal(__sys_raw_epoll_wait(epoll, NOWHERE, 8, 0), -EFAULT);
	char *end = page_with_end();
	check_equal(__sys_raw_epoll_wait(epoll, (void *)(end - 16), 8, 0), -EFAULT);
	check_equal(__sys_epoll_wait(epoll, (void *)(end - 32), 8, 0), 2);
	check_equal(__sys_epoll_ctl(epoll, EPOLL_CTL_DEL, pair[0], NULL), 0);
	char byte;
	check_equal(kernel(LIBSYS_NR_read, pair[1], (long)&byte, 1, 0, 0), 1);
	check_equal(__sys_epoll_wait(epoll, got, 8, 0), 0);
	__sys_close(epoll);
}

static void unions(void) {
	struct sigset set = {1ul << (SIGUSR2 - 1)};
	check_equal(__sys_rt_sigprocmask(SIG_BLOCK, &set, NULL, 8), 0);
	struct toy_siginfo info = {.si_code = SI_QUEUE, .si_signo = SIGUSR2}, got;
	int self = __sys_getpid();
	info._sifields._rt._pid = self;
	info._sifields._rt._uid = 7;
	info._sifields._rt._sigval.sival_ptr = (void *)0x123456789;
	check_equal(__sys_rt_sigqueueinfo(self, SIGUSR2, &info), 0);
	struct toy_timespec wait = {1, 0};
	check_equal(__sys_rt_sigtimedwait(&set, &got, &wait, 8), SIGUSR2);
	check_equal(got.si_signo, SIGUSR2);
	check_equal(got.si_code, SI_QUEUE);
	check_equal(got._sifields._rt._pid, self);
	check_equal(got._sifields._rt._uid, 7);
	check_equal((long)got._sifields._rt._sigval.sival_ptr, 0x123456789);
	/* A member that the program's union does not have. */
	check_equal(__sys_kill(self, SIGUSR2), 0);
	check_equal(__sys_raw_rt_sigtimedwait(&set, &got, &wait, 8), -EINVAL);
	info.si_code = SI_TIMER;
	check_equal(__sys_raw_rt_sigqueueinfo(self, SIGUSR2, &info), -EINVAL);
	wait = (struct toy_timespec){0, 1000};
	check_equal(__sys_raw_rt_sigtimedwait(&set, &got, &wait, 8), -EAGAIN);

	int child = __sys_fork();
	if (child == 0)
		__sys_exit_group(9);
	struct toy_siginfo ended;
	struct toy_rusage usage = {0};
	check_equal(__sys_waitid(P_PID, child, &ended, WEXITED, &usage), 0);
	check_equal(ended.si_signo, SIGCHLD);
	check_equal(ended.si_code, 1);
	check_equal(ended._sifields._sigchld._pid, child);
	check_equal(ended._sifields._sigchld._status, 9);
	check(usage.ru_minflt > 0);
	check_equal(__sys_raw_waitid(P_PID, child, &ended, WEXITED, NULL), -ECHILD);
}

static void sized(void) {
	struct {
		struct toy_how how;
		char tail[64];
	} long_one = {.how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS}};
	struct toy_how *how = &long_one.how;
	const int here = AT_FDCWD;
	for (size_t size = 24; size <= sizeof long_one; size += 8) {
		int file = __sys_openat2(here, "/proc", how, size);
		check(file >= 0);
		check_equal(kernel(LIBSYS_NR_fcntl, file, F_GETFD, 0, 0, 0), 1);
		__sys_close(file);
	}
	check_equal(__sys_raw_openat2(here, "/proc/self", how, sizeof *how), -ELOOP);
	check_equal(__sys_raw_openat2(here, "/proc", how, 23), -EINVAL);
	check_equal(__sys_raw_openat2(here, "/proc", how, 0), kernel(LIBSYS_NR_openat2, here, (long)"/proc", (long)how, 0, 0));
	check_equal(__sys_raw_openat2(here, "/proc", how, 5000), -E2BIG);
	check_equal(__sys_raw_openat2(here, "/proc", NOWHERE, 24), -EFAULT);
	/* What no kernel knows must be zeros. */
	how->future[1] = 1;
	check_equal(__sys_raw_openat2(here, "/proc", how, sizeof *how), -E2BIG);
	int file = __sys_openat2(here, "/proc", how, 32);
	check(file >= 0);
	__sys_close(file);
	how->future[1] = 0;
	how->more = 1;
	check_equal(__sys_raw_openat2(here, "/proc", how, 24), -E2BIG);
	how->more = 0;
	long_one.tail[63] = 1;
	check_equal(__sys_raw_openat2(here, "/proc", how, sizeof long_one), -E2BIG);
	how->flags = 1ul << 60;
	check_equal(__sys_raw_openat2(here, "/proc", how, sizeof *how), -EINVAL);

	struct toy_sched_attr attr;
	for (size_t i = 0; i < sizeof attr; i++)
		((char *)&attr)[i] = 0x77;
	check_equal(__sys_sched_getattr(0, &attr, sizeof attr, 0), 0);
	check_equal(attr.sched_policy, SCHED_NORMAL);
	check_equal(attr.size, sizeof attr);
	/* getpriority(2), which answers 20 less the value. */
	check_equal(attr.sched_nice, 20 - kernel(140, 0, 0, 0, 0, 0));
	check_equal(attr.sched_period, 0);
	check_equal(attr.future[1], 0);
	/* A program that knows the older version has that. */
	for (size_t i = 0; i < sizeof attr; i++)
		((char *)&attr)[i] = 0x77;
	check_equal(__sys_sched_getattr(0, &attr, 40, 0), 0);
	check_equal(attr.size, 40);
	check_equal(attr.future[0], 0x7777777777777777);
	check_equal(__sys_raw_sched_getattr(0, &attr, 39, 0), -EINVAL);
	check_equal(__sys_raw_sched_getattr(0, &attr, 5000, 0), -EINVAL);
	check_equal(__sys_raw_sched_getattr(0, NOWHERE, sizeof attr, 0), -EFAULT);
	check_equal(__sys_raw_sched_getattr(-1, &attr, sizeof attr, 0), -EINVAL);
}

/* What the kernel itself answers, and writes, for a struct of that size, whose last bytes are not zeros. */
static long set_own(unsigned size, unsigned *told, int is_dirty) {
	static char room[8192];
	struct sched_attr *own = (struct sched_attr *)room;
	for (size_t i = 0; i < sizeof room; i++)
		room[i] = 0;
	if (is_dirty)
		room[size - 1] = 1;
	own->size = size;
	long result = kernel(LIBSYS_NR_sched_setattr, 0, (long)own, 0, 0, 0);
	*told = own->size;
	return result;
}

/* The size is in the struct. */
static void telling(void) {
	static struct {
		struct toy_sched_attr attr;
		char tail[6000];
	} room;
	struct toy_sched_attr *attr = &room.attr;
	unsigned told;
	static const unsigned sizes[] = {40, 48, sizeof *attr, sizeof *attr + 8, 200, 4096};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		*attr = (struct toy_sched_attr){.size = sizes[i], .sched_policy = SCHED_BATCH, .sched_nice = 1};
		check_equal(__sys_sched_setattr(0, attr, 0), 0);
		check_equal(attr->size, sizes[i]);
		/* getpriority(2), which answers 20 less the value. */
		check_equal(kernel(140, 0, 0, 0, 0, 0), 19);
		/* What no kernel knows must be zeros; else it says what it knows, as programs see it. */
		if (sizes[i] == 40)
			continue;
		((char *)attr)[sizes[i] - 1] = 1;
		check_equal(__sys_raw_sched_setattr(0, attr, 0), -E2BIG);
		check_equal(attr->size, 40);
		((char *)attr)[sizes[i] - 1] = 0;
	}
	check_equal(set_own(200, &told, 1), -E2BIG);
	check(told >= 48 && told < 200);
	/* Sizes that no kernel takes; 0 is that of the first version. */
	static const unsigned bad[] = {1, 39, 4097, 0x7fffffff, 0x80000000, -1};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		attr->size = bad[i];
		check_equal(__sys_raw_sched_setattr(0, attr, 0), set_own(bad[i], &told, 0));
		check_equal(attr->size, 40);
		check(told >= 48 && told < 200);
	}
	attr->size = 0;
	check_equal(__sys_raw_sched_setattr(0, attr, 0), set_own(0, &told, 0));
	check_equal(attr->size, told);
	/* Errors in the kernel's order, and nothing written by those that look at no struct. */
	attr->size = 5000;
	check_equal(__sys_raw_sched_setattr(-1, attr, 0), -EINVAL);
	check_equal(__sys_raw_sched_setattr(0, attr, 1), -EINVAL);
	check_equal(__sys_raw_sched_setattr(0, NULL, 0), -EINVAL);
	check_equal(attr->size, 5000);
	check_equal(__sys_raw_sched_setattr(0, NOWHERE, 0), -EFAULT);
	attr->size = 40;
	attr->sched_policy = 77;
	check_equal(__sys_raw_sched_setattr(0, attr, 0), -EINVAL);
	check_equal(attr->size, 40);
	check_equal(attr->sched_policy, 77);
	/* What the kernel answers can be given back. */
	check_equal(__sys_sched_getattr(0, attr, sizeof *attr, 0), 0);
	check_equal(attr->sched_policy, SCHED_NORMAL);
	check_equal(__sys_sched_setattr(0, attr, 0), 0);
	/* At the end of what can be reached, one byte further, and where the size cannot be written. */
	char *end = page_with_end();
	struct toy_sched_attr *last = (struct toy_sched_attr *)(end - 40);
	last->sched_policy = SCHED_BATCH;
	last->size = 40;
	last->sched_nice = 2;
	check_equal(__sys_sched_setattr(0, last, 0), 0);
	last->size = 41;
	check_equal(__sys_raw_sched_setattr(0, last, 0), -EFAULT);
	check_equal(__sys_raw_sched_setattr(0, (void *)(end - 7), 0), -EFAULT);
	last->size = 39;
	check_equal(__sys_mprotect(end - 4096, 4096, PROT_READ), 0);
	check_equal(__sys_raw_sched_setattr(0, last, 0), -E2BIG);
	check_equal(last->size, 39);
}

int main(void) {
	check(is_supplied());
	check_equal(kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0), 0);
	vectors();
	messages();
	events();
	unions();
	sized();
	telling();
	print("ok");
	return 0;
}
