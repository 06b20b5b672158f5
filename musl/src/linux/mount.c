/* The one of mount(2)'s functions that is more than a call. */

#include <sys/mount.h>
#include "syscall.h"

int umount(const char *target)
{
	return syscall(SYS_umount2, target, 0);
}
