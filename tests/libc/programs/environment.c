/* What supplies a process goes by the environment that it began with: a program may take variables away, write over them and
   free what took their place, and still loads objects. */
//#Stdout: ok
//#Shapes: pie no-pie
//#Object: slots -lsys
//#Env: FIRST=1
//#Env: SECOND=2
//#Env: LIBSYS_KERNEL=4.19
//#Env: THIRD=3
#include "../libc.h"
#include <dlfcn.h>

extern char **environ;

int main(int argc, char **argv) {
	check_equal(argc, 2);
	/* Kernels write the environment's strings one behind the other. A title of the process takes their place. */
	char *kernel = getenv("LIBSYS_KERNEL");
	memset(kernel, 'x', strlen(kernel));
	/* The kernel's array is changed in place. */
	check_equal(unsetenv("SECOND"), 0);
	/* A string that lies in memory of its own, and then in none. */
	size_t size = 1 << 20;
	char *large = malloc(size);
	memset(large, 'y', size - 1);
	large[size - 1] = 0;
	check_equal(setenv("FIRST", large, 1), 0);
	check_equal(setenv("FOURTH", "4", 1), 0);
	check_equal(setenv("FIRST", "", 1), 0);
	free(large);
	void *object = dlopen(argv[1], RTLD_NOW);
	if (!object)
		fprintf(stderr, "%s\n", dlerror());
	check(object != 0);
	pid_t (*parent)(void) = (pid_t (*)(void))dlsym(object, "parent_of_process");
	check_equal(parent(), getppid());
	check_equal(clearenv(), 0);
	check(!dlopen("/does/not/exist", RTLD_NOW));
	puts("ok");
	return 0;
}
