/* What entries keep: all callee-saved registers and the stack pointer, always; all vector registers and the
   memory below the return address, unless the call asks the vDSO or errno's function. */
//#Needs: cpu-avx
#include "case.h"

enum { SAVED = 6, VECTORS = 16, BELOW = 64 };

struct probe {
	void *entry;
	long arguments[6];
	long result;
	uint64_t before[SAVED], after[SAVED];
	uint64_t vectors_before[VECTORS][4], vectors_after[VECTORS][4];
	uint64_t below[BELOW];
	uint64_t flags;
};
_Static_assert(offsetof(struct probe, result) == 56 && offsetof(struct probe, before) == 64
	&& offsetof(struct probe, after) == 112 && offsetof(struct probe, vectors_before) == 160
	&& offsetof(struct probe, vectors_after) == 672 && offsetof(struct probe, below) == 1184
	&& offsetof(struct probe, flags) == 1696, "the assembly below knows these");

/* Loads everything, calls the entry, stores everything. The words below the return address hold their own
   index before the call. */
void probe(struct probe *probe);
__asm__(
	".text\n"
	".type probe, @function\n"
	"probe:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	push %rdi\n"
	"	xor %ecx, %ecx\n"
	"1:	mov %rcx, %rax\n"
	"	neg %rax\n"
	"	mov %rcx, -16(%rsp,%rax,8)\n"
	"	inc %rcx\n"
	"	cmp $64, %rcx\n"
	"	jb 1b\n"
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	vmovdqu 160+32*\\n(%rdi), %ymm\\n\n"
	"	.endr\n"
	"	mov 64(%rdi), %rbx; mov 72(%rdi), %rbp; mov 80(%rdi), %r12\n"
	"	mov 88(%rdi), %r13; mov 96(%rdi), %r14; mov 104(%rdi), %r15\n"
	"	mov (%rdi), %rax; mov 16(%rdi), %rsi; mov 24(%rdi), %rdx; mov 32(%rdi), %rcx\n"
	"	mov 40(%rdi), %r8; mov 48(%rdi), %r9; mov 8(%rdi), %rdi\n"
	"	call *%rax\n"
	/* Were the stack pointer another one, this would not be the probe, and the program would not live. */
	"	mov (%rsp), %rdi\n"
	"	mov %rax, 56(%rdi)\n"
	"	mov %rbx, 112(%rdi); mov %rbp, 120(%rdi); mov %r12, 128(%rdi)\n"
	"	mov %r13, 136(%rdi); mov %r14, 144(%rdi); mov %r15, 152(%rdi)\n"
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	vmovdqu %ymm\\n, 672+32*\\n(%rdi)\n"
	"	.endr\n"
	"	xor %ecx, %ecx\n"
	"2:	mov %rcx, %rax\n"
	"	neg %rax\n"
	"	mov -16(%rsp,%rax,8), %rdx\n"
	"	mov %rdx, 1184(%rdi,%rcx,8)\n"
	"	inc %rcx\n"
	"	cmp $64, %rcx\n"
	"	jb 2b\n"
	"	pushf\n"
	"	pop 1696(%rdi)\n"
	"	vzeroupper\n"
	"	pop %rdi\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	".size probe, . - probe\n");

static struct probe p;

static long call(void *entry, long a, long b, long c, long d, long e, long f, int keeps_all) {
	p = (struct probe){.entry = entry, .arguments = {a, b, c, d, e, f}};
	for (int i = 0; i < SAVED; i++)
		p.before[i] = 0x1111111111111111ul * (unsigned)(i + 1);
	for (int i = 0; i < VECTORS; i++)
		for (int j = 0; j < 4; j++)
			p.vectors_before[i][j] = 0x0101010101010101ul * (unsigned)(i + 1) + (unsigned)j;
	probe(&p);
	for (int i = 0; i < SAVED; i++)
		check_equal(p.after[i], p.before[i]);
	check_equal(p.flags & 0x400, 0);
	for (int i = 0; keeps_all && i < VECTORS; i++)
		for (int j = 0; j < 4; j++)
			check_equal(p.vectors_after[i][j], p.vectors_before[i][j]);
	for (int i = 0; keeps_all && i < BELOW; i++)
		check_equal(p.below[i], i);
	return p.result;
}

int main(void) {
	struct timespec time;
	int pid = __sys_getpid();
	check_equal(call(__sys_raw_getpid, 0, 0, 0, 0, 0, 0, 1), pid);
	check_equal(call(__sys_getpid, 0, 0, 0, 0, 0, 0, 1), pid);
	check_equal(call(__sys_raw_close, -1, 0, 0, 0, 0, 0, 1), -EBADF);
	check_equal(call(__sys_raw_libsys_info, 0, 0, 0, 0, 0, 0, 1), (long)__sys_libsys_info());
	check_equal(call(case_table + 1000 * LIBSYS_SLOT_SIZE + LIBSYS_RAW_ENTRY, 0, 0, 0, 0, 0, 0, 1), -ENOSYS);
	check_equal(call(__sys_raw_clone3, 0, 1, 0, 0, 0, 0, 1), -EINVAL);
	check_equal(call(__sys_raw_libsys_syscall, LIBSYS_NR_getpid, 0, 0, 0, 0, 0, 1), pid);
	long pages = call(__sys_raw_mmap, 0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, 1);
	check(pages > 0);
	check_equal(call(__sys_munmap, pages, 8192, 0, 0, 0, 0, 1), 0);
	long child = call(__sys_raw_fork, 0, 0, 0, 0, 0, 0, 1);
	if (child == 0)
		__sys_exit_group(3);
	check_equal(call(__sys_wait4, child, 0, 0, 0, 0, 0, 1), child);

	check_equal(call(__sys_close, -1, 0, 0, 0, 0, 0, 0), -1);
	check_equal(call(__sys_clone3, 0, 1, 0, 0, 0, 0, 0), -1);
	check_equal(call(__sys_raw_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0, 0, 0, 0), 0);
	check_equal((int)call(__sys_clock_gettime, CLOCK_MONOTONIC, (long)&time, 0, 0, 0, 0, 0), 0);
	check_equal(call(__sys_raw_clock_gettime, 1000, (long)&time, 0, 0, 0, 0, 0), -EINVAL);
	check_equal((int)call(__sys_clock_gettime, 1000, (long)&time, 0, 0, 0, 0, 0), -1);
	return 0;
}
