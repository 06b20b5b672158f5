/* __set_thread_area(pointer): arch_prctl(ARCH_SET_FS, pointer). */

.text
.global __set_thread_area
.hidden __set_thread_area
.type __set_thread_area,@function
__set_thread_area:
	mov %rdi,%rsi
	mov $0x1002,%edi
	jmp __syscall_158+32
.size __set_thread_area,.-__set_thread_area
