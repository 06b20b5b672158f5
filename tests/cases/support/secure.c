/* Prints whether the kernel says that the program has more rights than its caller. */
#include "case.h"

int main(int argc, char **argv, char **envp) {
	(void)argc, (void)argv;
	while (*envp)
		envp++;
	const uint64_t *entry = (const uint64_t *)(envp + 1);
	while (entry[0] != 23)
		entry += 2;
	print(entry[1] ? "AT_SECURE 1" : "AT_SECURE 0");
	return 0;
}
