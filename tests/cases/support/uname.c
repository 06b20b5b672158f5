/* Prints the release that uname reports, by both entries, and checks what lies behind it. */
#include "case.h"

int main(void) {
	struct new_utsname c, raw;
	for (size_t i = 0; i < sizeof c; i++)
		((char *)&c)[i] = ((char *)&raw)[i] = 'x';
	check_equal(__sys_uname(&c), 0);
	check_equal(__sys_raw_uname(&raw), 0);
	for (size_t i = 0; i < sizeof c; i++)
		check_equal(((char *)&c)[i], ((char *)&raw)[i]);
	check(equal((const char *)c.sysname, "Linux"));
	print((const char *)c.release);
	case_errno = 0;
	check_equal(__sys_uname((void *)8), -1);
	check_equal(case_errno, EFAULT);
	check_equal(__sys_raw_uname((void *)8), -EFAULT);
	return 0;
}
