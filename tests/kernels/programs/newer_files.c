/* Newer calls about files and folders, whose results are the same on every kernel. */
//#Runs: plain interp hand
#include "newer.h"

static void opening(void) {
	struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0600};
	int file;
	say("openat2 O_CREAT", file = __sys_raw_openat2(AT_FDCWD, "made", &how, sizeof how));
	say("openat2 O_CREAT again", __sys_raw_close(file));
	how = (struct open_how){.flags = O_RDONLY};
	say("openat2 below a folder", file = (int)__sys_raw_openat2(3, "made", &how, sizeof how));
	__sys_close(file);
	BOTH("openat2 of nothing", openat2, AT_FDCWD, "none", &how, sizeof how);
	BOTH("openat2 EFAULT of the path", openat2, AT_FDCWD, NOWHERE, &how, sizeof how);
	BOTH("openat2 EFAULT of how", openat2, AT_FDCWD, "made", NOWHERE, sizeof how);
	BOTH("openat2 size 0", openat2, AT_FDCWD, "made", &how, 0);
	BOTH("openat2 size 23", openat2, AT_FDCWD, "made", &how, 23);
	BOTH("openat2 size 4097", openat2, AT_FDCWD, "made", &how, 4097);
	struct { struct open_how how; uint64_t more; } longer = {{.flags = O_RDONLY}, 0};
	say("openat2 larger", file = (int)__sys_raw_openat2(AT_FDCWD, "made", &longer.how, sizeof longer));
	__sys_close(file);
	longer.more = 1;
	BOTH("openat2 larger with more", openat2, AT_FDCWD, "made", &longer.how, sizeof longer);
	how.mode = 0600;
	BOTH("openat2 mode without O_CREAT", openat2, AT_FDCWD, "made", &how, sizeof how);
	how = (struct open_how){.flags = 1ul << 40};
	BOTH("openat2 unknown flag", openat2, AT_FDCWD, "made", &how, sizeof how);
	how = (struct open_how){.resolve = 1ul << 40};
	BOTH("openat2 unknown resolve", openat2, AT_FDCWD, "made", &how, sizeof how);
	how = (struct open_how){.resolve = RESOLVE_BENEATH};
	BOTH("openat2 RESOLVE_BENEATH out of it", openat2, AT_FDCWD, "../none", &how, sizeof how);
	how = (struct open_how){.resolve = RESOLVE_NO_SYMLINKS};
	BOTH("openat2 RESOLVE_NO_SYMLINKS of one", openat2, AT_FDCWD, "link", &how, sizeof how);
	how = (struct open_how){.flags = O_PATH | O_NOFOLLOW};
	say("openat2 O_PATH of a link", file = (int)__sys_raw_openat2(AT_FDCWD, "link", &how, sizeof how));
	__sys_close(file);
}

static int as_somebody(void) {
	check_equal(__sys_setresgid(1000, 1000, 1000), 0);
	check_equal(__sys_setresuid(1000, 1000, 1000), 0);
	BOTH("faccessat2 R_OK as somebody", faccessat2, AT_FDCWD, "secret", 4, 0);
	BOTH("faccessat2 AT_EACCESS as somebody", faccessat2, AT_FDCWD, "secret", 4, AT_EACCESS);
	BOTH("faccessat2 W_OK of a link as somebody", faccessat2, AT_FDCWD, "link", 2, AT_SYMLINK_NOFOLLOW);
	BOTH("fchmodat2 as somebody", fchmodat2, AT_FDCWD, "secret", 0644, 0);
	return 0;
}

static int as_two(void) {
	check_equal(__sys_setresuid(1000, 0, 0), 0);
	BOTH("faccessat2 for the real id", faccessat2, AT_FDCWD, "secret", 4, 0);
	BOTH("faccessat2 for the effective id", faccessat2, AT_FDCWD, "secret", 4, AT_EACCESS);
	BOTH("faccessat2 F_OK for the effective id", faccessat2, AT_FDCWD, "secret", 0, AT_EACCESS);
	return 0;
}

static void access(void) {
	BOTH("faccessat2", faccessat2, AT_FDCWD, "file", 4, 0);
	BOTH("faccessat2 X_OK", faccessat2, AT_FDCWD, "file", 1, 0);
	BOTH("faccessat2 AT_EACCESS", faccessat2, AT_FDCWD, "file", 6, AT_EACCESS);
	BOTH("faccessat2 of a dangling link", faccessat2, AT_FDCWD, "link", 0, 0);
	BOTH("faccessat2 AT_SYMLINK_NOFOLLOW", faccessat2, AT_FDCWD, "link", 0, AT_SYMLINK_NOFOLLOW);
	BOTH("faccessat2 AT_EMPTY_PATH", faccessat2, 3, "", 7, AT_EMPTY_PATH);
	BOTH("faccessat2 of an empty path", faccessat2, 3, "", 7, 0);
	BOTH("faccessat2 EFAULT", faccessat2, AT_FDCWD, NOWHERE, 0, 0);
	BOTH("faccessat2 EBADF", faccessat2, 99, "file", 0, 0);
	BOTH("faccessat2 unknown mode", faccessat2, AT_FDCWD, "file", 8, 0);
	BOTH("faccessat2 unknown flag", faccessat2, AT_FDCWD, "file", 0, 1);
	check_equal(in_child(as_somebody), 0);
	check_equal(in_child(as_two), 0);
}

static void mode(void) {
	struct stat stat;
	BOTH("fchmodat2", fchmodat2, AT_FDCWD, "file", 0640, 0);
	check_equal(__sys_stat("file", &stat), 0);
	say("  its mode", stat.st_mode);
	BOTH("fchmodat2 AT_SYMLINK_NOFOLLOW", fchmodat2, AT_FDCWD, "file", 0600, AT_SYMLINK_NOFOLLOW);
	BOTH("fchmodat2 of a link", fchmodat2, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW);
	BOTH("fchmodat2 AT_EMPTY_PATH", fchmodat2, 3, "", 0750, AT_EMPTY_PATH);
	check_equal(__sys_fstat(3, &stat), 0);
	say("  its mode", stat.st_mode);
	BOTH("fchmodat2 of nothing", fchmodat2, AT_FDCWD, "none", 0600, AT_SYMLINK_NOFOLLOW);
	BOTH("fchmodat2 unknown flag", fchmodat2, AT_FDCWD, "file", 0600, 1);
}

static void status(void) {
	static struct statx statx;
	BOTH("statx", statx, AT_FDCWD, "file", 0, STATX_BASIC_STATS, &statx);
	say("  basic fields", (statx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	say("  size", (long)statx.stx_size);
	say("  mode", statx.stx_mode);
	say("  links", statx.stx_nlink);
	struct stat stat;
	check_equal(__sys_stat("file", &stat), 0);
	say("  inode", statx.stx_ino == stat.st_ino);
	say("  device", ((uint64_t)statx.stx_dev_major << 8 | statx.stx_dev_minor) == stat.st_dev);
	say("  time", statx.stx_mtime.tv_sec == (long)stat.st_mtime);
	BOTH("statx AT_SYMLINK_NOFOLLOW", statx, AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &statx);
	say("  mode", statx.stx_mode);
	BOTH("statx AT_EMPTY_PATH", statx, 3, "", AT_EMPTY_PATH, STATX_TYPE, &statx);
	say("  mode", statx.stx_mode);
	BOTH("statx of nothing", statx, AT_FDCWD, "none", 0, STATX_TYPE, &statx);
	BOTH("statx EFAULT", statx, AT_FDCWD, "file", 0, STATX_TYPE, NOWHERE);
	BOTH("statx reserved mask", statx, AT_FDCWD, "file", 0, 0x80000000, &statx);
	BOTH("statx unknown flag", statx, AT_FDCWD, "file", 1, STATX_TYPE, &statx);
}

static void names(void) {
	ONCE("renameat2", renameat2, AT_FDCWD, "made", 3, "renamed", 0);
	BOTH("renameat2 of nothing", renameat2, AT_FDCWD, "made", 3, "renamed", 0);
	BOTH("renameat2 RENAME_NOREPLACE", renameat2, AT_FDCWD, "renamed", 3, "file", RENAME_NOREPLACE);
	BOTH("renameat2 unknown flag", renameat2, AT_FDCWD, "renamed", 3, "file", 64);
}

static void trees(void) {
	struct stat stat;
	int tree;
	say("open_tree", tree = (int)__sys_raw_open_tree(AT_FDCWD, "file", 0));
	check_equal(__sys_fstat(tree, &stat), 0);
	say("  its mode", stat.st_mode);
	BOTH("  cannot be read", read, tree, &stat, 1);
	__sys_close(tree);
	say("open_tree of a link", tree = (int)__sys_raw_open_tree(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW));
	__sys_close(tree);
	BOTH("open_tree of nothing", open_tree, AT_FDCWD, "link", 0);
	BOTH("open_tree unknown flag", open_tree, AT_FDCWD, "file", 1 << 20);
	say("open_tree OPEN_TREE_CLONE", tree = (int)__sys_raw_open_tree(AT_FDCWD, "file", OPEN_TREE_CLONE));
	__sys_close(tree);
}

int main(void) {
	check_equal(__sys_mkdir("/tmp/folder", 0755), 0);
	check_equal(__sys_chdir("/tmp/folder"), 0);
	check_equal(__sys_open(".", O_RDONLY | O_DIRECTORY, 0), 3);
	check_equal(__sys_close(make_file("file", "some text")), 0);
	check_equal(__sys_close(make_file("secret", "")), 0);
	check_equal(__sys_chmod("secret", 0600), 0);
	check_equal(__sys_symlink("none", "link"), 0);
	opening();
	access();
	mode();
	status();
	names();
	trees();
	return 0;
}
