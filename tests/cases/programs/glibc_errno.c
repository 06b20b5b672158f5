/* A static program on glibc saves a function call by linking libsys_errno.o, which says where glibc's errno
   lies. */
//#Start: glibc
//#Shapes: static static-pie
//#Link: -l:libsys_errno.o
#include <errno.h>
#include <pthread.h>
#include "case.h"

static void *fails(void *argument) {
	check(__sys_libsys_errno() == (void *)&errno);
	for (int i = 0; i < 100; i++) {
		errno = 0;
		check_equal(argument ? __sys_close(-1) : __sys_chdir("/does/not/exist"), -1);
		check_equal(errno, argument ? EBADF : ENOENT);
	}
	return NULL;
}

int main(void) {
	pthread_t thread;
	check_equal(pthread_create(&thread, NULL, fails, NULL), 0);
	fails(&thread);
	check_equal(pthread_join(thread, NULL), 0);
	return 0;
}
