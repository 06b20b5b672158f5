/* Times contenders in one process, interleaved: every round times each of them once.

   A program says before it includes this what they are, as CONTENDERS(X) with X(NAME, EXPRESSION) for each; the number of
   ROUNDS; and of CALLS of each in a round. */
#ifndef CONTENDERS_H
#define CONTENDERS_H

#include "times.h"
#include <stdio.h>

#define FUNCTION(name, call)                                    \
	__attribute__((noinline)) static double time_##name(void) { \
		double start = nanoseconds();                           \
		for (int i = 0; i < CALLS; i++) {                       \
			call;                                               \
			__asm__ volatile("" ::: "memory");                  \
		}                                                       \
		return (nanoseconds() - start) / CALLS;                 \
	}
CONTENDERS(FUNCTION)

#define ENTRY(name, call) {#name, time_##name, {0}},
static struct contender {
	const char *name;
	double (*time)(void);
	double results[ROUNDS];
} contenders[] = {CONTENDERS(ENTRY)};

/* Prints a line for each: NAME MEDIAN_PS. The first rounds, in which caches are cold, do not count. */
static void measure(void) {
	enum { COUNT = sizeof contenders / sizeof *contenders };
	for (int round = -3; round < ROUNDS; round++)
		for (int i = 0; i < COUNT; i++) {
			double result = contenders[i].time();
			if (round >= 0)
				contenders[i].results[round] = result;
		}
	for (int i = 0; i < COUNT; i++)
		printf("%s %.0f\n", contenders[i].name, median(contenders[i].results, ROUNDS) * 1000);
}

#endif
