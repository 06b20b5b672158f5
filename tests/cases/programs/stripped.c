/* Linked with --gc-sections and stripped of symbols; whatever the linker left is enough for the supplier. */
//#Flags: -ffunction-sections -fdata-sections
//#Link: -Wl,--gc-sections -s
//#Stdout: stripped
#include "case.h"

int unused(void) {
	return __sys_getppid();
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	check_equal(is_supplied(), should_be_supplied(envp));
	print("stripped");
	return 0;
}
