/* clone(2) with a stack of its own: the child's stack is aligned, its result is its status; a failing clone stores errno. */
//#Stdout: ok
#include "../libc.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static char stack[1 << 16] __attribute__((aligned(64)));
static volatile int shared;

static int child(void *argument) {
	/* The psABI: aligned to 16 at the call. Vector code of the compiler's would trap otherwise. */
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	shared = (int)(frame % 16);
	return *(int *)argument;
}

static int own_process(void *argument) {
	*(volatile int *)argument = syscall(SYS_getpid) == syscall(SYS_gettid);
	syscall(SYS_exit, 0);
	return 0;
}

int main(void) {
	/* A stack that ends anywhere. */
	for (int odd = 0; odd < 32; odd++) {
		int wanted = 100 + odd, status = 0;
		pid_t pid = clone(child, stack + sizeof stack - odd, CLONE_VM | SIGCHLD, &wanted);
		check(pid > 0);
		check_equal(waitpid(pid, &status, 0), pid);
		check(WIFEXITED(status));
		check_equal(WEXITSTATUS(status), wanted);
		check_equal(shared, 0);
	}
	/* The seventh argument is on the stack. */
	pid_t parent_tid = 0, child_tid = 0;
	int answer = -1;
	int flags = CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD;
	pid_t pid = clone(own_process, stack + sizeof stack, flags, &answer, &parent_tid, 0, &child_tid);
	check(pid > 0);
	check_equal(waitpid(pid, 0, 0), pid);
	check_equal(parent_tid, pid);
	check_equal(child_tid, pid);
	check_equal(answer, 1);
	check_fails(clone(child, stack + sizeof stack, CLONE_SIGHAND | SIGCHLD, 0), EINVAL);
	puts("ok");
	return 0;
}
