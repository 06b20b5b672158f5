/* On a stack of 256 bytes, with unmapped pages around it, entries of both kinds work; raw ones even where
   there is room for a return address only. */
#include "case.h"
#include "stack.h"

static void raw_entries(char *top) {
	int pid = __sys_getpid();
	check_equal(on_stack(top, __sys_raw_getpid, 0, 0, 0, 0), pid);
	check_equal(on_stack(top, __sys_raw_close, -1, 0, 0, 0), -EBADF);
	check_equal(on_stack(top, __sys_raw_write, 1, (long)"", 0, 0), 0);
	check_equal(on_stack(top, case_table + 1000 * LIBSYS_SLOT_SIZE + LIBSYS_RAW_ENTRY, 0, 0, 0, 0), -ENOSYS);
	check_equal(on_stack(top, __sys_raw_libsys_info, 0, 0, 0, 0), (long)__sys_libsys_info());
	check_equal(on_stack(top, __sys_raw_clone3, 0, 1, 0, 0), -EINVAL);
	long child = on_stack(top, __sys_raw_fork, 0, 0, 0, 0);
	if (child == 0)
		on_stack(top, __sys_raw_exit_group, 3, 0, 0, 0);
	int how;
	check_equal(on_stack(top, __sys_raw_wait4, child, (long)&how, 0, 0), child);
	check_equal(how, 3 << 8);
}

int main(void) {
	char *pages = __sys_mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *stack = pages + 4096;
	check_equal(__sys_mprotect(stack, 4096, PROT_READ | PROT_WRITE), 0);
	raw_entries(stack + 256);
	raw_entries(stack + 8);

	char *top = stack + 256;
	check_equal(on_stack(top, __sys_getpid, 0, 0, 0, 0), __sys_raw_getpid());
	case_errno = 0;
	check_equal(on_stack(top, __sys_close, -1, 0, 0, 0), -1);
	check_equal(case_errno, EBADF);
	check_equal(on_stack(top, __sys_clone3, 0, 1, 0, 0), -1);
	check_equal(case_errno, EINVAL);
	check_equal(on_stack(top, case_table + 1000 * LIBSYS_SLOT_SIZE, 0, 0, 0, 0), -1);
	check_equal(case_errno, ENOSYS);
	check_equal(on_stack(top, __sys_libsys_syscall, LIBSYS_NR_getpid, 0, 0, 0), __sys_raw_getpid());
	check_equal(on_stack(top, __sys_libsys_errno, 0, 0, 0, 0), (long)&case_errno);
	return 0;
}
