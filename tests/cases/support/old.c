/* Linked with an older release of libsys: says which, and makes a call that its kernel may lack. */
#include "case.h"

int main(void) {
	static struct statx statx;
	print_number_to(1, ((const uint32_t *)__sys_libsys_info())[3]);
	print("");
	print(__sys_statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &statx) == 0 ? "statx" : "not at all");
	/* No later call was known then. */
	print(__sys_raw_libsys_syscall(1001, 0, 0, 0, 0, 0, 0) == -ENOSYS ? "a hole" : "a call");
	return 0;
}
