/* Objects that a running program loads: one with thread-local storage, used by threads that were there before; and one that
   brings a section of slots of its own, which the run-time linker supplies. */
//#Stdout: ok
//#Shapes: pie no-pie
//#Object: tls
//#Object: slots -lsys
#include "../libc.h"
#include <dlfcn.h>
#include <link.h>

static int (*count)(void);
static int (*fail_in_object)(void);
static pid_t (*parent)(void);
static pthread_barrier_t barrier;

static void *run(void *argument) {
	pthread_barrier_wait(&barrier);
	/* Both objects are loaded now. */
	pthread_barrier_wait(&barrier);
	for (int i = 1; i <= 100; i++) {
		check_equal(count(), 1000 + i);
		errno = 0;
		check_equal(fail_in_object(), -1);
		check_equal(errno, EBADF);
	}
	return argument;
}

static void *symbol(void *object, const char *name) {
	void *found = dlsym(object, name);
	if (!found)
		fprintf(stderr, "%s\n", dlerror());
	check(found != 0);
	return found;
}

static int count_objects(struct dl_phdr_info *info, size_t size, void *argument) {
	(void)info, (void)size;
	++*(int *)argument;
	return 0;
}

int main(int argc, char **argv) {
	check_equal(argc, 3);
	pthread_t threads[3];
	pthread_barrier_init(&barrier, 0, 4);
	for (int i = 0; i < 3; i++)
		check_equal(pthread_create(threads + i, 0, run, 0), 0);
	pthread_barrier_wait(&barrier);
	void *tls = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!tls)
		fprintf(stderr, "%s\n", dlerror());
	check(tls != 0);
	/* Where stock musl is, there is no libsys to link. */
	void *slots = dlopen(argv[2], RTLD_NOW | RTLD_LOCAL);
	if (!slots)
		fprintf(stderr, "%s\n", dlerror());
	check(slots != 0);
	count = (int (*)(void))symbol(tls, "count");
	fail_in_object = (int (*)(void))symbol(slots, "fail_in_object");
	parent = (pid_t (*)(void))symbol(slots, "parent_of_process");
	check_equal(parent(), getppid());
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 3; i++)
		check_equal(pthread_join(threads[i], 0), 0);
	check_equal(count(), 1001);
	/* The libc's own functions can be found, and are the same. */
	check(symbol(RTLD_DEFAULT, "getppid") == (void *)getppid);
	int objects = 0;
	dl_iterate_phdr(count_objects, &objects);
	check(objects >= 4);
	check_equal(dlclose(slots), 0);
	check_equal(dlclose(tls), 0);
	/* musl keeps what was loaded. */
	check_equal(parent(), getppid());
	check(dlopen(argv[2], RTLD_NOW) == slots);
	check(!dlopen("/does/not/exist.so", RTLD_NOW));
	check(strstr(dlerror(), "/does/not/exist.so") != 0);
	puts("ok");
	return 0;
}
