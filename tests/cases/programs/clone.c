/* Threads made by raw clone, through both entries: their stacks, their thread-local variables, an errno for
   each, and their end, which a futex tells. */
#include "threads.h"

enum { THREADS = 4, ROUNDS = 500 };

_Thread_local long own = 5;
static int started;

static int failing(struct thread *thread) {
	char on_stack;
	check(&on_stack > thread->stack && &on_stack < thread->stack + THREAD_STACK);
	check_equal(own, 5);
	own = (long)thread->argument;
	__atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
	check_equal(__sys_gettid(), thread->tid);
	check(__sys_gettid() != __sys_getpid());
	for (int i = 0; i < ROUNDS; i++) {
		if (own % 2) {
			check_equal(__sys_close(-1), -1);
			check_equal(case_errno, EBADF);
		} else {
			check_equal(__sys_chdir("/does/not/exist"), -1);
			check_equal(case_errno, ENOENT);
		}
		if (i % 64 == 0)
			__sys_sched_yield();
	}
	check_equal(own, (long)thread->argument);
	return 0;
}

int main(void) {
	static struct thread threads[THREADS];
	own = 100;
	for (int entry = 0; entry < 2; entry++) {
		case_errno = 77;
		for (long i = 0; i < THREADS; i++) {
			thread_prepare(&threads[i], failing, (void *)i);
			thread_start(&threads[i], entry ? (void *)__sys_clone : (void *)__sys_raw_clone);
		}
		for (int i = 0; i < THREADS; i++)
			thread_join(&threads[i]);
		check_equal(case_errno, 77);
		check_equal(own, 100);
	}
	check_equal(started, 2 * THREADS);
	return 0;
}
