/* What the programs that make newer calls share: each call is one line of output, the same on every kernel. */
#ifndef NEWER_H
#define NEWER_H

#include "case.h"

static const struct { int number; const char *name; } error_names[] = {
	{EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {ESRCH, "ESRCH"}, {EINTR, "EINTR"}, {EBADF, "EBADF"}, {ECHILD, "ECHILD"},
	{EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {EFAULT, "EFAULT"}, {EBUSY, "EBUSY"},
	{EEXIST, "EEXIST"}, {EXDEV, "EXDEV"}, {ENOTDIR, "ENOTDIR"}, {EISDIR, "EISDIR"}, {EINVAL, "EINVAL"},
	{ENOSPC, "ENOSPC"}, {ERANGE, "ERANGE"}, {ENOSYS, "ENOSYS"}, {ELOOP, "ELOOP"}, {ENODATA, "ENODATA"},
	{E2BIG, "E2BIG"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {ETIMEDOUT, "ETIMEDOUT"},
};

/* Prints a number, or the name of the error that a raw entry answers by it. */
static void print_result(long result) {
	for (size_t i = 0; i < sizeof error_names / sizeof *error_names; i++)
		if (result == -error_names[i].number) {
			print_to(1, error_names[i].name);
			return;
		}
	print_number_to(1, result);
}

/* Prints what was tried, and the result. */
__attribute__((unused)) static void say(const char *what, long result) {
	print_to(1, what);
	print_to(1, ": ");
	print_result(result);
	print_to(1, "\n");
}

/* The same of both entries, which must agree. */
__attribute__((unused)) static void say_both(const char *what, long raw, long c) {
	if (c == -1)
		c = -case_errno;
	say(what, raw);
	if (raw != c)
		say("  but the C entry", c);
}

/* Makes a call that changes nothing, or changes it twice alike, through both entries. */
#define BOTH(what, call, ...)                        \
	do {                                             \
		long raw_ = __sys_raw_##call(__VA_ARGS__);   \
		say_both(what, raw_, __sys_##call(__VA_ARGS__)); \
	} while (0)

/* Makes a call through one entry. */
#define ONCE(what, call, ...) say(what, __sys_raw_##call(__VA_ARGS__))

/* An address where nothing is. */
#define NOWHERE ((void *)8)

/* Makes a file with a text in it, open for reading and writing. */
__attribute__((unused)) static int make_file(const char *path, const char *text) {
	int file = __sys_open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	check(file >= 0);
	check_equal(__sys_write(file, text, length(text)), (long)length(text));
	return file;
}

/* Runs a function in a child process; its exit status, or 128 and the signal that ended it. */
__attribute__((unused)) static int in_child(int (*function)(void)) {
	int child = __sys_fork();
	check(child >= 0);
	if (child == 0)
		__sys_exit_group(function());
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	return how & 127 ? 128 + (how & 127) : how >> 8 & 255;
}

#endif
