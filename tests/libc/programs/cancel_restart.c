/* A call that a handler interrupted and that began anew is still a cancellation point; so is one that waits for what is left
   of its time. A handler without SA_RESTART ends the call with EINTR. */
//#Stdout: ok
#include "../libc.h"
#include <poll.h>

static int ends[2], handled;
static volatile pid_t tid;

static void handle(int signal) {
	(void)signal;
	__atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST);
}

static void *reader(void *argument) {
	char byte;
	tid = gettid();
	return read(ends[0], &byte, 1) < 0 ? strerror(errno) : argument;
}

static void *sleeper(void *argument) {
	tid = gettid();
	/* Never begun anew, but with the rest of the time by sleep's loop here. */
	struct timespec left = {1000, 0};
	while (nanosleep(&left, &left) && errno == EINTR)
		;
	return argument;
}

static pthread_t start(void *(*run)(void *)) {
	pthread_t thread;
	tid = 0;
	check_equal(pthread_create(&thread, 0, run, 0), 0);
	while (!tid)
		nap(1);
	await_blocked(tid);
	return thread;
}

static void interrupt(pthread_t thread) {
	int before = handled;
	check_equal(pthread_kill(thread, SIGUSR1), 0);
	while (__atomic_load_n(&handled, __ATOMIC_SEQ_CST) == before)
		nap(1);
	await_blocked(tid);
}

static void *end(pthread_t thread) {
	void *result = 0;
	check_equal(pthread_join(thread, &result), 0);
	return result;
}

int main(void) {
	check_equal(pipe(ends), 0);
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	check_equal(sigaction(SIGUSR1, &action, 0), 0);
	pthread_t thread = start(reader);
	for (int i = 0; i < 20; i++)
		interrupt(thread);
	check_equal(pthread_cancel(thread), 0);
	check(end(thread) == PTHREAD_CANCELED);

	thread = start(sleeper);
	for (int i = 0; i < 20; i++)
		interrupt(thread);
	check_equal(pthread_cancel(thread), 0);
	check(end(thread) == PTHREAD_CANCELED);

	action.sa_flags = 0;
	check_equal(sigaction(SIGUSR1, &action, 0), 0);
	thread = start(reader);
	check_equal(pthread_kill(thread, SIGUSR1), 0);
	check_equal(strcmp(end(thread), strerror(EINTR)), 0);

	/* Stopped and continued, a poll waits on; then it is cancelled. */
	thread = start(reader);
	pid_t child = fork(), parent = getppid();
	if (!child) {
		kill(getppid(), SIGSTOP);
		nap(20);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	(void)parent;
	check_equal(waitpid(child, 0, 0), child);
	await_blocked(tid);
	check_equal(pthread_cancel(thread), 0);
	check(end(thread) == PTHREAD_CANCELED);
	puts("ok");
	return 0;
}
