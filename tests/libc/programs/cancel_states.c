/* Cancellation points with all six arguments, with and without a cancellation that waits, in each state. */
//#Stdout: ok
#include "../libc.h"
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#ifndef PTHREAD_CANCEL_MASKED
#define PTHREAD_CANCEL_MASKED 2
#endif

static int pair[2], ends[2];

/* Receives a byte, by a call of six arguments. */
static void receive(void) {
	char byte = 0;
	struct sockaddr_un from;
	socklen_t size = sizeof from;
	check_equal(send(pair[1], "x", 1, 0), 1);
	check_equal(recvfrom(pair[0], &byte, 1, MSG_DONTWAIT, (struct sockaddr *)&from, &size), 1);
	check_equal(byte, 'x');
	check(size != sizeof from);
}

static void interrupt(int signal) {
	(void)signal;
}

/* A read that waits is interrupted, by a signal that is for this thread alone. */
static void be_interrupted(void) {
	const struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {0};
	char byte;
	sigset_t alarms;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	check_equal(pthread_sigmask(SIG_UNBLOCK, &alarms, NULL), 0);
	check_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	check_fails(read(ends[0], &byte, 1), EINTR);
	check_equal(pthread_sigmask(SIG_BLOCK, &alarms, NULL), 0);
	check_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
}

static void *disabled(void *unused) {
	receive();
	check_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), 0);
	receive();
	check_equal(pthread_cancel(pthread_self()), 0);
	receive();
	be_interrupted();
	return unused;
}

static void *masked(void *unused) {
	char byte;
	int state, file = dup(ends[0]);
	check_equal(pthread_setcancelstate(PTHREAD_CANCEL_MASKED, NULL), 0);
	receive();
	be_interrupted();
	check_equal(pthread_cancel(pthread_self()), 0);
	/* It is none in this state. */
	check_equal(close(file), 0);
	check_fails(close(file), EBADF);
	check_fails(read(ends[0], &byte, 1), ECANCELED);
	receive();
	check_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state), 0);
	check_equal(state, PTHREAD_CANCEL_DISABLE);
	return unused;
}

static void *closing(void *file) {
	check_equal(pthread_cancel(pthread_self()), 0);
	close(*(int *)file);
	return file;
}

static void *end_of(void *(*work)(void *), void *argument) {
	pthread_t thread;
	void *status;
	check_equal(pthread_create(&thread, NULL, work, argument), 0);
	check_equal(pthread_join(thread, &status), 0);
	return status;
}

int main(void) {
	struct sigaction action = {.sa_handler = interrupt};
	check_equal(sigaction(SIGALRM, &action, NULL), 0);
	check_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	check_equal(pipe(ends), 0);
	sigset_t alarms;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	check_equal(pthread_sigmask(SIG_BLOCK, &alarms, NULL), 0);
	int file = dup(ends[0]);
	check(end_of(disabled, NULL) == NULL);
	check(end_of(masked, NULL) == NULL);
	check(end_of(closing, &file) == PTHREAD_CANCELED);
	check_equal(close(file), 0);
	puts("ok");
	return 0;
}
