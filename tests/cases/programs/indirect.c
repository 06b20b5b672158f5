/* libsys_syscall carries out calls by number with all six arguments, through both entries. */
#include "case.h"

int main(void) {
	const char text[] = "0123456789";
	int file = __sys_memfd_create("case", 0);
	check(file >= 0);
	check_equal(__sys_libsys_syscall(LIBSYS_NR_pwrite64, (unsigned)file, (unsigned long)text, 10, 4096, 0, 0), 10);
	long pages = __sys_libsys_syscall(LIBSYS_NR_mmap, 0, 4096, PROT_READ, MAP_SHARED, (unsigned)file, 4096);
	check(pages > 0);
	check_equal(((char *)pages)[7], '7');
	check_equal(__sys_raw_libsys_syscall(LIBSYS_NR_munmap, (unsigned long)pages, 4096, 0, 0, 0, 0), 0);
	pages = __sys_raw_libsys_syscall(LIBSYS_NR_mmap, 0, 8192, PROT_READ, MAP_SHARED, (unsigned)file, 0);
	check(pages > 0);
	check_equal(((char *)pages)[4096 + 9], '9');

	check_equal(__sys_libsys_syscall(LIBSYS_NR_close, -1ul, 0, 0, 0, 0, 0), -1);
	check_equal(case_errno, EBADF);
	check_equal(__sys_raw_libsys_syscall(LIBSYS_NR_close, -1ul, 0, 0, 0, 0, 0), -EBADF);
	struct timespec time = {0, 0};
	check_equal(__sys_raw_libsys_syscall(LIBSYS_NR_clock_gettime, CLOCK_MONOTONIC, (unsigned long)&time, 0, 0, 0, 0), 0);
	check(time.tv_sec > 0 || time.tv_nsec > 0);
	long child = __sys_libsys_syscall(LIBSYS_NR_fork, 0, 0, 0, 0, 0, 0);
	if (child == 0)
		__sys_exit_group(3);
	int how;
	check_equal(__sys_libsys_syscall(LIBSYS_NR_wait4, (unsigned long)child, (unsigned long)&how, 0, 0, 0, 0), child);
	check_equal(how, 3 << 8);
	return 0;
}
