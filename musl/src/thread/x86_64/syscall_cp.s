/* __syscall_cp_asm(&self->cancel, slot, a, b, c, d, e, f): the slot's raw entry, unless the thread is cancelled before it
 * goes into effect. Between __cp_begin and __cp_end, and in the slot, the stack holds one word more than at entry. */

.text
.global __cp_begin
.hidden __cp_begin
.global __cp_end
.hidden __cp_end
.global __cp_cancel
.hidden __cp_cancel
.hidden __cancel
.global __syscall_cp_asm
.hidden __syscall_cp_asm
.type __syscall_cp_asm,@function
__syscall_cp_asm:
	sub $8,%rsp
__cp_begin:
	mov (%rdi),%eax
	test %eax,%eax
	jnz __cp_cancel
	lea 32(%rsi),%rax
	mov %rdx,%rdi
	mov %rcx,%rsi
	mov %r8,%rdx
	mov %r9,%rcx
	mov 16(%rsp),%r8
	mov 24(%rsp),%r9
	call *%rax
__cp_end:
	add $8,%rsp
	ret
__cp_cancel:
	add $8,%rsp
	jmp __cancel
.size __syscall_cp_asm,.-__syscall_cp_asm
