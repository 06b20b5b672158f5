/* Threads by raw clone, for programs without a libc: stacks, thread-local storage, starting, joining. */
#ifndef CASE_THREADS_H
#define CASE_THREADS_H

#include "case.h"

enum { THREAD_STACK = 65536 };

/* All of what threads share, and the words that tell of their beginning and end. */
#define THREAD_FLAGS                                                                     \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |  \
	 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

struct thread {
	char *stack;         /* lowest address */
	void *tls;           /* thread pointer */
	int tid;             /* set by the kernel in the parent, cleared at the end */
	int (*function)(struct thread *);
	void *argument;
};

/* Memory of its own. */
static void *map_pages(size_t size) {
	void *address = __sys_mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(address != (void *)-1);
	return address;
}

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* Storage for another thread: the program's TLS image below the thread pointer, as the psABI lays it out. */
static void *new_tls(void) {
	const char *header = __ehdr_start;
	uint64_t offset = *(const uint64_t *)(header + 32);
	uint16_t count = *(const uint16_t *)(header + 56);
	/* Where a position-independent file was put: its segments count from 0. */
	uint64_t vaddr = 0, filesz = 0, memsz = 0, align = 1, first = ~0ul;
	for (int i = 0; i < count; i++) {
		const char *segment = header + offset + 56 * i;
		const uint64_t *words = (const uint64_t *)segment;
		uint32_t kind = *(const uint32_t *)segment;
		if (kind == 1 && words[2] < first)
			first = words[2];
		if (kind == 7)
			vaddr = words[2], filesz = words[4], memsz = words[5], align = words[6];
	}
	uint64_t block = memsz + (-(vaddr + memsz) & (align - 1));
	uint64_t room = (block + align + 4095) & ~4095ul;
	char *memory = map_pages(room + 4096);
	char *pointer = (char *)(((uintptr_t)memory + room) & -(align < 64 ? 64 : align));
	const char *image = header + (vaddr - first);
	for (uint64_t i = 0; i < filesz; i++)
		pointer[i - block] = image[i];
	*(void **)pointer = pointer;
	return pointer;
}

__attribute__((used, noreturn)) static void thread_begin(struct thread *thread) {
	__sys_raw_exit(thread->function(thread));
	__builtin_unreachable();
}

/* clone_from(entry, flags, stack, parent_tid, child_tid, tls): calls an entry of clone. The child finds its
   thread on top of its stack. */
long clone_from(void *entry, unsigned long flags, void *stack, int *parent_tid, int *child_tid, void *tls);
/* clone3_from(entry, args, size): the same with clone3. */
long clone3_from(void *entry, struct clone_args *args, size_t size);
__asm__(
	".text\n"
	".type clone_from, @function\n"
	"clone_from:\n"
	"	push %rbx\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %rcx\n"
	"	mov %r9, %r8\n"
	"	call *%rax\n"
	"	test %rax, %rax\n"
	"	jz thread_first\n"
	"	pop %rbx\n"
	"	ret\n"
	".size clone_from, . - clone_from\n"
	".type clone3_from, @function\n"
	"clone3_from:\n"
	"	push %rbx\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	call *%rax\n"
	"	test %rax, %rax\n"
	"	jz thread_first\n"
	"	pop %rbx\n"
	"	ret\n"
	"thread_first:\n"
	"	xor %ebp, %ebp\n"
	"	mov (%rsp), %rdi\n"
	"	call thread_begin\n"
	"	ud2\n"
	".size clone3_from, . - clone3_from\n");

/* Prepares a thread that runs a function. */
__attribute__((unused)) static void thread_prepare(struct thread *thread, int (*function)(struct thread *), void *argument) {
	thread->stack = map_pages(THREAD_STACK);
	thread->tls = new_tls();
	thread->tid = -1;
	thread->function = function;
	thread->argument = argument;
	*(struct thread **)(thread->stack + THREAD_STACK - 16) = thread;
}

/* Starts a thread through an entry of clone. */
__attribute__((unused)) static void thread_start(struct thread *thread, void *entry) {
	void *stack = thread->stack + THREAD_STACK - 16;
	long tid = clone_from(entry, THREAD_FLAGS, stack, &thread->tid, &thread->tid, thread->tls);
	check(tid > 0);
}

/* Waits for the end of a thread: the kernel clears its word, and wakes who waits on it. */
__attribute__((unused)) static void thread_join(struct thread *thread) {
	int tid;
	while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_ACQUIRE)) != 0) {
		long result = __sys_raw_futex((unsigned *)&thread->tid, FUTEX_WAIT, (unsigned)tid, NULL, NULL, 0);
		check(result == 0 || result == -EAGAIN || result == -EINTR);
	}
}

#endif
