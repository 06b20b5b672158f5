/* vfork and execve: the child uses the parent's stack and memory until it executes, and the parent returns
   from the slot all the same. Also when execve fails. */
#include "case.h"

__attribute__((noinline)) static void use_stack(void) {
	volatile char bytes[4096];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
}

static int child_error;

static int spawn(const char *path, char **argv, char **envp, int raw) {
	int child = raw ? (int)__sys_raw_vfork() : __sys_vfork();
	check(child >= 0);
	if (child == 0) {
		use_stack();
		__sys_execve(path, argv, envp);
		child_error = case_errno;
		__sys_raw_exit_group(9);
	}
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	check_equal(how & 0x7f, 0);
	return how >> 8;
}

int main(int argc, char **argv, char **envp) {
	if (argc > 1)
		return equal(argv[1], "child") ? 5 : 6;
	char *arguments[] = {argv[0], "child", NULL};
	for (int raw = 0; raw < 2; raw++) {
		check_equal(spawn(argv[0], arguments, envp, raw), 5);
		child_error = 0;
		check_equal(spawn("/does/not/exist", arguments, envp, raw), 9);
		check_equal(child_error, ENOENT);
	}
	return 0;
}
