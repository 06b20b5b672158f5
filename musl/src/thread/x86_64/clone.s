/* __clone(function, stack, flags, argument, parent_tid, tls, child_tid): the raw entry of clone, which leaves its return
 * address on no stack. The child finds the function and its argument on its own. */

.text
.global __clone
.hidden __clone
.type __clone,@function
__clone:
	and $-16,%rsi
	sub $16,%rsi
	mov %rdi,(%rsi)
	mov %rcx,8(%rsi)
	mov %edx,%edi
	mov %r8,%rdx
	mov 8(%rsp),%rcx
	mov %r9,%r8
	sub $8,%rsp
	call __syscall_56+32
	test %eax,%eax
	jz 1f
	add $8,%rsp
	ret
1:	xor %ebp,%ebp
	pop %rax
	pop %rdi
	call *%rax
	mov %eax,%edi
	call __syscall_60+32
	hlt
.size __clone,.-__clone
