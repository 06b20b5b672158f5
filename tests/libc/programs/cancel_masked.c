/* musl's third state: a cancelled thread's call fails with ECANCELED, once, and the thread goes on with a whole stack. */
//#Stdout: ok
#include "../libc.h"

#ifndef PTHREAD_CANCEL_MASKED
#define PTHREAD_CANCEL_MASKED 2
#endif

static int ends[2];
static volatile pid_t tid;

__attribute__((noinline)) static int read_error(int fd, char *guard) {
	char byte, mark[64];
	memset(mark, *guard, sizeof mark);
	errno = 0;
	long got = read(fd, &byte, 1);
	int error = errno;
	for (size_t i = 0; i < sizeof mark; i++)
		check_equal(mark[i], *guard);
	return got == -1 ? error : 0;
}

static void *run(void *argument) {
	char guard = 'g';
	check_equal(pthread_setcancelstate(PTHREAD_CANCEL_MASKED, 0), 0);
	tid = gettid();
	check_equal(read_error(ends[0], &guard), ECANCELED);
	/* It is disabled from then on. */
	int state = -1;
	check_equal(pthread_setcancelstate(PTHREAD_CANCEL_MASKED, &state), 0);
	check_equal(state, PTHREAD_CANCEL_DISABLE);
	/* Before the call, this time. */
	check_equal(read_error(ends[0], &guard), ECANCELED);
	return argument;
}

int main(void) {
	check_equal(pipe(ends), 0);
	for (int i = 0; i < 50; i++) {
		pthread_t thread;
		void *result = 0;
		tid = 0;
		check_equal(pthread_create(&thread, 0, run, ends), 0);
		while (!tid)
			sched_yield();
		if (i % 2)
			await_blocked(tid);
		check_equal(pthread_cancel(thread), 0);
		check_equal(pthread_join(thread, &result), 0);
		check(result == ends);
	}
	puts("ok");
	return 0;
}
