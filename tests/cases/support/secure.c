/* Prints whether the kernel says that the program has more rights than its caller. With OLD, links a call that kernels
   had before 5.5. */
#include "case.h"

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
#ifdef OLD
	check_equal(__sys_raw__sysctl((void *)8), -EFAULT);
#endif
	while (*envp)
		envp++;
	const uint64_t *entry = (const uint64_t *)(envp + 1);
	while (entry[0] != 23)
		entry += 2;
	print(entry[1] ? "AT_SECURE 1" : "AT_SECURE 0");
	return 0;
}
