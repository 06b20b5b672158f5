/* What a program's own seccomp filter sees of its calls: of one that the kernel has, that call; of one that is converted,
   those that the conversion makes, each from its own slot. The filter traps calls from raw entries, and the handler, which
   looks where they come from, makes them by the C entries. */
//#Flavours: reserved
//#Shapes: static static-pie
//#Runs: plain hand
#include "newer.h"
#include "filters.h"
#include "signals.h"

#define KEEP_BITS(mask) ((struct sock_filter){0x54, 0, 0, mask})

enum {
	MOST = 16,
	BEHIND_RAW = LIBSYS_RAW_ENTRY + LIBSYS_ENTER_OFFSET + 2,
};

static char *table;
static volatile int is_recording, count;
static long seen[MOST];

static void record(long nr) {
	for (int i = 0; i < count; i++)
		if (seen[i] == nr)
			return;
	check(count < MOST);
	seen[count++] = nr;
}

/* Its first words: a signal, an errno, a code; then the address behind the instruction, and the number. */
static void trapped(int signal, const char *info, struct ucontext *context) {
	check_equal(signal, SIGSYS);
	uintptr_t ip = *(const uintptr_t *)(info + 16);
	long nr = *(const int *)(info + 24);
	struct sigcontext *registers = &context->uc_mcontext;
	check_equal((ip - (uintptr_t)table) >> 6, nr);
	check_equal((ip - (uintptr_t)table) & 63, BEHIND_RAW);
	check_equal(registers->rip, ip);
	if (is_recording)
		record(nr);
	int saved = case_errno;
	long result = __sys_libsys_syscall(nr, (long)registers->rdi, (long)registers->rsi, (long)registers->rdx,
	                                   (long)registers->r10, (long)registers->r8, (long)registers->r9);
	if (result == -1)
		result = -case_errno;
	case_errno = saved;
	registers->rax = (uint64_t)result;
}

/* Makes a call by its raw entry, and prints what it answers and which calls were seen. */
#define SEE(call, ...)                                       \
	do {                                                     \
		count = 0, is_recording = 1;                         \
		long result_ = __sys_raw_##call(__VA_ARGS__);        \
		is_recording = 0;                                    \
		see(#call, result_);                                 \
	} while (0)

static void see(const char *call, long result) {
	print_to(1, call);
	print_to(1, " answers ");
	print_result(result);
	print_to(1, " by:");
	if (count == 0)
		print_to(1, " none");
	for (int i = 0; i < count; i++) {
		print_to(1, " ");
		print_number_to(1, seen[i]);
	}
	print_to(1, "\n");
}

int main(void) {
	table = case_table;
	/* A subtraction of 32 bits must not carry. */
	check_equal(((uintptr_t)table + LIBSYS_DATA_OFFSET) >> 32, (uintptr_t)table >> 32);
	const struct sock_filter filter[] = {
		LOAD(NUMBER),
		SKIP_UNLESS_EQUAL(LIBSYS_NR_rt_sigreturn, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(IP_HIGH),
		SKIP_UNLESS_EQUAL((uint32_t)((uintptr_t)table >> 32), 6),
		LOAD(IP_LOW),
		SUBTRACT((uint32_t)(uintptr_t)table),
		SKIP_IF_AT_LEAST(LIBSYS_DATA_OFFSET, 3),
		KEEP_BITS(63),
		SKIP_UNLESS_EQUAL(BEHIND_RAW, 1),
		ANSWER(SECCOMP_RET_TRAP),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	handle(SIGSYS, trapped, SA_SIGINFO | SA_NODEFER);
	install(filter, sizeof filter / sizeof *filter);

	static struct statx statx;
	struct open_how how = {.flags = O_RDONLY | O_DIRECTORY};
	struct clone_args args = {.exit_signal = SIGCHLD};
	struct iovec part = {&statx, 1};
	static unsigned word = 1;
	SEE(getppid);
	SEE(statx, AT_FDCWD, "/", 0, STATX_BASIC_STATS, &statx);
	SEE(faccessat2, AT_FDCWD, "/", 4, 0);
	SEE(openat2, AT_FDCWD, "/none", &how, sizeof how);
	SEE(renameat2, AT_FDCWD, "/none", AT_FDCWD, "/neither", 0);
	SEE(preadv2, -1, &part, 1, 0, 0, 0);
	SEE(mlock2, 0, 4096, 0);
	SEE(close_range, 500, 501, 0);
	SEE(futex_wake, &word, 0xffffffff, 1, FUTEX2_SIZE_U32 | FUTEX2_PRIVATE);
	SEE(membarrier, 1 << 30, 0, 0);

	count = 0, is_recording = 1;
	long child = __sys_raw_clone3(&args, sizeof args);
	is_recording = 0;
	if (child == 0)
		__sys_exit_group(7);
	check(child > 0);
	int status;
	check_equal(__sys_wait4((int)child, &status, 0, NULL), child);
	see("clone3", status >> 8);
	return 0;
}
