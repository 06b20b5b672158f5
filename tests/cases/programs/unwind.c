/* A backtrace from a signal handler walks out of the slot that a thread is blocked in, through the signal
   frame, to main: C entry, raw entry, and by number. */
//#Start: glibc
//#Shapes: static static-pie pie shared
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>
#include <unwind.h>
#include "case.h"

int main(int argc, char **argv, char **envp);

static int ends[2];
static volatile int reached_slot, reached_reader, reached_main, ticks;
static void *volatile wanted_slot, *volatile reader;

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *argument) {
	(void)argument;
	int before_instruction;
	uintptr_t ip = _Unwind_GetIPInfo(context, &before_instruction);
	uintptr_t in_slot = ip - (uintptr_t)wanted_slot;
	void *function = _Unwind_FindEnclosingFunction((void *)(ip - !before_instruction));
	reached_slot |= in_slot < LIBSYS_ENTRY_SIZE;
	reached_reader |= reached_slot && function == reader;
	reached_main |= reached_reader && function == (void *)main;
	return _URC_NO_REASON;
}

static void handler(int signal) {
	(void)signal;
	if (++ticks == 2) {
		reached_slot = reached_reader = reached_main = 0;
		_Unwind_Backtrace(frame, NULL);
		if (reached_main)
			check_equal(write(ends[1], "x", 1), 1);
		else
			ticks = reached_slot ? 100 : 1;
	}
	/* Tried again when the read was not reached yet; given up when it was and main was not. */
	if (ticks > 50)
		fail(__FILE_NAME__, __LINE__, "main should be reached from the slot", reached_reader);
}

#define READER(name, call)                              \
	__attribute__((noinline)) static void name(void) {  \
		char byte = 0;                                  \
		long result = call;                             \
		check_equal(result, 1);                         \
		check_equal(byte, 'x');                         \
	}
READER(by_c, __sys_read(ends[0], &byte, 1))
READER(by_raw, __sys_raw_read(ends[0], &byte, 1))
READER(by_number, __sys_libsys_syscall(LIBSYS_NR_read, (unsigned)ends[0], (unsigned long)&byte, 1, 0, 0, 0))

__attribute__((noinline)) static void blocked(void *slot, void (*function)(void)) {
	wanted_slot = slot;
	reader = (void *)function;
	ticks = 0;
	struct itimerval value = {{0, 3000}, {0, 3000}}, none = {{0, 0}, {0, 0}};
	check_equal(setitimer(ITIMER_REAL, &value, NULL), 0);
	function();
	check_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
	check(reached_main);
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv, (void)envp;
	check_equal(pipe(ends), 0);
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	check_equal(sigaction(SIGALRM, &action, NULL), 0);
	blocked((void *)__sys_read, by_c);
	blocked((void *)__sys_raw_read, by_raw);
	blocked((void *)__sys_read, by_number);
	return 0;
}
