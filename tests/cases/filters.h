/* Seccomp filters of a program's own. */
#ifndef CASE_FILTERS_H
#define CASE_FILTERS_H

#include "case.h"

/* Offsets in struct seccomp_data. */
enum { NUMBER = 0, IP_LOW = 8, IP_HIGH = 12 };

#define LOAD(offset)                ((struct sock_filter){0x20, 0, 0, offset})
#define SUBTRACT(value)             ((struct sock_filter){0x14, 0, 0, value})
#define SHIFT_RIGHT(bits)           ((struct sock_filter){0x74, 0, 0, bits})
#define KEEP                        ((struct sock_filter){0x07, 0, 0, 0})
#define SKIP_UNLESS_EQUAL(value, n) ((struct sock_filter){0x15, 0, n, value})
#define SKIP_UNLESS_KEPT(n)         ((struct sock_filter){0x1d, 0, n, 0})
#define SKIP_IF_AT_LEAST(value, n)  ((struct sock_filter){0x35, n, 0, value})
#define ANSWER(what)                ((struct sock_filter){0x06, 0, 0, what})

__attribute__((unused)) static void install(const struct sock_filter *filter, unsigned short count) {
	struct sock_fprog program = {count, filter};
	check_equal(__sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	check_equal(__sys_seccomp(SECCOMP_SET_MODE_FILTER, 0, &program), 0);
}

#endif
