/* Newer calls about descriptors, reading, writing and waiting, whose results are the same on every kernel. */
//#Runs: plain interp hand
#include "newer.h"

static void closing(void) {
	for (int fd = 100; fd < 110; fd++)
		check_equal(__sys_dup2(1, fd), fd);
	BOTH("close_range", close_range, 102, 104, 0);
	say("  below", __sys_raw_fcntl(101, F_GETFD, 0));
	say("  first", __sys_raw_fcntl(102, F_GETFD, 0));
	say("  last", __sys_raw_fcntl(104, F_GETFD, 0));
	say("  above", __sys_raw_fcntl(105, F_GETFD, 0));
	BOTH("close_range to the end", close_range, 106, -1, 0);
	say("  below", __sys_raw_fcntl(105, F_GETFD, 0));
	say("  above", __sys_raw_fcntl(109, F_GETFD, 0));
	BOTH("close_range CLOSE_RANGE_UNSHARE", close_range, 100, -1, CLOSE_RANGE_UNSHARE);
	say("  first", __sys_raw_fcntl(100, F_GETFD, 0));
	BOTH("close_range of none", close_range, 200, 300, 0);
	BOTH("close_range backwards", close_range, 5, 4, 0);
	BOTH("close_range unknown flag", close_range, 4, 5, 64);
}

static void vectors(void) {
	int file = make_file("/tmp/file", "0123456789");
	char one[4] = "", two[4] = "";
	struct iovec parts[] = {{one, 3}, {two, 3}};
	BOTH("preadv2", preadv2, file, parts, 2, 2, 0, 0);
	say("  the first", equal(one, "234"));
	say("  the second", equal(two, "567"));
	check_equal(__sys_lseek(file, 0, SEEK_SET), 0);
	ONCE("preadv2 at the file's position", preadv2, file, parts, 2, -1ul, -1ul, 0);
	say("  the file's position", __sys_raw_lseek(file, 0, SEEK_CUR));
	BOTH("preadv2 RWF_HIPRI", preadv2, file, parts, 1, 0, 0, RWF_HIPRI);
	BOTH("preadv2 at the end", preadv2, file, parts, 2, 100, 0, 0);
	BOTH("preadv2 unknown flag", preadv2, file, parts, 1, 0, 0, 1 << 30);
	BOTH("preadv2 EFAULT", preadv2, file, NOWHERE, 1, 0, 0, 0);
	BOTH("preadv2 EBADF", preadv2, 99, parts, 1, 0, 0, 0);
	BOTH("preadv2 at -2", preadv2, file, parts, 1, -2ul, -1ul, 0);
	BOTH("pwritev2", pwritev2, file, parts, 2, 8, 0, 0);
	BOTH("pwritev2 RWF_DSYNC", pwritev2, file, parts, 1, 0, 0, RWF_DSYNC);
	BOTH("pwritev2 RWF_SYNC", pwritev2, file, parts, 1, 0, 0, RWF_SYNC);
	BOTH("pwritev2 unknown flag", pwritev2, file, parts, 1, 0, 0, 1 << 30);
	say("pwritev2 RWF_APPEND", __sys_raw_pwritev2(file, parts, 1, 0, 0, RWF_APPEND));
	say("  the file's position", __sys_raw_lseek(file, 0, SEEK_CUR));
	__sys_close(file);
}

static void memory_file(void) {
	int file;
	char text[8] = "";
	say("memfd_create", file = (int)__sys_raw_memfd_create("name", MFD_CLOEXEC));
	say("  written", __sys_raw_write(file, "text", 4));
	say("  read", __sys_raw_pread64(file, text, 8, 0));
	say("  the same", equal(text, "text"));
	say("  flags", __sys_raw_fcntl(file, F_GETFD, 0));
	struct stat stat;
	check_equal(__sys_fstat(file, &stat), 0);
	say("  mode", stat.st_mode);
	__sys_close(file);
	say("memfd_create MFD_ALLOW_SEALING", file = (int)__sys_raw_memfd_create("name", MFD_ALLOW_SEALING));
	__sys_close(file);
	BOTH("memfd_create unknown flag", memfd_create, "name", 1 << 20);
	BOTH("memfd_create EFAULT", memfd_create, NOWHERE, 0);
	static char name[300];
	for (size_t i = 0; i + 1 < sizeof name; i++)
		name[i] = 'x';
	BOTH("memfd_create of a long name", memfd_create, name, 0);
}

static void waiting(void) {
	int ends[2], epoll = __sys_epoll_create1(0);
	check_equal(__sys_pipe2(ends, 0), 0);
	struct epoll_event event = {EPOLLIN, 77}, got;
	check_equal(__sys_epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), 0);
	struct timespec none = {0, 0}, little = {0, 1000000}, wrong = {0, 1000000000};
	struct sigset mask = {0};
	BOTH("epoll_pwait2 of nothing", epoll_pwait2, epoll, &got, 1, &none, NULL, 8);
	BOTH("epoll_pwait2 for a moment", epoll_pwait2, epoll, &got, 1, &little, &mask, 8);
	check_equal(__sys_write(ends[1], "x", 1), 1);
	got.data = 0;
	BOTH("epoll_pwait2", epoll_pwait2, epoll, &got, 1, NULL, &mask, 8);
	say("  the event", (long)got.data);
	BOTH("epoll_pwait2 wrong time", epoll_pwait2, epoll, &got, 1, &wrong, NULL, 8);
	BOTH("epoll_pwait2 wrong mask", epoll_pwait2, epoll, &got, 1, &none, &mask, 4);
	BOTH("epoll_pwait2 no room", epoll_pwait2, epoll, &got, 0, &none, NULL, 8);
	BOTH("epoll_pwait2 EFAULT", epoll_pwait2, epoll, &got, 1, NOWHERE, NULL, 8);
	BOTH("epoll_pwait2 of a file", epoll_pwait2, ends[0], &got, 1, &none, NULL, 8);
	BOTH("epoll_pwait2 EBADF", epoll_pwait2, 99, &got, 1, &none, NULL, 8);
	__sys_close(ends[0]);
	__sys_close(ends[1]);
	__sys_close(epoll);
}

static void asynchronous(void) {
	unsigned long context = 0;
	check_equal(__sys_io_setup(1, &context), 0);
	struct io_event event;
	struct timespec none = {0, 0};
	BOTH("io_pgetevents", io_pgetevents, context, 0, 1, &event, &none, NULL);
	BOTH("io_pgetevents of no context", io_pgetevents, 1, 0, 1, &event, &none, NULL);
	BOTH("io_pgetevents EFAULT", io_pgetevents, context, 0, 1, &event, NOWHERE, NULL);
	struct sigset mask = {0};
	struct aio_sigset set = {&mask, 8};
	BOTH("io_pgetevents with a mask", io_pgetevents, context, 0, 1, &event, &none, &set);
	check_equal(__sys_io_destroy(context), 0);
}

static void random(void) {
	static unsigned char bytes[300];
	BOTH("getrandom", getrandom, bytes, sizeof bytes, 0);
	int differ = 0;
	for (size_t i = 1; i < sizeof bytes; i++)
		differ |= bytes[i] ^ bytes[0];
	say("  the bytes differ", differ != 0);
	BOTH("getrandom of nothing", getrandom, bytes, 0, 0);
	BOTH("getrandom EFAULT", getrandom, NOWHERE, 8, 0);
	BOTH("getrandom unknown flag", getrandom, bytes, 8, 64);
}

int main(void) {
	closing();
	vectors();
	memory_file();
	waiting();
	asynchronous();
	random();
	return 0;
}
