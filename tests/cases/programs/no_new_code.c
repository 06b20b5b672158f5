/* A process in which no memory may become code, as services of systemd with MemoryDenyWriteExecute are: the kernel refuses it
   by itself and by a filter, and both outlive exec. Programs are supplied there: their code comes from files. What takes
   a change to executable is refused. */
//#Needs: kernel-6.3
#include "filters.h"

enum { ARGUMENT_2_LOW = 32 };

#define SKIP_UNLESS_ANY(bits, n) ((struct sock_filter){0x45, 0, n, bits})

static void forbid(void) {
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		SKIP_UNLESS_EQUAL(LIBSYS_NR_mprotect, 3),
		LOAD(ARGUMENT_2_LOW),
		SKIP_UNLESS_ANY(PROT_EXEC, 1),
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	check_equal(__sys_prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0), 0);
	install(filter, sizeof filter / sizeof *filter);
}

/* How a process ends that executes this program with a variable in its environment. */
static int status(char **argv, char *variable) {
	char *variables[] = {"FORBIDDEN=started", variable, NULL};
	int how, child = __sys_fork();
	if (child == 0) {
		__sys_close(2);
		__sys_exit_group(-__sys_raw_execve(argv[0], argv, variables) & 0x7f);
	}
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	return how;
}

int main(int argc, char **argv, char **envp) {
	(void)argc;
	const char *forbidden_to = variable(envp, "FORBIDDEN");
	if (!*forbidden_to) {
		int is_reserved = equal(variable(envp, "CASE_FLAVOUR"), "reserved");
		/* It takes a slot of another image, where there is a map to take it from. */
		int is_mixed = is_reserved && status(argv, "LIBSYS_UNAME=1") == 3 << 8;
		char *forbidden[] = {
			is_mixed ? "FORBIDDEN=mixed" : is_reserved ? "FORBIDDEN=reserved" : "FORBIDDEN=text", NULL
		};
		forbid();
		return -__sys_raw_execve(argv[0], argv, forbidden) & 0x7f;
	}
	if (equal(forbidden_to, "started"))
		return 3;
	check_equal(__sys_prctl(PR_GET_MDWE, 0, 0, 0, 0), PR_MDWE_REFUSE_EXEC_GAIN);
	char *page = __sys_mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(page != (void *)-1);
	check_equal(__sys_raw_mprotect(page, 4096, PROT_READ | PROT_EXEC), -EPERM);
	/* A text program can reach any call, so it may be supplied from a map's file, which takes no change. */
	if (!equal(forbidden_to, "text"))
		check_equal(status(argv, "LIBSYS_PROFILE=1"), 127 << 8);
	if (equal(forbidden_to, "mixed"))
		check_equal(status(argv, "LIBSYS_UNAME=1"), 127 << 8);
	return 0;
}
