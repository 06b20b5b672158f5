/* errno of kind 1: the int at a fixed distance from the thread pointer, where a libc keeps it in its thread
   control block. The program has no thread-local variable at all. */
#include "case.h"

enum { ERRNO_AT = 56 };

__attribute__((visibility("hidden"))) const struct {
	uint64_t kind;
	int64_t offset, function;
} __libsys_errno_how = {1, ERRNO_AT, 0};

static int *own_errno(void) {
	char *pointer;
	__asm__("mov %%fs:0, %0" : "=r"(pointer));
	return (int *)(pointer + ERRNO_AT);
}

int main(void) {
	check((void *)own_errno() == __sys_libsys_errno());
	check((long)own_errno() == __sys_raw_libsys_errno());
	*own_errno() = 0;
	check_equal(__sys_close(-1), -1);
	check_equal(*own_errno(), EBADF);
	check_equal(__sys_clone3(NULL, 1), -1);
	check_equal(*own_errno(), EINVAL);
	check(__sys_getpid() > 0);
	check_equal(*own_errno(), EINVAL);
	return 0;
}
