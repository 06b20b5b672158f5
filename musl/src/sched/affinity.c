/* Those of the affinity functions that are more than a call. */

#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include "pthread_impl.h"
#include "syscall.h"

/* The kernel says how much it filled. */
static long get(pid_t tid, size_t size, cpu_set_t *set)
{
	long filled = __syscall(SYS_sched_getaffinity, tid, size, set);
	if (filled < 0) return filled;
	if (filled < size) memset((char *)set + filled, 0, size - filled);
	return 0;
}

int sched_getaffinity(pid_t tid, size_t size, cpu_set_t *set)
{
	return __syscall_ret(get(tid, size, set));
}

int pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *set)
{
	return -get(thread->tid, size, set);
}

int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *set)
{
	return -__syscall(SYS_sched_setaffinity, thread->tid, size, set);
}
