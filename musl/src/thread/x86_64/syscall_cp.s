/* __syscall_cp_c(slot, a, b, c, d, e, f): the slot's raw entry, unless the thread is cancelled before it goes into effect.
 *
 * In assembly from end to end, so that a call returns through as few functions as in stock musl: behind a call, some
 * processors predict none of the returns. Between __cp_begin and __cp_end, and in the slot, the stack holds one word more
 * than at entry, the slot. pthread_cancel.c makes sure of the offsets in struct pthread. */

.set cancel, 60
.set canceldisable, 64

.text
.global __cp_begin
.hidden __cp_begin
.global __cp_end
.hidden __cp_end
.global __cp_cancel
.hidden __cp_cancel
.hidden __cancel
.hidden __cp_interrupted
.hidden __syscall_3
.global __syscall_cp_c
.hidden __syscall_cp_c
.type __syscall_cp_c,@function
__syscall_cp_c:
	push %rdi
	lea 32(%rdi),%r11
	mov %fs:0,%r10
	movzbl canceldisable(%r10),%eax
	test %eax,%eax
	jnz 2f
__cp_begin:
	mov cancel(%r10),%eax
	test %eax,%eax
	jnz __cp_cancel
	mov %rsi,%rdi
	mov %rdx,%rsi
	mov %rcx,%rdx
	mov %r8,%rcx
	mov %r9,%r8
	mov 16(%rsp),%r9
	call *%r11
__cp_end:
	cmp $-4,%rax
	je 1f
	add $8,%rsp
	ret
1:	pop %rdi
	jmp __cp_interrupted
__cp_cancel:
	add $8,%rsp
	jmp __cancel

/* Cancellation is disabled; or masked, and then close is no cancellation point. */
2:	lea __syscall_3(%rip),%r10
	cmp %r10,%rdi
	mov %fs:0,%r10
	je 3f
	cmp $1,%eax
	jne __cp_begin
3:	add $8,%rsp
	mov %rsi,%rdi
	mov %rdx,%rsi
	mov %rcx,%rdx
	mov %r8,%rcx
	mov %r9,%r8
	mov 8(%rsp),%r9
	jmp *%r11
.size __syscall_cp_c,.-__syscall_cp_c
