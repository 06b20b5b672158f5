/* The set*id calls, in all threads of the process; each call by its name, so that the linker knows which. */

#include <signal.h>
#include <unistd.h>
#include "syscall.h"
#include "libc.h"

struct request {
	int nr, id, eid, sid;
	int result;
};

static long set(const struct request *r)
{
	switch (r->nr) {
	case SYS_setuid: return __syscall(SYS_setuid, r->id);
	case SYS_setgid: return __syscall(SYS_setgid, r->id);
	case SYS_setreuid: return __syscall(SYS_setreuid, r->id, r->eid);
	case SYS_setregid: return __syscall(SYS_setregid, r->id, r->eid);
	case SYS_setresuid: return __syscall(SYS_setresuid, r->id, r->eid, r->sid);
	case SYS_setresgid: return __syscall(SYS_setresgid, r->id, r->eid, r->sid);
	default: return -ENOSYS;
	}
}

static void in_each_thread(void *argument)
{
	struct request *r = argument;
	if (r->result < 0) return;
	int result = set(r);
	if (result && !r->result) {
		/* It has succeeded in another thread: a process whose threads differ in their rights must not go on. */
		__block_all_sigs(0);
		__syscall(SYS_kill, __syscall(SYS_getpid), SIGKILL);
	}
	r->result = result;
}

int __setxid(int nr, int id, int eid, int sid)
{
	/* Positive until the first thread has tried: its failure is no reason to kill. */
	struct request r = { .nr = nr, .id = id, .eid = eid, .sid = sid, .result = 1 };
	__synccall(in_each_thread, &r);
	return __syscall_ret(r.result > 0 ? -EAGAIN : r.result);
}
