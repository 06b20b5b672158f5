/* The set*id functions change all threads of a process; what failed changed none. */
//#Stdout: ok
//#Needs: root
#include "../libc.h"
#include <grp.h>

enum { THREADS = 6, NOBODY = 65534 };
static volatile pid_t tids[THREADS + 1];
static volatile int is_over;
static int ends[2];

static void *run(void *argument) {
	tids[(long)argument] = gettid();
	char byte;
	/* Some wait in a call, some compute. */
	if ((long)argument % 2)
		read(ends[0], &byte, 1);
	while (!is_over)
		;
	return 0;
}

/* Compares a line of every thread's status. */
static void all_have(const char *line) {
	for (int i = 0; i <= THREADS; i++) {
		char path[64], text[256];
		int is_there = 0;
		snprintf(path, sizeof path, "/proc/self/task/%d/status", tids[i]);
		FILE *file = fopen(path, "r");
		check(file != 0);
		while (fgets(text, sizeof text, file))
			is_there |= !strcmp(text, line);
		fclose(file);
		if (!is_there)
			fail(__FILE_NAME__, __LINE__, line, i);
	}
}

int main(void) {
	pthread_t threads[THREADS];
	check_equal(pipe(ends), 0);
	for (long i = 0; i < THREADS; i++)
		check_equal(pthread_create(threads + i, 0, run, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		while (!tids[i])
			nap(1);
	tids[THREADS] = gettid();
	check_equal(setgroups(0, 0), 0);
	check_equal(setresgid(1, 2, 3), 0);
	all_have("Gid:\t1\t2\t3\t2\n");
	check_equal(setregid(-1, 3), 0);
	all_have("Gid:\t1\t3\t3\t3\n");
	check_equal(setegid(1), 0);
	all_have("Gid:\t1\t1\t3\t1\n");
	check_equal(setgid(NOBODY), 0);
	all_have("Gid:\t65534\t65534\t65534\t65534\n");
	check_equal(setresuid(0, 7, 0), 0);
	all_have("Uid:\t0\t7\t0\t7\n");
	check_equal(setreuid(-1, 0), 0);
	all_have("Uid:\t0\t0\t0\t0\n");
	check_equal(seteuid(9), 0);
	all_have("Uid:\t0\t9\t0\t9\n");
	check_equal(seteuid(0), 0);
	check_equal(setuid(NOBODY), 0);
	all_have("Uid:\t65534\t65534\t65534\t65534\n");
	all_have("Groups:\t \n");
	/* No way back, for none of them. */
	check_fails(setuid(0), EPERM);
	check_fails(setresuid(0, 0, 0), EPERM);
	check_fails(setgroups(0, 0), EPERM);
	all_have("Uid:\t65534\t65534\t65534\t65534\n");
	check_equal(getuid(), NOBODY);
	uid_t a, b, c;
	check_equal(getresuid(&a, &b, &c), 0);
	check_equal(a + b + c, 3 * NOBODY);
	is_over = 1;
	check_equal(write(ends[1], "xxxxxx", 6), 6);
	for (int i = 0; i < THREADS; i++)
		check_equal(pthread_join(threads[i], 0), 0);
	puts("ok");
	return 0;
}
