/* After supply no page is both writable and executable; the table is the supplier's file, with no page of its
   own; the data page is read-only; both are sealed where the kernel can. Two pages are the process's own: the data
   page, and that of the thread pointer. */
#include "case.h"

struct mapping {
	uintptr_t start, end;
	char permissions[5];
	char path[256];
	long own;
};

static char text[1 << 17];
static struct mapping mappings[64];
static int count;

static uintptr_t hex(const char **at) {
	uintptr_t number = 0;
	for (;; (*at)++) {
		char c = **at;
		if (c >= '0' && c <= '9')
			number = number * 16 + (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			number = number * 16 + (uintptr_t)(c - 'a' + 10);
		else
			return number;
	}
}

static int starts_with(const char *line, const char *word) {
	while (*word && *word == *line)
		word++, line++;
	return *word == 0;
}

/* Reads /proc/self/smaps: a head for each mapping, then lines with its counts. */
static void read_mappings(void) {
	int file = __sys_openat(AT_FDCWD, "/proc/self/smaps", O_RDONLY, 0);
	check(file >= 0);
	long size = 0, n;
	while ((n = __sys_read(file, text + size, sizeof text - 1 - (size_t)size)) > 0)
		size += n;
	check_equal(n, 0);
	check_equal(__sys_close(file), 0);
	const char *line = text;
	while (*line) {
		const char *at = line;
		uintptr_t start = hex(&at);
		if (*at == '-' && at > line) {
			check(count < 64);
			struct mapping *mapping = &mappings[count++];
			at++;
			mapping->start = start;
			mapping->end = hex(&at);
			for (int i = 0; i < 4; i++)
				mapping->permissions[i] = at[1 + i];
			while (*at != '/' && *at != '[' && *at != '\n')
				at++;
			for (int i = 0; i < 255 && *at != '\n'; i++)
				mapping->path[i] = *at++;
		} else if (starts_with(line, "Anonymous:")) {
			long number = 0;
			for (at = line; *at != '\n'; at++)
				if (*at >= '0' && *at <= '9')
					number = number * 10 + (*at - '0');
			mappings[count - 1].own = number;
		}
		while (*line && *line++ != '\n')
			;
	}
	check(count > 3);
}

static struct mapping *at(uintptr_t address) {
	for (int i = 0; i < count; i++)
		if (mappings[i].start <= address && address < mappings[i].end)
			return &mappings[i];
	fail(__FILE_NAME__, __LINE__, "an address should be mapped", (long)address);
}

static void supplied(uintptr_t table) {
	struct mapping *code = at(table), *data = at(table + LIBSYS_DATA_OFFSET);
	check_equal(code->start, table);
	check_equal(code->end, table + LIBSYS_DATA_OFFSET);
	check(equal(code->permissions, "r-xp"));
	check_equal(code->own, 0);
	const char *path = code->path, *name = path;
	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	/* The map built in, or the file of the one for this kernel. */
	size_t end = length(name);
	check(equal(name, "ld-libsys") || (end > 4 && equal(name + end - 4, ".map")));
	check_equal(data->start, table + LIBSYS_DATA_OFFSET);
	check_equal(data->end, table + LIBSYS_SECTION_SIZE);
	check(equal(data->permissions, "r--p"));
	check_equal(data->own, 4);
	char *thread_pointer;
	__asm__("mov %%fs:0, %0" : "=r"(thread_pointer));
	check_equal(at((uintptr_t)thread_pointer)->own, 4);

	/* Writing to the data page is a fault. */
	int child = __sys_fork();
	if (child == 0) {
		*(volatile char *)__sys_libsys_info() = 0;
		__sys_exit_group(0);
	}
	int how;
	check_equal(__sys_wait4(child, &how, 0, NULL), child);
	check_equal(how & 0x7f, SIGSEGV);

	if (__sys_raw_mseal(NULL, 0, 0) == -ENOSYS)
		return;
	for (int i = 0; i < 17; i++) {
		void *page = (void *)(table + 4096ul * (unsigned)i);
		check_equal(__sys_raw_mprotect(page, 4096, PROT_READ | PROT_WRITE), -EPERM);
		check_equal(__sys_raw_munmap(page, 4096), -EPERM);
		check_equal(__sys_raw_mmap(page, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), -EPERM);
	}
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	read_mappings();
	for (int i = 0; i < count; i++)
		if (mappings[i].permissions[1] == 'w' && mappings[i].permissions[2] == 'x')
			fail(__FILE_NAME__, __LINE__, "no mapping should be writable and executable", (long)mappings[i].start);
	if (should_be_supplied(envp)) {
		supplied((uintptr_t)case_table);
		/* Executed directly, the loader took itself away, but for the table. */
		for (int i = 0; i < count; i++)
			if (mappings[i].start >> 40 == 1 && mappings[i].start < 0x10000100000)
				fail(__FILE_NAME__, __LINE__, "the loader should be gone", (long)mappings[i].start);
	}
	return 0;
}
