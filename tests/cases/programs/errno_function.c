/* errno of kind 0: a function of the program returns its address. The function clobbers what a function may. */
#include "case.h"

static int number, calls;

__attribute__((used, visibility("hidden"))) int *errno_function(void) {
	calls++;
	__asm__ volatile("mov $-1, %%rcx; mov %%rcx, %%rdx; mov %%rcx, %%rsi; mov %%rcx, %%rdi; mov %%rcx, %%r8;"
	                 "mov %%rcx, %%r9; mov %%rcx, %%r10; mov %%rcx, %%r11"
	                 ::: "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
	return &number;
}

__asm__(
	".section .rodata\n"
	".p2align 3\n"
	".globl __libsys_errno_how\n"
	".hidden __libsys_errno_how\n"
	"__libsys_errno_how:\n"
	"	.quad 0, 0, errno_function - .\n"
	".previous\n");

int main(void) {
	check(__sys_libsys_errno() == (void *)&number);
	check_equal(calls, 1);
	check_equal(__sys_close(-1), -1);
	check_equal(number, EBADF);
	check_equal(calls, 2);
	check_equal(__sys_clone3(NULL, 1), -1);
	check_equal(number, EINVAL);
	check_equal(calls, 3);
	check(__sys_getpid() > 0);
	check_equal(__sys_raw_close(-1), -EBADF);
	check_equal(calls, 3);
	return 0;
}
