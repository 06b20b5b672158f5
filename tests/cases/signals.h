/* Signals without a libc: handlers that return through the slot, and timers. */
#ifndef CASE_SIGNALS_H
#define CASE_SIGNALS_H

#include "case.h"

/* Handles a signal. Three arguments with SA_SIGINFO. */
__attribute__((unused)) static void handle(int signal, void *handler, unsigned long flags) {
	struct libsys_sigaction action = {
		.sa_handler = (void (*)(void))handler,
		.sa_flags = flags | SA_RESTORER,
		.sa_restorer = __sys_raw_rt_sigreturn,
	};
	check_equal(__sys_rt_sigaction(signal, &action, NULL, sizeof action.sa_mask), 0);
}

/* Sends SIGALRM every so many microseconds; 0 stops it. */
__attribute__((unused)) static void tick(long microseconds) {
	struct itimerval value = {{0, microseconds}, {0, microseconds}};
	check_equal(__sys_setitimer(ITIMER_REAL, &value, NULL), 0);
}

#endif
