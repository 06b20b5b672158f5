/* The library of the small project: it uses the mathematical part of a libc, threads, and thread-local storage. */
#include "area.h"
#include <math.h>
#include <pthread.h>

static __thread int count;

double area(double radius) {
	count++;
	return acos(-1) * pow(radius, 2);
}

static void *run(void *argument) {
	for (int i = 0; i < 10; i++)
		area(i);
	*(int *)argument = count;
	return 0;
}

int counted(void) {
	pthread_t thread;
	int total = 0;
	if (pthread_create(&thread, 0, run, &total) || pthread_join(thread, 0))
		return -1;
	return total;
}
