/* Times pairs of functions in one process, interleaved: a converted call, and the calls that its conversion makes, made by
   hand with the instruction in line. Every round times each once. Programs on glibc include glibc's headers first.

   A program lists its pairs as PAIRS(X): NAME, how many calls the conversion makes, the call, the same by hand. */
#ifndef PAIRS_H
#define PAIRS_H

#include "times.h"
#include <stdio.h>
#include <sys/syscall.h>

enum { ROUNDS = 401, CALLS = 200 };

static inline long call(long nr, long a, long b, long c, long d, long e, long f) {
	long result;
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}

/* What conversions ask of memory: whether it can be read, or written, up to its last byte. */
static inline void readable(const void *last) {
	call(SYS_rt_sigprocmask, -1, (long)last - 7, 0, 8, 0, 0);
}
static inline void writable(const void *last) {
	call(SYS_rt_sigprocmask, 0, 0, (long)last - 7, 8, 0, 0);
}

struct pair {
	const char *name;
	int calls;
	double (*hand)(void), (*converted)(void);
	double by_hand[ROUNDS], by_conversion[ROUNDS], more[ROUNDS];
};

#define FUNCTIONS(name, calls, converted, hand)                \
	__attribute__((noinline)) static double hand_##name(void) { \
		double start = nanoseconds();                           \
		for (int i = 0; i < CALLS; i++) {                       \
			hand;                                               \
		}                                                       \
		return (nanoseconds() - start) / CALLS;                 \
	}                                                           \
	__attribute__((noinline)) static double by_##name(void) {   \
		double start = nanoseconds();                           \
		for (int i = 0; i < CALLS; i++) {                       \
			converted;                                          \
		}                                                       \
		return (nanoseconds() - start) / CALLS;                 \
	}

#define ENTRY(name, calls, converted, hand) {#name, calls, hand_##name, by_##name, {0}, {0}, {0}},

/* Prints a line for each: NAME CALLS HAND_PS CONVERTED_PS MORE_PS: how many calls it makes, the medians, and the median of
   the differences of the rounds, in picoseconds. */
static void measure(struct pair *pairs, int count) {
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < count; i++) {
			struct pair *pair = &pairs[(i + round) % count];
			/* Each comes first as often as second. */
			double first = (round & 1 ? pair->hand : pair->converted)();
			double second = (round & 1 ? pair->converted : pair->hand)();
			pair->by_hand[round] = round & 1 ? first : second;
			pair->by_conversion[round] = round & 1 ? second : first;
			pair->more[round] = pair->by_conversion[round] - pair->by_hand[round];
		}
	for (int i = 0; i < count; i++)
		printf("%s %d %.0f %.0f %.0f\n", pairs[i].name, pairs[i].calls, median(pairs[i].by_hand, ROUNDS) * 1000,
		       median(pairs[i].by_conversion, ROUNDS) * 1000, median(pairs[i].more, ROUNDS) * 1000);
}

/* Ends the program if something is not as it has to be. */
static void want(int holds, const char *what) {
	if (!holds) {
		fprintf(stderr, "%s\n", what);
		exit(1);
	}
}

#endif
