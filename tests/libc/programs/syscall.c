/* syscall(2) reaches any call by its number; what is no number of a call fails with ENOSYS, and errno is stored. */
//#Stdout: ok
#include "../libc.h"
#include <sys/mman.h>

int main(void) {
	errno = 7;
	check_equal(syscall(SYS_getpid), getpid());
	check_equal(errno, 7);
	check_equal(syscall(SYS_write, 1, "", 0), 0);
	check_fails(syscall(SYS_close, -1), EBADF);
	/* Six arguments. */
	char *page = (char *)syscall(SYS_mmap, 0L, 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	check(page != MAP_FAILED);
	page[4095] = 1;
	FILE *file = tmpfile();
	check_equal(ftruncate(fileno(file), 8192), 0);
	check_equal(pwrite(fileno(file), "q", 1, 4096), 1);
	char *mapped = (char *)syscall(SYS_mmap, 0L, 4096L, PROT_READ, MAP_SHARED, fileno(file), 4096L);
	check(mapped != MAP_FAILED);
	check_equal(*mapped, 'q');
	check_equal(syscall(SYS_munmap, page, 4096L), 0);
	/* A result that is neither small nor an error. */
	check_equal(syscall(SYS_brk, 0L), (long)sbrk(0));
	/* No numbers of calls: negative, the first hole, in the holes, of services, beyond the table. Kernels look at 32 bits of
	   what comes last; slots at all of it. */
	const long wrong[] = {-1, -2, -64, -4096, -2147483648, 337, 400, 423, 1000, 1007, 1008, 1009, 1012, 1019, 1020, 1023, 1024,
		4096, 1L << 29, 0x7fffffff, 1L << 40, 1L << 62, (long)(1UL << 63)};
	size_t count = sizeof wrong / sizeof *wrong - (flavour_is("stock") ? 3 : 0);
	for (size_t i = 0; i < count; i++) {
		errno = 0;
		long result = syscall(wrong[i], 1, 2, 3, 4, 5, 6);
		if (result != -1 || errno != ENOSYS)
			fail(__FILE_NAME__, __LINE__, "ENOSYS should be the answer to a number", wrong[i]);
	}
	/* Calls that libcs do not make: they are there, and refuse what they are given. */
	check_fails(syscall(SYS_bpf, -1, 0, 0), EINVAL);
	check_fails(syscall(SYS_kcmp, getpid(), getpid(), -1, 0, 0), EINVAL);
	check_fails(syscall(SYS_pidfd_open, -1, 0), EINVAL);
	check_equal(syscall(SYS_getcpu, 0, 0, 0), 0);
	check(syscall(SYS_gettid) == getpid());
	struct timespec time = {0};
	check_equal(syscall(SYS_clock_gettime, CLOCK_REALTIME, &time), 0);
	check(time.tv_sec > 1000000000);
	check_fails(syscall(SYS_clock_gettime, 12345, &time), EINVAL);
	/* Those that return twice. */
	int status = 0;
	long child = syscall(SYS_fork);
	if (!child)
		syscall(SYS_exit_group, 40);
	check(child > 0);
	check_equal(waitpid(child, &status, 0), child);
	check_equal(WEXITSTATUS(status), 40);
	child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (!child)
		syscall(SYS_exit_group, 44);
	check_equal(waitpid(child, &status, 0), child);
	check_equal(WEXITSTATUS(status), 44);
	/* A child of vfork returns out of stock's function, which leaves nothing to return to for its parent. A slot keeps the
	   return address. */
	if (!flavour_is("stock")) {
		child = syscall(SYS_vfork);
		if (!child)
			syscall(SYS_exit_group, 41);
		check_equal(waitpid(child, &status, 0), child);
		check_equal(WEXITSTATUS(status), 41);
	}
	/* Through a pointer. */
	long (*volatile indirect)(long, ...) = syscall;
	check_equal(indirect(SYS_getppid), getppid());
	puts("ok");
	return 0;
}
