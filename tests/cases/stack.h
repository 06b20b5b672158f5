/* Calls on another stack. */
#ifndef STACK_H
#define STACK_H

/* on_stack(top, entry, a, b, c, d): calls with another stack. */
long on_stack(void *top, void *entry, long a, long b, long c, long d);
__asm__(
	".text\n"
	".type on_stack, @function\n"
	"on_stack:\n"
	"	push %rbx\n"
	"	mov %rsp, %rbx\n"
	"	mov %rdi, %rsp\n"
	"	mov %rsi, %rax\n"
	"	mov %rdx, %rdi\n"
	"	mov %rcx, %rsi\n"
	"	mov %r8, %rdx\n"
	"	mov %r9, %rcx\n"
	"	call *%rax\n"
	"	mov %rbx, %rsp\n"
	"	pop %rbx\n"
	"	ret\n"
	".size on_stack, . - on_stack\n");

#endif
