/* The data page says what ABI.md says: magic, releases, the thread pointer and its mapping, and where the
   vDSO's functions are. In a text section that nobody supplied it holds no more than the linker knew. */
#include "case.h"

static uint32_t running_release(void) {
	struct new_utsname name;
	check_equal(__sys_uname(&name), 0);
	const char *at = (const char *)name.release;
	uint32_t release = 0;
	for (int i = 0; i < 3; i++) {
		uint32_t part = 0;
		while (*at >= '0' && *at <= '9')
			part = part * 10 + (uint32_t)(*at++ - '0');
		release = release << 8 | (part > 255 ? 255 : part);
		at += *at == '.';
	}
	return release;
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	const char *page = __sys_libsys_info();
	check_equal(__sys_raw_libsys_info(), (long)page);
	check_equal((uintptr_t)page % 4096, 0);
	const uint32_t *halves = (const uint32_t *)page;
	const uint64_t *words = (const uint64_t *)page;
	check(equal(page, "libsys"));
	check_equal(page[7], 1);
	check_equal(halves[3], LIBSYS_RELEASE);
	check(words[3] != 0);
	if (!should_be_supplied(envp)) {
		check_equal(halves[2], 0);
		check_equal(halves[4], 0);
		for (int i = 4; i < 13; i++)
			check_equal(words[i], 0);
		return 0;
	}
	check_equal(halves[2], 1);
	check_equal(halves[4] >> 8, running_release() >> 8);
	/* A map to this kernel may bring a layer. */
	check_equal(halves[5] % 4096, 0);
	check_equal(words[4] % 4096, 0);
	check_equal(words[4] == 0, halves[5] == 0);
	uint64_t thread_pointer;
	__asm__("mov %%fs:0, %0" : "=r"(thread_pointer));
	check_equal(words[5], thread_pointer);
	check(words[6] <= thread_pointer && thread_pointer + 64 <= words[6] + words[7]);
	check_equal(words[6] % 4096, 0);
	check_equal(words[7] % 4096, 0);
	for (int i = 8; i < 13; i++)
		check(words[i] != 0);
	return 0;
}
