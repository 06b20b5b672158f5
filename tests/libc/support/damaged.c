/* Loads an object that cannot be loaded, says why, and goes on with one that can. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether pages of a file are mapped. */
static int is_mapped(const char *path) {
	char line[4200];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps))
		found |= strstr(line, path) != 0;
	return !maps || fclose(maps) || found;
}

int main(int argc, char **argv) {
	if (argc != 3 || dlopen(argv[1], RTLD_NOW))
		return 1;
	puts(dlerror());
	/* Nothing is left of it, and nothing is locked. */
	for (int i = 0; i < 10; i++)
		if (dlopen(argv[1], RTLD_NOW))
			return 2;
	if (is_mapped(argv[1]))
		return 5;
	void *object = dlopen(argv[2], RTLD_NOW);
	if (!object)
		return 3;
	pid_t (*parent)(void) = (pid_t (*)(void))dlsym(object, "parent_of_process");
	if (parent() != getppid())
		return 4;
	puts("goes on");
	return 0;
}
