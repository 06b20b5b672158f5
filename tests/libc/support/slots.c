/* An object that makes its calls itself, through slots of its own where it is linked with libsys; on stock musl through the
   libc. */
#include <unistd.h>

#ifdef CASE_STOCK
int fail_in_object(void) { return dup(-1); }
pid_t parent_of_process(void) { return getppid(); }
#else
#include <libsys.h>
int fail_in_object(void) { return __sys_dup(-1); }
pid_t parent_of_process(void) { return __sys_getppid(); }
#endif
