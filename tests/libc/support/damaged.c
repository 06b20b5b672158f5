/* Loads an object that cannot be loaded, says why, and goes on with one that can. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
	if (argc != 3 || dlopen(argv[1], RTLD_NOW))
		return 1;
	puts(dlerror());
	/* Nothing is left of it, and nothing is locked. */
	for (int i = 0; i < 10; i++)
		if (dlopen(argv[1], RTLD_NOW))
			return 2;
	void *object = dlopen(argv[2], RTLD_NOW);
	if (!object)
		return 3;
	pid_t (*parent)(void) = (pid_t (*)(void))dlsym(object, "parent_of_process");
	if (parent() != getppid())
		return 4;
	puts("goes on");
	return 0;
}
