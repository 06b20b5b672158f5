/* The program of the small project. */
#include "area.h"
#include <stdio.h>

int main(void) {
#ifdef HAVE_UNISTD_H
	printf("%.3f %d\n", area(2), counted());
#else
	puts("not configured");
#endif
	return 0;
}
