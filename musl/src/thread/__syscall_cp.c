/* Cancellation points in a program that cancels nothing: just the call. With pthread_cancel.c another definition of
 * __syscall_cp_c takes this one's place. Cancellation points call a function that is in no other member of an archive, so
 * that no linker finds that definition first. */

#include "pthread_impl.h"
#include "syscall.h"

typedef long raw_entry(long, long, long, long, long, long);

hidden long __syscall_cp_c(syscall_arg_t, syscall_arg_t, syscall_arg_t, syscall_arg_t,
                           syscall_arg_t, syscall_arg_t, syscall_arg_t);

static long sccp(syscall_arg_t slot, syscall_arg_t u, syscall_arg_t v, syscall_arg_t w,
                 syscall_arg_t x, syscall_arg_t y, syscall_arg_t z)
{
	return ((raw_entry *)(slot + 32))(u, v, w, x, y, z);
}

weak_alias(sccp, __syscall_cp_c);

long (__syscall_cp)(syscall_arg_t slot, syscall_arg_t u, syscall_arg_t v, syscall_arg_t w,
                    syscall_arg_t x, syscall_arg_t y, syscall_arg_t z)
{
	return __syscall_cp_c(slot, u, v, w, x, y, z);
}
