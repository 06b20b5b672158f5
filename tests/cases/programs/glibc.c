/* Beside glibc: results are those of glibc's own calls, and errno goes to glibc's errno, in every thread. */
//#Start: glibc
//#Shapes: static static-pie pie shared
//#Runs: plain interp hand cli
//#Stdout: ok
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "case.h"

static void *thread(void *argument) {
	int number = *(int *)argument;
	for (int i = 0; i < 1000; i++) {
		errno = 0;
		check_equal(number ? __sys_close(-1) : __sys_chdir("/does/not/exist"), -1);
		check_equal(errno, number ? EBADF : ENOENT);
		check(__sys_libsys_errno() == (void *)&errno);
	}
	return NULL;
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	check_equal(__sys_getpid(), getpid());
	check_equal(__sys_getppid(), getppid());
	pthread_t threads[2];
	int numbers[2] = {0, 1};
	for (int i = 0; i < 2; i++)
		check_equal(pthread_create(&threads[i], NULL, thread, &numbers[i]), 0);
	errno = 77;
	check(__sys_getpid() > 0);
	for (int i = 0; i < 2; i++)
		check_equal(pthread_join(threads[i], NULL), 0);
	check_equal(errno, 77);
	check_equal(strcmp(variable(envp, "CASE_SHAPE"), "shared") ? is_supplied() : 0,
		strcmp(variable(envp, "CASE_SHAPE"), "shared") ? should_be_supplied(envp) : 0);
	puts("ok");
	return 0;
}
