/* Asynchronous cancellation ends a thread anywhere: in a loop, in a slot, in the vDSO, in a call that is no point. */
//#Stdout: ok
#include "../libc.h"
#include <sys/file.h>

static volatile int is_running;
static volatile pid_t tid;
static volatile unsigned long spins;
static int locked;

static void begin(void) {
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
	tid = gettid();
	is_running = 1;
}

static void *spin(void *argument) {
	begin();
	for (;;)
		spins++;
	return argument;
}

static void *call(void *argument) {
	begin();
	for (;;)
		getppid();
	return argument;
}

static void *look(void *argument) {
	struct timespec time;
	begin();
	for (;;)
		clock_gettime(CLOCK_MONOTONIC, &time);
	return argument;
}

/* Blocked in a call that is no cancellation point. */
static void *lock(void *argument) {
	begin();
	flock(locked, LOCK_EX);
	return argument;
}

static void cancel(void *(*run)(void *), int is_blocked) {
	pthread_t thread;
	void *result = 0;
	is_running = 0;
	check_equal(pthread_create(&thread, 0, run, 0), 0);
	while (!is_running)
		sched_yield();
	if (is_blocked)
		await_blocked(tid);
	check_equal(pthread_cancel(thread), 0);
	check_equal(pthread_join(thread, &result), 0);
	check_equal((long)result, (long)PTHREAD_CANCELED);
}

int main(void) {
	for (int i = 0; i < 40; i++) {
		cancel(spin, 0);
		cancel(call, 0);
		cancel(look, 0);
	}
	FILE *file = tmpfile();
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
	check_equal(flock(fileno(file), LOCK_EX), 0);
	locked = open(path, O_RDWR);
	check(locked >= 0);
	cancel(lock, 1);
	puts("ok");
	return 0;
}
