/* Says which of its slots enter the kernel, how many pages of its table are private to it, and what a call answers. */
#include "case.h"

enum { ENTER = 14 };

static char text[1 << 18];

static void say(const char *name, const void *raw) {
	const unsigned char *code = (const unsigned char *)raw + ENTER;
	print_to(1, name);
	print(code[0] == 0x0f && code[1] == 0x05 ? " native" : " converted");
}

static unsigned long hexadecimal(const char **at) {
	unsigned long value = 0;
	for (;; (*at)++) {
		char c = **at;
		if (c >= '0' && c <= '9')
			value = value << 4 | (unsigned long)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (unsigned long)(c - 'a' + 10);
		else
			return value;
	}
}

/* Pages of the table that no file is behind, by the "Anonymous" lines of its mappings. */
static long private_pages(void) {
	long file = __sys_raw_openat(AT_FDCWD, "/proc/self/smaps", O_RDONLY, 0);
	check(file >= 0);
	size_t size = 0;
	for (long n; (n = __sys_raw_read((int)file, text + size, sizeof text - 1 - size)) > 0; size += (size_t)n)
		;
	unsigned long table = (unsigned long)case_table, kib = 0;
	int is_table = 0;
	for (const char *line = text; *line; line++) {
		const char *at = line;
		unsigned long start = hexadecimal(&at);
		if (at != line && *at == '-')
			is_table = start >= table && start < table + LIBSYS_DATA_OFFSET;
		const char *name = "Anonymous:";
		for (at = line; *name && *at == *name; at++, name++)
			;
		if (!*name && is_table) {
			unsigned long value = 0;
			for (; *at == ' '; at++)
				;
			for (; *at >= '0' && *at <= '9'; at++)
				value = value * 10 + (unsigned long)(*at - '0');
			kib += value;
		}
		for (; *line != '\n'; line++)
			;
	}
	return (long)(kib / 4);
}

int main(void) {
	say("statx", (const void *)__sys_raw_statx);
	say("faccessat2", (const void *)__sys_raw_faccessat2);
	say("epoll_pwait2", (const void *)__sys_raw_epoll_pwait2);
	say("uname", (const void *)__sys_raw_uname);
	print_number_to(1, private_pages());
	print(" private");
	print(__sys_raw_faccessat2(AT_FDCWD, "/", R_OK, 0) == 0 ? "carried out" : "not carried out");
	return 0;
}
