/* Taking times, and the median of them. */
#ifndef TIMES_H
#define TIMES_H

#include <stdlib.h>
#include <time.h>

static double nanoseconds(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts the values. */
static double median(double *values, int count) {
	qsort(values, (size_t)count, sizeof *values, compare);
	return values[count / 2];
}

#endif
