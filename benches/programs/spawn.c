/* Starts programs over and over and times them from vfork to the end of the wait. Interleaved: every round
   starts each program once, in an order that turns with the rounds.

   spawn ROUNDS PROGRAM...   prints a line for each: PROGRAM MEDIAN_NS QUARTILE_NS PAGE_FAULTS */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double nanoseconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* One start; the time it took, and how many pages the child faulted in. */
static double start(char *program, double *faults) {
	char *arguments[] = {program, NULL}, *environment[] = {"PATH=/bin", NULL};
	struct rusage usage;
	int status;
	double before = nanoseconds();
	pid_t child = vfork();
	if (child == 0) {
		execve(program, arguments, environment);
		_exit(126);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
		fprintf(stderr, "spawn: %s: cannot be started, or does not exit with 0\n", program);
		exit(1);
	}
	double after = nanoseconds();
	*faults = (double)usage.ru_minflt;
	return after - before;
}

int main(int argc, char **argv) {
	int rounds = argc > 2 ? atoi(argv[1]) : 0, programs = argc - 2;
	if (rounds <= 0) {
		fprintf(stderr, "usage: spawn ROUNDS PROGRAM...\n");
		return 2;
	}
	double *times = calloc((size_t)rounds * (size_t)programs, sizeof *times);
	double *faults = calloc((size_t)rounds * (size_t)programs, sizeof *faults);
	if (!times || !faults)
		return 1;
	for (int round = -20; round < rounds; round++)
		for (int i = 0; i < programs; i++) {
			int program = (i + round + 20) % programs;
			double pages, time = start(argv[2 + program], &pages);
			if (round < 0)
				continue;
			times[program * rounds + round] = time;
			faults[program * rounds + round] = pages;
		}
	for (int i = 0; i < programs; i++) {
		qsort(times + i * rounds, (size_t)rounds, sizeof *times, compare);
		qsort(faults + i * rounds, (size_t)rounds, sizeof *faults, compare);
		printf("%s %.0f %.0f %.0f\n", argv[2 + i], times[i * rounds + rounds / 2], times[i * rounds + rounds / 4],
		       faults[i * rounds + rounds / 2]);
	}
	return 0;
}
