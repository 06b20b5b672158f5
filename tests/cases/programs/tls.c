/* Thread-local variables are there before main: initialised and zero ones, of a page's alignment and of odd
   sizes, and pointers, which a static-pie relocates itself. */
#include "case.h"

static int target = 7;

_Thread_local char zero_page[4096] __attribute__((aligned(4096)));
_Thread_local char page[4096] __attribute__((aligned(4096))) = "page";
_Thread_local char odd[3] = {1, 2, 3};
_Thread_local int number = 42;
_Thread_local int zero;
_Thread_local int *pointer = &target;
_Thread_local long last = -1;

int main(void) {
	char *thread_pointer;
	__asm__("mov %%fs:0, %0" : "=r"(thread_pointer));
	char *volatile first = page;
	check_equal((uintptr_t)first % 4096, 0);
	first = zero_page;
	check_equal((uintptr_t)first % 4096, 0);
	check(first < thread_pointer);
	check(equal(page, "page"));
	for (int i = 5; i < 4096; i++)
		check(page[i] == 0);
	for (int i = 0; i < 4096; i++)
		check(zero_page[i] == 0);
	check(odd[0] == 1 && odd[1] == 2 && odd[2] == 3);
	check_equal(number, 42);
	check_equal(zero, 0);
	check_equal(last, -1);
	check(pointer == &target);
	check_equal(*pointer, 7);
	zero = 1;
	check_equal(__sys_close(-1), -1);
	check_equal(case_errno, EBADF);
	check_equal(zero, 1);
	check_equal(number, 42);
	return 0;
}
