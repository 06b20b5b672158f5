/* syscall(2): the slot of any number, which is checked against the table; holes and what lies beyond answer ENOSYS. */

#define _BSD_SOURCE
#include <stdarg.h>
#include <unistd.h>

/* The layer's own service: the number, then the arguments of the call; stores errno. */
long __sys_libsys_syscall(long, long, long, long, long, long, long);

long syscall(long nr, ...)
{
	va_list rest;
	va_start(rest, nr);
	long a = va_arg(rest, long);
	long b = va_arg(rest, long);
	long c = va_arg(rest, long);
	long d = va_arg(rest, long);
	long e = va_arg(rest, long);
	long f = va_arg(rest, long);
	va_end(rest);
	return __sys_libsys_syscall(nr, a, b, c, d, e, f);
}
