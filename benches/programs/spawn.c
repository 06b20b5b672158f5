/* Starts commands over and over and times each from fork to the end of the wait. Interleaved: every round
   starts each command once, in an order that turns with the rounds.

   spawn fork|vfork ROUNDS {-- [NAME=VALUE...] PROGRAM [ARGUMENT...]}...

   Prints a line for each command: the median time in ns; the median of its time by that of the first command
   in the same round, times 1000; the median of the pages that it faulted in. Output of commands is dropped. */
#define _GNU_SOURCE
#include "times.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS = 16, VARIABLES = 8, WARMUP = 20 };

static struct command {
	char *environment[VARIABLES + 1];
	char **arguments;
	double *times, *ratios, *faults;
} commands[COMMANDS];

/* One start; the time it took, and how many pages the child faulted in. */
static double start(const struct command *command, int is_fork, double *faults) {
	struct rusage usage;
	int status;
	double before = nanoseconds();
	pid_t child = is_fork ? fork() : vfork();
	if (child == 0) {
		execve(command->arguments[0], command->arguments, command->environment);
		_exit(126);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) {
		fprintf(stderr, "spawn: %s: cannot be started, or does not exit with 0\n", command->arguments[0]);
		exit(1);
	}
	double after = nanoseconds();
	*faults = (double)usage.ru_minflt;
	return after - before;
}

/* Cuts the arguments at each "--"; how many commands there are. */
static int cut(int argc, char **argv) {
	int count = 0;
	for (int i = 3; i < argc && count < COMMANDS; i++) {
		if (strcmp(argv[i], "--") != 0)
			return 0;
		struct command *command = &commands[count++];
		argv[i] = NULL;
		for (int v = 0; v < VARIABLES && i + 1 < argc && strchr(argv[i + 1], '='); v++)
			command->environment[v] = argv[++i];
		command->arguments = &argv[i + 1];
		while (i + 1 < argc && strcmp(argv[i + 1], "--") != 0)
			i++;
		if (!command->arguments[0])
			return 0;
	}
	return count;
}

int main(int argc, char **argv) {
	int is_fork = argc > 1 && strcmp(argv[1], "fork") == 0;
	int rounds = argc > 2 ? atoi(argv[2]) : 0, count = cut(argc, argv);
	if (rounds <= 0 || count == 0) {
		fprintf(stderr, "usage: spawn fork|vfork ROUNDS {-- [NAME=VALUE...] PROGRAM [ARGUMENT...]}...\n");
		return 2;
	}
	for (int i = 0; i < count; i++) {
		commands[i].times = calloc((size_t)rounds, sizeof(double));
		commands[i].ratios = calloc((size_t)rounds, sizeof(double));
		commands[i].faults = calloc((size_t)rounds, sizeof(double));
		if (!commands[i].times || !commands[i].ratios || !commands[i].faults)
			return 1;
	}
	FILE *results = fdopen(dup(1), "w");
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (!results || nowhere < 0 || dup2(nowhere, 1) < 0 || fcntl(fileno(results), F_SETFD, FD_CLOEXEC) < 0)
		return 1;
	for (int round = -WARMUP; round < rounds; round++) {
		double times[COMMANDS], faults[COMMANDS];
		for (int i = 0; i < count; i++) {
			int turn = (i + round + WARMUP) % count;
			times[turn] = start(&commands[turn], is_fork, &faults[turn]);
		}
		for (int i = 0; round >= 0 && i < count; i++) {
			commands[i].times[round] = times[i];
			commands[i].ratios[round] = times[i] / times[0];
			commands[i].faults[round] = faults[i];
		}
	}
	for (int i = 0; i < count; i++)
		fprintf(results, "%.0f %.0f %.0f\n", median(commands[i].times, rounds),
		        median(commands[i].ratios, rounds) * 1000, median(commands[i].faults, rounds));
	return fclose(results) != 0;
}
