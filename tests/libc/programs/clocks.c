/* Clocks run, and the functions that read them agree. That they do not enter the kernel, the trial `vdso` shows. */
//#Stdout: ok
#include "../libc.h"
#include <sys/time.h>

static int64_t nanoseconds(clockid_t clock) {
	struct timespec time;
	check_equal(clock_gettime(clock, &time), 0);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

int main(void) {
	for (int i = 0; i < 1000; i++) {
		int64_t a = nanoseconds(CLOCK_MONOTONIC), b = nanoseconds(CLOCK_MONOTONIC);
		check(a <= b);
		struct timeval of_day;
		int64_t before = nanoseconds(CLOCK_REALTIME);
		check_equal(gettimeofday(&of_day, 0), 0);
		int64_t after = nanoseconds(CLOCK_REALTIME);
		int64_t between = of_day.tv_sec * 1000000000L + of_day.tv_usec * 1000L;
		check(before - 1000 <= between && between <= after);
		time_t now = time(0);
		check(now >= before / 1000000000 - 1 && now <= after / 1000000000 + 1);
	}
	struct timespec resolution;
	check_equal(clock_getres(CLOCK_MONOTONIC, &resolution), 0);
	check_equal(resolution.tv_sec, 0);
	check(sched_getcpu() >= 0);
	struct timespec time;
	check_fails(clock_gettime(1234, &time), EINVAL);
	check_fails(clock_getres(1234, &time), EINVAL);
	check(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) > 0);
	check(nanoseconds(CLOCK_THREAD_CPUTIME_ID) > 0);
	puts("ok");
	return 0;
}
