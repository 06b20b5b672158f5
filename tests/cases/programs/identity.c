/* A supplied program is to itself what it would be without a supplier: the name of its process, the auxiliary
   vector, its arguments. Executed directly also /proc/self/exe and the command line. */
#include "case.h"

enum { AT_PHDR = 3, AT_PHENT = 4, AT_PHNUM = 5, AT_BASE = 7, AT_ENTRY = 9, AT_EXECFN = 31 };

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern void _start(void);

static const char *last_part(const char *path) {
	const char *last = path;
	for (; *path; path++)
		if (*path == '/')
			last = path + 1;
	return last;
}

static uint64_t auxv(char **envp, uint64_t kind) {
	while (*envp)
		envp++;
	const uint64_t *entry = (const uint64_t *)(envp + 1);
	while (entry[0] && entry[0] != kind)
		entry += 2;
	return entry[1];
}

static long read_file(const char *path, char *to, size_t size) {
	int file = __sys_openat(AT_FDCWD, path, O_RDONLY, 0);
	check(file >= 0);
	long n = __sys_read(file, to, size - 1);
	check(n >= 0);
	to[n] = 0;
	check_equal(__sys_close(file), 0);
	return n;
}

int main(int argc, char **argv, char **envp) {
	static char text[8192], name[16];
	const char *run = variable(envp, "CASE_RUN"), *wanted = last_part(argv[0]);
	check_equal(argc, 1);
	check_equal(((uintptr_t)argv - 8) % 16, 0);

	for (int i = 0; i < 15 && wanted[i]; i++)
		name[i] = wanted[i];
	check_equal(__sys_prctl(PR_GET_NAME, (unsigned long)text, 0, 0, 0), 0);
	check(equal(text, name));

	check(equal((const char *)auxv(envp, AT_EXECFN), argv[0]));
	check_equal(auxv(envp, AT_ENTRY), (uintptr_t)_start);
	check_equal(auxv(envp, AT_BASE), 0);
	check_equal(auxv(envp, AT_PHENT), 56);
	check_equal(auxv(envp, AT_PHNUM), *(const uint16_t *)(__ehdr_start + 56));
	check_equal(auxv(envp, AT_PHDR), (uintptr_t)__ehdr_start + *(const uint64_t *)(__ehdr_start + 32));

	if (!equal(run, "hand")) {
		long n = __sys_readlink("/proc/self/exe", text, sizeof text - 1);
		check(n > 0);
		text[n] = 0;
		check(equal(last_part(text), wanted));
		n = read_file("/proc/self/cmdline", text, sizeof text);
		check_equal(n, (long)length(argv[0]) + 1);
		check(equal(text, argv[0]));
	}
	return 0;
}
