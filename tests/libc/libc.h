/* What the programs of tests/libc share. A check that fails names its line on standard error and ends the process, all its
   threads, with status 1. */
#ifndef LIBC_H
#define LIBC_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn, unused)) static void fail(const char *file, int line, const char *what, long value) {
	char text[512];
	int saved = errno;
	int size = snprintf(text, sizeof text, "%s:%d: %s, but it is %ld; errno %d\n", file, line, what, value, saved);
	if (write(2, text, size) != size)
		abort();
	_exit(1);
}

#include "check.h"

/* A call fails with an error. */
#define check_fails(call, error)                                                 \
	do {                                                                         \
		errno = 0;                                                               \
		check_equal(call, -1);                                                   \
		check_equal(errno, error);                                               \
	} while (0)

__attribute__((unused)) static void nap(long milliseconds) {
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* The state of a thread of this process, as /proc has it: S when it is blocked. */
__attribute__((unused)) static char state_of(pid_t tid) {
	char path[64], text[512], state = 0;
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(text, sizeof text, file) && strrchr(text, ')'))
		state = strrchr(text, ')')[2];
	fclose(file);
	return state;
}

/* Waits until a thread is blocked. */
__attribute__((unused)) static void await_blocked(pid_t tid) {
	for (int quiet = 0; quiet < 2;) {
		nap(1);
		quiet = state_of(tid) == 'S' ? quiet + 1 : 0;
	}
}

/* The flavour of the sysroot that this was built with: stock, reserved or text. */
__attribute__((unused)) static int flavour_is(const char *word) {
	const char *flavour = getenv("CASE_FLAVOUR");
	return flavour && !strcmp(flavour, word);
}

#endif
