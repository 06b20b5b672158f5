/* The smallest C program: ends at once. With an argument it first waits for a byte, so that its memory can be
   looked at.

   Three ways to build it: on libsys_start.o and an archive; with BARE, on an archive alone; with INLINE,
   with the instruction in the program and nothing of libsys. */
#ifdef INLINE
static long call(long nr, long a, long b, long c) {
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}
#define READ(fd, buffer, size) call(0, fd, (long)(buffer), size)
#define EXIT(status) call(231, status, 0, 0)
#else
#include <libsys.h>
#define READ(fd, buffer, size) __sys_raw_read(fd, buffer, size)
#define EXIT(status) __sys_raw_exit_group(status)
#endif

int main(int argc, char **argv) {
	char byte;
	(void)argv;
	if (argc > 1)
		READ(0, &byte, 1);
	return 0;
}

#if defined(INLINE) || defined(BARE)
__attribute__((used)) static void begin(long *stack) {
	EXIT(main((int)stack[0], (char **)&stack[1]));
	__builtin_unreachable();
}

__asm__(".globl _start; _start: xor %ebp, %ebp; mov %rsp, %rdi; call begin");
#endif
