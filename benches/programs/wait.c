/* Waits in read(2) until its input ends, so that its memory can be looked at. */
#include <unistd.h>

int main(void) {
	char byte;
	return read(0, &byte, 1) != 0;
}
