/* Takes the supplier's file away, or puts another in its place, and loads an object that has to be supplied. */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
	const char *object = argv[1], *supplier = argv[2];
	if (argc == 4 ? rename(argv[3], supplier) : unlink(supplier))
		return 1;
	puts(dlopen(object, RTLD_NOW) ? "loaded" : dlerror());
	return 0;
}
