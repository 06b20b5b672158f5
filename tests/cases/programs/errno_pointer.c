/* errno of kind 2: a pointer to it lies at a distance from the thread pointer that the linker computes. */
#include "case.h"

static int number;
_Thread_local int *errno_pointer __attribute__((used, visibility("hidden")));

__asm__(
	".section .rodata\n"
	".p2align 3\n"
	".globl __libsys_errno_how\n"
	".hidden __libsys_errno_how\n"
	"__libsys_errno_how:\n"
	"	.quad 2\n"
	/* Below the thread pointer, so the upper half is all ones. lld knows no 64-bit form. */
	"	.long errno_pointer@tpoff, -1\n"
	"	.quad 0\n"
	".previous\n");

int main(void) {
	errno_pointer = &number;
	check(__sys_libsys_errno() == (void *)&number);
	check_equal(__sys_close(-1), -1);
	check_equal(number, EBADF);
	check_equal(__sys_clone3(NULL, 1), -1);
	check_equal(number, EINVAL);
	int other = 0;
	errno_pointer = &other;
	check_equal(__sys_chdir("/does/not/exist"), -1);
	check_equal(other, ENOENT);
	check_equal(number, EINVAL);
	return 0;
}
