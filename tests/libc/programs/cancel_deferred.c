/* A thread that is cancelled where there is no point goes on to the next one; a call that is none is not disturbed, nor is a
   handler that interrupted a point, nor close in a thread whose state is masked. */
//#Stdout: ok
#include "../libc.h"
#include <sys/file.h>

static int ends[2];
static volatile int step;
static volatile pid_t tid;
static volatile unsigned long spins;

/* Spins until it is told to go on, then comes to a point. */
static void *compute(void *argument) {
	tid = gettid();
	while (step == 0)
		spins++;
	step = 2;
	pthread_testcancel();
	step = 3;
	return argument;
}

/* Calls that are no points, thousands of them. */
static void *call(void *argument) {
	tid = gettid();
	while (step == 0) {
		check(getppid() > 0);
		check_fails(dup(-1), EBADF);
	}
	step = 2;
	char byte;
	read(ends[0], &byte, 1);
	step = 3;
	return argument;
}

static volatile int is_handling, has_handled;

static void handle(int signal) {
	(void)signal;
	is_handling = 1;
	/* The cancellation arrives here; it must wait until this returns. */
	for (int i = 0; i < 20; i++) {
		sigset_t none;
		sigemptyset(&none);
		struct timespec time;
		clock_gettime(CLOCK_MONOTONIC, &time);
		long until = time.tv_nsec + 1000000;
		while (time.tv_nsec < until && time.tv_nsec > until - 1000001)
			clock_gettime(CLOCK_MONOTONIC, &time);
	}
	has_handled = 1;
}

static void *interrupted(void *argument) {
	tid = gettid();
	char byte;
	read(ends[0], &byte, 1);
	return argument;
}

static void *joined(pthread_t thread) {
	void *result = 0;
	check_equal(pthread_join(thread, &result), 0);
	return result;
}

int main(void) {
	pthread_t thread;
	check_equal(pipe(ends), 0);
	void *(*const runs[])(void *) = {compute, call};
	for (int i = 0; i < 2; i++) {
		step = 0;
		tid = 0;
		check_equal(pthread_create(&thread, 0, runs[i], 0), 0);
		while (!tid)
			sched_yield();
		check_equal(pthread_cancel(thread), 0);
		nap(10);
		check_equal(step, 0);
		step = 1;
		check(joined(thread) == PTHREAD_CANCELED);
		check_equal(step, 2);
	}
	check_equal(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handle, .sa_flags = SA_RESTART}, 0), 0);
	tid = 0;
	check_equal(pthread_create(&thread, 0, interrupted, 0), 0);
	while (!tid)
		sched_yield();
	await_blocked(tid);
	check_equal(pthread_kill(thread, SIGUSR1), 0);
	while (!is_handling)
		sched_yield();
	check_equal(pthread_cancel(thread), 0);
	check(joined(thread) == PTHREAD_CANCELED);
	check_equal(has_handled, 1);
	puts("ok");
	return 0;
}
