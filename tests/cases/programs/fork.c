/* fork through both entries: two processes go on behind the call, with their own memory and errno. */
#include "case.h"

static int shared_by_value = 1;

static void parent_and_child(int child, int status) {
	check(child >= 0);
	if (child == 0) {
		shared_by_value = 2;
		check_equal(__sys_close(-1), -1);
		__sys_exit_group(case_errno == EBADF ? status : 0);
	}
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	check_equal(how, status << 8);
	check_equal(shared_by_value, 1);
	check_equal(case_errno, 77);
}

int main(void) {
	case_errno = 77;
	parent_and_child(__sys_fork(), 3);
	parent_and_child((int)__sys_raw_fork(), 4);
	parent_and_child(__sys_clone(SIGCHLD, NULL, NULL, NULL, 0), 5);
	/* A child has its own table: it forks too. */
	int child = __sys_fork();
	if (child == 0) {
		case_errno = 77;
		parent_and_child(__sys_fork(), 6);
		__sys_exit_group(7);
	}
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	check_equal(how, 7 << 8);
	return 0;
}
