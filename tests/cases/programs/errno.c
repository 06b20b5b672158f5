/* C entries store errno and return -1 on failure, and leave errno alone on success; raw entries return
   the negative number and never touch errno. */
//#Runs: plain interp hand
#include "case.h"

static void c_entries(void) {
	case_errno = 0;
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	check_equal(__sys_chdir("/does/not/exist"), -1);
	check_equal(case_errno, ENOENT);
	check_equal(__sys_read(0, (void *)8, 1 << 20) == -1 ? case_errno : EFAULT, EFAULT);
	check_equal((long)__sys_mmap(NULL, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -1);
	check_equal(case_errno, EINVAL);
	check_equal(__sys_clock_gettime(1000, NULL), -1);
	check_equal(case_errno, EINVAL);
	/* Calls that return twice fail in a way of their own. */
	check_equal(__sys_clone(CLONE_THREAD, NULL, NULL, NULL, 0), -1);
	check_equal(case_errno, EINVAL);
	check_equal(__sys_clone3(NULL, 1), -1);
	check_equal(case_errno, EINVAL);
	case_errno = 1234;
	check(__sys_getpid() > 0);
	check(__sys_lseek(-1, 0, 0) == -1);
	check_equal(case_errno, EBADF);
	case_errno = 1234;
	check_equal(__sys_close(__sys_dup(2)), 0);
	check_equal(case_errno, 1234);
}

/* What a C entry does with a result, for who made a raw call. */
static void results(void) {
	case_errno = 1234;
	check_equal(__sys_libsys_result(0), 0);
	check_equal(__sys_libsys_result(-4096), -4096);
	check_equal(__sys_libsys_result(0x7fffffffffffffff), 0x7fffffffffffffff);
	check_equal(case_errno, 1234);
	check_equal(__sys_libsys_result(-1), -1);
	check_equal(case_errno, EPERM);
	check_equal(__sys_libsys_result(-4095), -1);
	check_equal(case_errno, 4095);
	check_equal(__sys_libsys_result(__sys_raw_close(-1)), -1);
	check_equal(case_errno, EBADF);
}

static void raw_entries(void) {
	case_errno = 1234;
	check_equal(__sys_raw_close(-1), -EBADF);
	check_equal(__sys_raw_chdir("/does/not/exist"), -ENOENT);
	check_equal(__sys_raw_mmap(NULL, 0, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), -EINVAL);
	check_equal(__sys_raw_clock_gettime(1000, NULL), -EINVAL);
	check_equal(__sys_raw_clone(CLONE_THREAD, NULL, NULL, NULL, 0), -EINVAL);
	check_equal(__sys_raw_clone3(NULL, 1), -EINVAL);
	check_equal(case_errno, 1234);
}

int main(void) {
	check((void *)__sys_libsys_errno() == (void *)__sys_raw_libsys_errno());
	for (int i = 0; i < 1000; i++) {
		c_entries();
		raw_entries();
		results();
	}
	return 0;
}
