/* Detached threads unmap their own stacks: thousands of them leave no memory behind. */
//#Stdout: ok
#include "../libc.h"
#include <limits.h>

static long running, done;

static void *run(void *argument) {
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	return argument;
}

/* Pages of address space, and mappings. */
static void size_of_process(long *pages, long *mappings) {
	FILE *file = fopen("/proc/self/statm", "r");
	check_equal(fscanf(file, "%ld", pages), 1);
	fclose(file);
	*mappings = 0;
	file = fopen("/proc/self/maps", "r");
	for (int c; (c = getc(file)) != EOF;)
		*mappings += c == '\n';
	fclose(file);
}

static void start(long count) {
	pthread_attr_t attributes;
	check_equal(pthread_attr_init(&attributes), 0);
	check_equal(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
	for (long i = 0; i < count; i++) {
		pthread_t thread;
		while (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 20)
			sched_yield();
		__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
		check_equal(pthread_create(&thread, &attributes, run, 0), 0);
	}
	/* Until the last one has left its stack. */
	for (int threads = 2; threads > 1; nap(1)) {
		FILE *file = fopen("/proc/self/status", "r");
		char line[256];
		while (fgets(line, sizeof line, file))
			sscanf(line, "Threads: %d", &threads);
		fclose(file);
	}
}

int main(void) {
	long pages[2], mappings[2];
	start(100);
	size_of_process(pages, mappings);
	start(4000);
	size_of_process(pages + 1, mappings + 1);
	check_equal(done, 4100);
	/* A stack and its guard have 35 pages. */
	check(pages[1] <= pages[0] + 70);
	check(mappings[1] <= mappings[0] + 4);
	puts("ok");
	return 0;
}
