/* Files, folders and structs: what is written is read back, and what the kernel fills in lies where libsys.h
   says. */
#include "case.h"

int main(void) {
	int folder = __sys_openat(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY, 0);
	check(folder >= 0);
	_Alignas(8) char entries[2048];
	long size = __sys_getdents64(folder, (struct linux_dirent64 *)entries, sizeof entries);
	int dots = 0, numbers = 0;
	for (long at = 0; at < size;) {
		const struct linux_dirent64 *entry = (const struct linux_dirent64 *)(entries + at);
		const char *name = (const char *)entry->d_name;
		dots += name[0] == '.';
		numbers += name[0] >= '0' && name[0] <= '9';
		at += entry->d_reclen;
	}
	check_equal(dots, 2);
	check(numbers >= 4);
	check_equal(__sys_close(folder), 0);

	int file = __sys_memfd_create("case", MFD_CLOEXEC);
	check(file >= 0);
	char block[4096], back[4096];
	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)(i * 7);
	check_equal(__sys_write(file, block, sizeof block), sizeof block);
	struct iovec parts[] = {{block, 100}, {block + 100, 200}};
	check_equal(__sys_writev(file, parts, 2), 300);
	struct stat stat;
	check_equal(__sys_fstat(file, &stat), 0);
	check_equal(stat.st_size, 4396);
	check_equal(stat.st_nlink, 0);
	struct statx statx;
	check_equal(__sys_statx(file, "", AT_EMPTY_PATH, STATX_SIZE, &statx), 0);
	check_equal(statx.stx_size, 4396);
	check_equal(__sys_lseek(file, 0, SEEK_SET), 0);
	check_equal(__sys_read(file, back, sizeof back), sizeof back);
	for (size_t i = 0; i < sizeof block; i++)
		check(back[i] == block[i]);
	check_equal(__sys_pread64(file, back, 300, 4096), 300);
	for (size_t i = 0; i < 300; i++)
		check(back[i] == block[i]);
	check_equal(__sys_ftruncate(file, 10), 0);
	check_equal(__sys_lseek(file, 0, SEEK_END), 10);
	check_equal(__sys_fcntl(file, F_GETFD, 0), FD_CLOEXEC);
	check_equal(__sys_close(file), 0);
	check_equal(__sys_raw_fstat(file, &stat), -EBADF);
	return 0;
}
