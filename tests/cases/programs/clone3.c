/* A thread made by clone3, through both entries. */
//#Needs: kernel-5.3
#include "threads.h"

static int answer;

static int set_answer(struct thread *thread) {
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	answer = (int)(long)thread->argument;
	return 0;
}

int main(void) {
	for (int entry = 0; entry < 2; entry++) {
		struct thread thread;
		thread_prepare(&thread, set_answer, (void *)(42L + entry));
		struct clone_args args = {
			.flags = THREAD_FLAGS,
			.parent_tid = (unsigned long)&thread.tid,
			.child_tid = (unsigned long)&thread.tid,
			.stack = (unsigned long)thread.stack,
			.stack_size = THREAD_STACK - 16,
			.tls = (unsigned long)thread.tls,
		};
		void *function = entry ? (void *)__sys_clone3 : (void *)__sys_raw_clone3;
		check(clone3_from(function, &args, sizeof args) > 0);
		thread_join(&thread);
		check_equal(answer, 42 + entry);
	}
	return 0;
}
