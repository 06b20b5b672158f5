/* The smallest program there is: ends at once, with status 0. With an argument it waits on a pipe first, so
   that its memory can be looked at. Built with INLINE, the instruction is in the program, as it was
   always done; else the calls go through slots. */
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

__attribute__((used)) static void begin(long *stack) {
	char byte;
	if (stack[0] > 1)
		READ(0, &byte, 1);
	EXIT(0);
	__builtin_unreachable();
}

__asm__(".globl _start; _start: xor %ebp, %ebp; mov %rsp, %rdi; call begin");
