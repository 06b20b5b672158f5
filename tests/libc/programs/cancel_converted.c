/* A call that the layer carries out by others is a cancellation point too, before, during and after: nothing that it took is
   lost, and the thread does not wait for ever, whenever it is cancelled. */
//#Stdout: ok
//#Env: LIBSYS_KERNEL=4.4
//#Needs: newest-musl
#include "../libc.h"
#include <sys/uio.h>

static int ends[2];
static volatile pid_t tid;
static long taken, given;

static long take(void) {
	char byte;
	struct iovec buffer = {&byte, 1};
	/* Without flags, musl makes an older call itself. This one does not matter to a pipe. */
	return preadv2(ends[0], &buffer, 1, -1, RWF_HIPRI);
}

static void *one(void *argument) {
	tid = gettid();
	take();
	return argument;
}

static void *all(void *argument) {
	tid = gettid();
	while (take() == 1)
		__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
	return argument;
}

static void *pending(void *argument) {
	pthread_cancel(pthread_self());
	take();
	return argument;
}

static pthread_t start(void *(*run)(void *)) {
	pthread_t thread;
	tid = 0;
	check_equal(pthread_create(&thread, 0, run, 0), 0);
	while (!tid)
		sched_yield();
	return thread;
}

static void cancel(pthread_t thread) {
	void *result = 0;
	check_equal(pthread_cancel(thread), 0);
	check_equal(pthread_join(thread, &result), 0);
	check_equal((long)result, (long)PTHREAD_CANCELED);
}

static void ignore(int signal) { (void)signal; }

int main(void) {
	check_equal(pipe(ends), 0);
	pthread_t thread = start(one);
	await_blocked(tid);
	cancel(thread);
	/* Begun anew by the kernel, inside the layer. */
	check_equal(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = ignore, .sa_flags = SA_RESTART}, 0), 0);
	thread = start(one);
	for (int i = 0; i < 10; i++) {
		await_blocked(tid);
		check_equal(pthread_kill(thread, SIGUSR1), 0);
	}
	await_blocked(tid);
	cancel(thread);
	for (int i = 0; i < 250; i++) {
		thread = start(all);
		check_equal(write(ends[1], "12345678", 8), 8);
		given += 8;
		for (volatile int spin = i * 37 % 5000; spin > 0; spin--)
			;
		cancel(thread);
	}
	void *result = 0;
	check_equal(pthread_create(&thread, 0, pending, 0), 0);
	check_equal(pthread_join(thread, &result), 0);
	check_equal((long)result, (long)PTHREAD_CANCELED);
	check_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while (take() == 1)
		taken++;
	check_equal(taken, given);
	puts("ok");
	return 0;
}
