/* Made for 3.10: calls that kernels have dropped since. */
#include "case.h"

int main(void) {
	int name[] = {1, 1}; /* CTL_KERN, KERN_OSTYPE */
	char value[65] = "";
	size_t size = sizeof value;
	struct __sysctl_args arguments = {.name = name, .nlen = 2, .oldval = value, .oldlenp = &size};
	check_equal(__sys_raw__sysctl(&arguments), 0);
	print(value);
	name[0] = 99;
	check_equal(__sys_raw__sysctl(&arguments), -ENOSYS);
	check_equal(__sys__sysctl((void *)8), -1);
	check_equal(case_errno, EFAULT);
	check_equal(__sys_raw_uselib(""), -ENOSYS);
	check_equal(__sys_raw_lookup_dcookie(0, value, sizeof value), -ENOSYS);
	check_equal(__sys_raw_create_module("", 0), -ENOSYS);
	return 0;
}
