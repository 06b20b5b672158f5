/* For debuggers and profilers: calls from known functions. With an argument, calls until a second has passed. */
#include "case.h"

__attribute__((noipa)) static long ask(void) {
	long parent = __sys_getppid();
	__asm__ volatile("" : "+r"(parent));
	return parent + __sys_raw_getppid();
}

__attribute__((noipa)) static void ask_often(void) {
	struct timespec now, end;
	__sys_clock_gettime(CLOCK_MONOTONIC, &end);
	do {
		for (int i = 0; i < 1000; i++)
			ask();
		__sys_clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec == end.tv_sec || (now.tv_sec == end.tv_sec + 1 && now.tv_nsec < end.tv_nsec));
}

int main(int argc, char **argv) {
	(void)argv;
	if (argc > 1)
		ask_often();
	else
		ask();
	return 0;
}
