/* Executed with no environment and no arguments (newer kernels make one empty argument of that), and no
   descriptors open: nothing relies on them. */
//#Stdout: empty
#include "case.h"

int main(int argc, char **argv, char **envp) {
	if (*envp && equal(variable(envp, "CASE_RUN"), "hand") && argc == 1)
		check(argv[1] == NULL);
	if (*envp) {
		char *none[] = {NULL};
		/* Standard output is kept, elsewhere, for the one line. */
		check_equal(__sys_dup2(1, 9), 9);
		for (int file = 0; file < 3; file++)
			check_equal(__sys_close(file), 0);
		return -__sys_raw_execve(argv[0], none, none) & 0x7f;
	}
	if (argc > 0 && (argc != 1 || argv[0][0] != 0))
		return 1;
	if (argv[argc] != NULL)
		return 2;
	if (__sys_raw_close(0) != -EBADF || __sys_raw_close(1) != -EBADF || __sys_raw_close(2) != -EBADF)
		return 3;
	return __sys_raw_write(9, "empty\n", 6) == 6 ? 0 : 4;
}
