/* Defines nothing. The archives of slots were made for an errno LIBSYS_ERRNO bytes above the thread pointer: is it there? */

#include <stddef.h>
#include "pthread_impl.h"

_Static_assert(offsetof(struct pthread, errno_val) == LIBSYS_ERRNO, "libsys.a was made for another struct pthread");
