/* Those of inotify(7)'s functions that are more than a call. */

#include <errno.h>
#include <sys/inotify.h>
#include "syscall.h"

int inotify_init1(int flags)
{
	long result = __syscall(SYS_inotify_init1, flags);
	if (result == -ENOSYS && !flags) result = __syscall(SYS_inotify_init);
	return __syscall_ret(result);
}

int inotify_init(void)
{
	return inotify_init1(0);
}
