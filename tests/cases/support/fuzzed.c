/* Uses a little of everything: calls, errno, initialised thread-local storage. Runs supplied or not. */
#include "case.h"

_Thread_local int number = 41;

int main(void) {
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	check_equal(__sys_getpid(), __sys_raw_getpid());
	struct timespec now;
	check_equal(__sys_clock_gettime(CLOCK_MONOTONIC, &now), 0);
	print("hello");
	return number + 1;
}
