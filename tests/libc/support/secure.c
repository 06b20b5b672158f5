/* Prints whether the kernel says that the program has more rights than its caller. */
#include <stdio.h>
#include <sys/auxv.h>

int main(void) {
	printf("AT_SECURE %lu\n", getauxval(AT_SECURE));
	return 0;
}
