/* A detached thread takes its own stack away and ends, by libsys_unmap_exit. */
#include "threads.h"

static int done;

static int leave(struct thread *thread) {
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	__atomic_store_n(&done, 1, __ATOMIC_SEQ_CST);
	if (thread->argument)
		__sys_raw_libsys_unmap_exit(thread->stack, THREAD_STACK);
	else
		__sys_libsys_unmap_exit(thread->stack, THREAD_STACK);
	check(0);
	return 1;
}

int main(void) {
	for (long raw = 0; raw < 2; raw++) {
		struct thread thread;
		done = 0;
		thread_prepare(&thread, leave, (void *)raw);
		char resident[THREAD_STACK / 4096];
		check_equal(__sys_raw_mincore(thread.stack, THREAD_STACK, (unsigned char *)resident), 0);
		thread_start(&thread, __sys_raw_clone);
		thread_join(&thread);
		check_equal(done, 1);
		check_equal(__sys_raw_mincore(thread.stack, THREAD_STACK, (unsigned char *)resident), -ENOMEM);
	}
	return 0;
}
