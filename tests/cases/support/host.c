/* Loads a shared object, with a section of its own, and runs its main. The host has a section too: both
   work, and are not the same. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include "case.h"

extern char **environ;

int main(int argc, char **argv) {
	check(argc > 1);
	void *object = dlopen(argv[1], RTLD_NOW);
	if (!object) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	int (*object_main)(int, char **, char **) = (int (*)(int, char **, char **))dlsym(object, "main");
	check(object_main);
	check_equal(__sys_getpid(), getpid());
	errno = 0;
	check_equal(__sys_close(-1), -1);
	check_equal(errno, EBADF);
	return object_main(argc - 1, argv + 1, environ);
}
