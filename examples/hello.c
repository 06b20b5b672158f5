/* A C program without a libc: every call goes through a slot. See the README for how it is linked. */
#include <libsys.h>

int main(int argc, char **argv) {
	static const char hello[] = "hello through a slot, ";
	const char *name = argc > 1 ? argv[1] : "world";
	unsigned long size = 0;
	while (name[size])
		size++;
	__sys_write(1, hello, sizeof hello - 1);
	__sys_write(1, name, size);
	return __sys_write(1, "\n", 1) != 1;
}
