/* One source, for all releases of releases.sys: its structs are those of the release that it is compiled for. */
#include "toy.h"

/* The release before 4.0 has the narrow ones. */
enum { IS_OLD = sizeof(struct file_status) == 48, IS_NEW = sizeof(struct file_status) == 136 };

/* The kernel's own structs, whatever the release. */
struct own_status {
	unsigned long dev, ino, nlink;
	unsigned mode, uid, gid, pad;
	unsigned long rdev;
	long size, blksize, blocks, atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec, unused[3];
};

struct own_name {
	unsigned short family, port;
	unsigned char host[4], zero[8];
};

static void files(void) {
	struct file_status status;
	struct own_status own;
	int file = kernel(LIBSYS_NR_memfd_create, (long)"releases", 0, 0, 0, 0);
	check(file >= 0);
	check_equal(__sys_ftruncate(file, 1234567), 0);
	for (size_t i = 0; i < sizeof status; i++)
		((char *)&status)[i] = 0x55;
	check_equal(__sys_fstat(file, &status), 0);
	check_equal(kernel(LIBSYS_NR_fstat, file, (long)&own, 0, 0, 0), 0);
	check_equal(status.st_ino, own.ino);
	check_equal(status.st_dev, own.dev);
	check_equal(status.st_mode, own.mode);
	check_equal(status.st_nlink, own.nlink);
	check_equal(status.st_uid, own.uid);
	check_equal(status.st_gid, own.gid);
	check_equal(status.st_size, 1234567);
	check_equal(status.st_blksize, own.blksize);
	check_equal(status.st_blocks, own.blocks);
	check_equal(status.st_mtime, own.mtime);
	if (IS_NEW)
		check_equal(((long *)&status)[13], 7);
	/* What the old struct cannot hold. */
	check_equal(__sys_ftruncate(file, 1l << 40), 0);
	check_equal(__sys_raw_fstat(file, &status), IS_OLD ? -EOVERFLOW : 0);
	check_equal(__sys_raw_fstat(file, NOWHERE), -EFAULT);
	check_equal(__sys_raw_fstat(-1, &status), -EBADF);
	__sys_close(file);
}

static void times(void) {
	struct moment now = {-1, -1}, wait = {0}, rest;
	long own[2];
	check_equal(__sys_clock_gettime(CLOCK_REALTIME, &now), 0);
	check_equal(kernel(LIBSYS_NR_clock_gettime, CLOCK_REALTIME, (long)own, 0, 0, 0), 0);
	check(own[0] - (long)now.sec <= 1 && (long)now.nsec < 1000000000);
	check_equal(__sys_raw_clock_gettime(77, &now), -EINVAL);
	wait.nsec = 1000;
	check_equal(__sys_nanosleep(&wait, &rest), 0);
	wait.nsec = 1000000000;
	check_equal(__sys_raw_nanosleep(&wait, &rest), -EINVAL);
	check_equal(__sys_raw_nanosleep(NOWHERE, &rest), -EFAULT);
}

static void pieces(void) {
	int pair[2];
	check_equal(kernel(LIBSYS_NR_socketpair, AF_UNIX, SOCK_STREAM, 0, (long)pair, 0), 0);
	char text[] = "abcdefghij", back[11] = {0};
	struct piece out[3] = {{text, 3}, {text + 3, 0}, {text + 3, 7}}, in[2] = {{back, 4}, {back + 4, 6}};
	check_equal(__sys_writev(pair[0], out, 3), 10);
	check_equal(__sys_readv(pair[1], in, 2), 10);
	check(equal(back, text));
	check_equal(__sys_raw_writev(pair[0], out, 1025), -EINVAL);
	check_equal(__sys_raw_writev(pair[0], NOWHERE, 2), -EFAULT);
	__sys_close(pair[0]);
	__sys_close(pair[1]);
}

static void names(void) {
	int file = kernel(LIBSYS_NR_socket, AF_INET, SOCK_DGRAM, 0, 0, 0);
	check(file >= 0);
	const unsigned whole = IS_OLD ? 12 : 16;
	struct place_name name = {.family = AF_INET, .place.in = {.host = {127, 0, 0, 1}}}, got;
	check_equal(__sys_raw_bind(file, &name, whole - 1), -EINVAL);
	check_equal(__sys_raw_bind(file, &name, -1), -EINVAL);
	check_equal(__sys_raw_bind(file, NOWHERE, whole), -EFAULT);
	check_equal(__sys_bind(file, &name, whole), 0);
	struct own_name own;
	unsigned size = sizeof got, own_size = sizeof own;
	check_equal(__sys_getsockname(file, &got, &size), 0);
	check_equal(kernel(LIBSYS_NR_getsockname, file, (long)&own, (long)&own_size, 0, 0), 0);
	check_equal(size, whole);
	check_equal(got.family, AF_INET);
	check_equal(got.place.in.port, own.port);
	check_equal(got.place.in.host[3], 1);
	__sys_close(file);
}

int main(void) {
	check(is_supplied());
	files();
	times();
	pieces();
	names();
	print("ok");
	return 0;
}
