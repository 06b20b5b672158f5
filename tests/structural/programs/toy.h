/* What the programs of tests/structural share: the kernel's own calls, around the layer, and memory with an end. */
#ifndef TOY_H
#define TOY_H

#include "case.h"
#include "stack.h"

/* Makes a call of the kernel's with the kernel's structs. */
__attribute__((unused)) static long kernel6(long nr, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
		: "=a"(result)
		: "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
}

__attribute__((unused)) static long kernel(long nr, long a, long b, long c, long d, long e) {
	return kernel6(nr, a, b, c, d, e, 0);
}

/* An address that leads nowhere. */
#define NOWHERE ((void *)8)

/* A page that can be written, with one behind it that cannot be reached. */
__attribute__((unused)) static char *page_with_end(void) {
	char *pages = __sys_mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(pages != (void *)-1);
	check_equal(__sys_mprotect(pages + 4096, 4096, PROT_NONE), 0);
	return pages + 4096;
}

#endif
