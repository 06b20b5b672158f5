/* A backtrace out of a handler that interrupted a waiting call passes through the frame that the kernel made, and comes to
   main: where the function is a slot, since its unwind rule holds whatever was supplied. musl's own functions have no such
   rules, so that on stock musl it ends at the interrupted one. */
//#Stdout: ok
//#Flags: -funwind-tables -fno-omit-frame-pointer -fno-optimize-sibling-calls
#include "../libc.h"
#include <sys/file.h>
#include <ucontext.h>
#include <unwind.h>

static struct walk {
	int frames;
	int saw_signal_frame, saw_wait, saw_main;
} walk;

int main(void);

static int is_in(void *ip, void *function) { return _Unwind_FindEnclosingFunction(ip) == function; }
__attribute__((noinline)) static void wait_for_lock(int file);

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument) {
	struct walk *w = argument;
	int before = 0;
	void *ip = (void *)_Unwind_GetIPInfo(context, &before);
	w->saw_signal_frame |= before;
	w->saw_wait |= is_in((char *)ip - 1, (void *)wait_for_lock);
	w->saw_main |= is_in((char *)ip - 1, (void *)main);
	return ++w->frames > 50 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static void handle(int signal, siginfo_t *info, void *context) {
	(void)signal, (void)info;
	uintptr_t pc = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	/* The alarm may come before the call, or behind it. In it, what lies before this instruction is the number, and the
	   instruction that enters the kernel, at their places in an entry. */
	static const unsigned char before[] = {SYS_flock, 0, 0, 0, 0x0f, 0x05};
	if (!flavour_is("stock") && (pc % 32 != 16 || memcmp((char *)pc - sizeof before, before, sizeof before)))
		return;
	memset(&walk, 0, sizeof walk);
	_Unwind_Backtrace(step, &walk);
}

__attribute__((noinline)) static void wait_for_lock(int file) {
	check_fails(flock(file, LOCK_EX), EINTR);
	__asm__ volatile("");
}

int main(void) {
	struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
	check_equal(sigaction(SIGALRM, &action, 0), 0);
	FILE *file = tmpfile();
	char path[64];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
	int other = open(path, O_RDWR);
	check_equal(flock(other, LOCK_EX), 0);
	for (int i = 0; i < 5; i++) {
		memset(&walk, 0, sizeof walk);
		ualarm(3000, 3000);
		wait_for_lock(fileno(file));
		ualarm(0, 0);
		check_equal(walk.saw_signal_frame, 1);
		if (!flavour_is("stock")) {
			check_equal(walk.saw_wait, 1);
			check_equal(walk.saw_main, 1);
		}
	}
	puts("ok");
	return 0;
}
