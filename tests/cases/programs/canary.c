/* GCC's stack guard at %fs:40 is random, begins with a zero byte, is in place before main, and works. */
//#Flags: -fstack-protector-all
//#Stdout: smashed
#include "case.h"

__attribute__((noreturn)) void __stack_chk_fail(void) {
	print("smashed");
	__sys_raw_exit_group(0);
	__builtin_unreachable();
}

__attribute__((noinline)) static void smash(volatile char *text, int size) {
	char buffer[8];
	volatile char *to = buffer;
	__asm__("" : "+r"(to));
	for (int i = 0; i < size; i++)
		to[i] = text[i];
}

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	uint64_t guard, again;
	__asm__("mov %%fs:40, %0" : "=r"(guard));
	check(guard != 0);
	check_equal(guard & 0xff, 0);
	/* Seven bytes of AT_RANDOM's sixteen. */
	while (*envp)
		envp++;
	const uint64_t *auxv = (const uint64_t *)(envp + 1);
	while (auxv[0] != 25)
		auxv += 2;
	check_equal(guard, *(const uint64_t *)auxv[1] & ~0xfful);
	__asm__("mov %%fs:48, %0" : "=r"(again));
	check(again != guard);
	char text[64];
	for (int i = 0; i < 64; i++)
		text[i] = 'x';
	smash(text, 8);
	smash(text, 40);
	check(0);
}
