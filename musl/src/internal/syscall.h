/* musl's own header, with every call through the slot of its number.
 *
 * __syscall(SYS_read, ...) calls the raw entry of slot 0, 32 bytes behind __syscall_0, and syscall(SYS_read, ...) its
 * C entry, which stores errno. Numbers must be literals, as those of <sys/syscall.h> are: they become part of the
 * name that the linker looks up. These are ordinary calls of ordinary functions, so that the compiler keeps
 * nothing in the red zone, nor in registers that a conversion may change. */

#ifndef LIBSYS_INTERNAL_SYSCALL_H
#define LIBSYS_INTERNAL_SYSCALL_H

#include "syscall.musl.h"

#undef __syscall1
#undef __syscall2
#undef __syscall3
#undef __syscall4
#undef __syscall5
#undef __syscall6
#undef syscall
#undef __socketcall
#undef __socketcall_cp

/* How each number of arguments is declared and passed. */
#define __libsys_types0 void
#define __libsys_types1 long
#define __libsys_types2 long, __libsys_types1
#define __libsys_types3 long, __libsys_types2
#define __libsys_types4 long, __libsys_types3
#define __libsys_types5 long, __libsys_types4
#define __libsys_types6 long, __libsys_types5
#define __libsys_pass(a,b,c,d,e,f) __scc(a), __scc(b), __scc(c), __scc(d), __scc(e), __scc(f)

/* The function is declared on the spot, under a name that is another one for each number, entry and count. */
#define __libsys_name(entry, count, nr) __libsys_##entry##count##_##nr
#define __libsys_at(name, count, place, ...) \
	__extension__ ({ long name(__libsys_types##count) __asm__(place); name(__VA_ARGS__); })
#define __libsys_raw(count, nr, ...) \
	__libsys_at(__libsys_name(raw, count, nr), count, "__syscall_" #nr "+32", __VA_ARGS__)
#define __libsys_c(count, nr, ...) \
	__libsys_at(__libsys_name(c, count, nr), count, "__syscall_" #nr, __VA_ARGS__)

#define __syscall0(nr) __libsys_raw(0, nr)
#define __syscall1(nr,a) __libsys_raw(1, nr, __scc(a))
#define __syscall2(nr,a,b) __libsys_raw(2, nr, __scc(a), __scc(b))
#define __syscall3(nr,a,b,c) __libsys_raw(3, nr, __scc(a), __scc(b), __scc(c))
#define __syscall4(nr,a,b,c,d) __libsys_raw(4, nr, __scc(a), __scc(b), __scc(c), __scc(d))
#define __syscall5(nr,a,b,c,d,e) __libsys_raw(5, nr, __scc(a), __scc(b), __scc(c), __scc(d), __scc(e))
#define __syscall6(nr,a,b,c,d,e,f) __libsys_raw(6, nr, __libsys_pass(a,b,c,d,e,f))

#define __libsys_c0(nr) __libsys_c(0, nr)
#define __libsys_c1(nr,a) __libsys_c(1, nr, __scc(a))
#define __libsys_c2(nr,a,b) __libsys_c(2, nr, __scc(a), __scc(b))
#define __libsys_c3(nr,a,b,c) __libsys_c(3, nr, __scc(a), __scc(b), __scc(c))
#define __libsys_c4(nr,a,b,c,d) __libsys_c(4, nr, __scc(a), __scc(b), __scc(c), __scc(d))
#define __libsys_c5(nr,a,b,c,d,e) __libsys_c(5, nr, __scc(a), __scc(b), __scc(c), __scc(d), __scc(e))
#define __libsys_c6(nr,a,b,c,d,e,f) __libsys_c(6, nr, __libsys_pass(a,b,c,d,e,f))
#define syscall(...) __SYSCALL_DISP(__libsys_c, __VA_ARGS__)

/* A cancellation point is given the address of the slot instead of its number, so that the linker knows which. */
#undef __syscall_cp0
#undef __syscall_cp1
#undef __syscall_cp2
#undef __syscall_cp3
#undef __syscall_cp4
#undef __syscall_cp5
#undef __syscall_cp6
#undef syscall_cp
#define __libsys_slot(nr) __libsys_slot_of(nr)
#define __libsys_slot_of(nr) __extension__ ({ \
	extern hidden const char __libsys_slot_##nr[64] __asm__("__syscall_" #nr); (long)__libsys_slot_##nr; })
#define __syscall_cp0(nr) (__syscall_cp)(__libsys_slot(nr), 0, 0, 0, 0, 0, 0)
#define __syscall_cp1(nr,a) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,0,0,0,0,0))
#define __syscall_cp2(nr,a,b) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,b,0,0,0,0))
#define __syscall_cp3(nr,a,b,c) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,b,c,0,0,0))
#define __syscall_cp4(nr,a,b,c,d) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,b,c,d,0,0))
#define __syscall_cp5(nr,a,b,c,d,e) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,b,c,d,e,0))
#define __syscall_cp6(nr,a,b,c,d,e,f) (__syscall_cp)(__libsys_slot(nr), __libsys_pass(a,b,c,d,e,f))
#define syscall_cp(...) __extension__ ({ \
	unsigned long __r = __syscall_cp(__VA_ARGS__); __r > -4096UL ? __syscall_ret(__r) : (long)__r; })

/* Each of them has a number of its own here. */
#define __socketcall(nm,a,b,c,d,e,f) __syscall(SYS_##nm, a, b, c, d, e, f)
#define __socketcall_cp(nm,a,b,c,d,e,f) __syscall_cp(SYS_##nm, a, b, c, d, e, f)

#endif
