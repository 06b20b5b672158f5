/* Makes a call that older kernels and filters do not know, and says what it answers. */
#include "case.h"

static void say(const char *path, unsigned flags) {
	long result = __sys_raw_faccessat2(AT_FDCWD, path, R_OK, flags);
	print(result == 0 ? "yes" : result == -ENOENT ? "no such file" : result == -EINVAL ? "not so" : "not at all");
}

int main(void) {
	say("/", 0);
	say("/does/not/exist", 0);
	say("/", 0x8000);
	return 0;
}
