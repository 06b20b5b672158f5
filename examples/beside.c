/* A C program on its libc, with slots beside it: they share one errno. */
#include <errno.h>
#include <libsys.h>
#include <stdio.h>
#include <string.h>

int main(void) {
	long result = __sys_open("/no/such/file", 0, 0);
	printf("the slot of open returned %ld, and errno says: %s\n", result, strerror(errno));
	return result != -1;
}
