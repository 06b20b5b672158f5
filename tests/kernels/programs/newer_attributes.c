/* Newer calls about extended and other attributes of files, whose results are the same on every kernel. */
//#Runs: plain interp hand
#include "newer.h"

static char text[] = "value", buffer[64];

static void extended(void) {
	struct xattr_args set = {.value = (uint64_t)(uintptr_t)text, .size = 5};
	struct xattr_args get = {.value = (uint64_t)(uintptr_t)buffer, .size = sizeof buffer};
	BOTH("setxattrat", setxattrat, AT_FDCWD, "file", 0, "trusted.one", &set, sizeof set);
	BOTH("getxattrat", getxattrat, AT_FDCWD, "file", 0, "trusted.one", &get, sizeof get);
	say("  the value", equal(buffer, "value"));
	BOTH("setxattrat below a folder", setxattrat, 3, "file", 0, "trusted.two", &set, sizeof set);
	BOTH("listxattrat", listxattrat, 3, "file", 0, buffer, sizeof buffer);
	BOTH("listxattrat to nowhere", listxattrat, 3, "file", 0, NOWHERE, 1);
	BOTH("getxattrat AT_EMPTY_PATH", getxattrat, 4, "", AT_EMPTY_PATH, "trusted.two", &get, sizeof get);
	BOTH("getxattrat AT_SYMLINK_NOFOLLOW", getxattrat, 3, "link", AT_SYMLINK_NOFOLLOW, "trusted.one", &get, sizeof get);
	BOTH("getxattrat of a link", getxattrat, 3, "link", 0, "trusted.one", &get, sizeof get);
	BOTH("getxattrat of no attribute", getxattrat, 3, "file", 0, "trusted.none", &get, sizeof get);
	BOTH("getxattrat of nothing", getxattrat, 3, "none", 0, "trusted.one", &get, sizeof get);
	set.flags = XATTR_CREATE;
	BOTH("setxattrat XATTR_CREATE", setxattrat, 3, "file", 0, "trusted.one", &set, sizeof set);
	set.flags = XATTR_REPLACE;
	BOTH("setxattrat XATTR_REPLACE", setxattrat, 3, "file", 0, "trusted.none", &set, sizeof set);
	set.flags = 4;
	BOTH("setxattrat unknown flag", setxattrat, 3, "file", 0, "trusted.one", &set, sizeof set);
	set.flags = 0;
	BOTH("setxattrat size 15", setxattrat, 3, "file", 0, "trusted.one", &set, 15);
	BOTH("setxattrat size 4097", setxattrat, 3, "file", 0, "trusted.one", &set, 4097);
	BOTH("setxattrat EFAULT", setxattrat, 3, "file", 0, "trusted.one", NOWHERE, sizeof set);
	BOTH("setxattrat without a name", setxattrat, 3, "file", 0, "", &set, sizeof set);
	get.size = 2;
	BOTH("getxattrat into too little", getxattrat, 3, "file", 0, "trusted.one", &get, sizeof get);
	get.flags = 1;
	BOTH("getxattrat with flags", getxattrat, 3, "file", 0, "trusted.one", &get, sizeof get);
	BOTH("getxattrat unknown flag", getxattrat, 3, "file", 1, "trusted.one", &set, sizeof set);
	ONCE("removexattrat", removexattrat, 3, "file", 0, "trusted.one");
	BOTH("removexattrat again", removexattrat, 3, "file", 0, "trusted.one");
	BOTH("listxattrat of what is left", listxattrat, 3, "file", 0, buffer, sizeof buffer);
}

static void others(void) {
	struct file_attr attr;
	BOTH("file_getattr of nothing", file_getattr, AT_FDCWD, "none", &attr, sizeof attr, 0);
	BOTH("file_getattr of a link", file_getattr, AT_FDCWD, "link", &attr, sizeof attr, 0);
	BOTH("file_getattr size 8", file_getattr, AT_FDCWD, "file", &attr, 8, 0);
	BOTH("file_getattr size 4097", file_getattr, AT_FDCWD, "file", &attr, 4097, 0);
	BOTH("file_getattr unknown flag", file_getattr, AT_FDCWD, "file", &attr, sizeof attr, 1);
	BOTH("file_setattr EFAULT", file_setattr, AT_FDCWD, "file", NOWHERE, sizeof attr, 0);
	BOTH("file_setattr unknown flag", file_setattr, AT_FDCWD, "file", &attr, sizeof attr, 1);
	BOTH("file_getattr of /proc", file_getattr, AT_FDCWD, "/proc", &attr, sizeof attr, 0);
}

int main(void) {
	check_equal(__sys_mkdir("/tmp/folder", 0755), 0);
	check_equal(__sys_chdir("/tmp/folder"), 0);
	check_equal(__sys_open(".", O_RDONLY | O_DIRECTORY, 0), 3);
	check_equal(make_file("file", "some text"), 4);
	check_equal(__sys_symlink("none", "link"), 0);
	extended();
	others();
	return 0;
}
