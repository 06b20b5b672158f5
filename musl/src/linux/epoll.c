/* Those of epoll(7)'s functions that are more than a call. */

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include "syscall.h"

int epoll_create1(int flags)
{
	long result = __syscall(SYS_epoll_create1, flags);
	if (result == -ENOSYS && !flags) result = __syscall(SYS_epoll_create, 1);
	return __syscall_ret(result);
}

int epoll_create(int size)
{
	if (size <= 0) return __syscall_ret(-EINVAL);
	return epoll_create1(0);
}

int epoll_pwait(int fd, struct epoll_event *events, int size, int timeout, const sigset_t *mask)
{
	long result = __syscall_cp(SYS_epoll_pwait, fd, events, size, timeout, mask, _NSIG/8);
	if (result == -ENOSYS && !mask) result = __syscall_cp(SYS_epoll_wait, fd, events, size, timeout);
	return __syscall_ret(result);
}

int epoll_wait(int fd, struct epoll_event *events, int size, int timeout)
{
	return epoll_pwait(fd, events, size, timeout, 0);
}
