/* Starts a program under a filter that answers an errno to faccessat2, as filters of containers do that are older than
   the call: ERRNO PROGRAM. */
#include "case.h"
#include "filters.h"

int main(int argc, char **argv) {
	check(argc == 3);
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		SKIP_UNLESS_EQUAL(LIBSYS_NR_faccessat2, 1),
		ANSWER(SECCOMP_RET_ERRNO | (argv[1][0] == 'P' ? EPERM : ENOSYS)),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	install(filter, sizeof filter / sizeof *filter);
	/* The environment follows the arguments. */
	return (int)__sys_raw_execve(argv[2], argv + 2, argv + argc + 1);
}
