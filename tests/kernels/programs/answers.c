/* Makes each call from 310 on with all arguments -1, and prints the numbers of those that the kernel does not know. Its
   own code makes them, so that nothing comes between. */
//#Flavours: text
//#Shapes: static
//#Runs: plain
#include "newer.h"

/* The kernel's own trampolines make these, and it kills others. */
static int is_deadly(long nr) {
	return nr == LIBSYS_NR_uretprobe || nr == LIBSYS_NR_uprobe;
}

/* Kernels may be built or booted without these. */
static int is_optional(long nr) {
	return nr == LIBSYS_NR_memfd_secret || nr == LIBSYS_NR_rseq_slice_yield;
}

int main(void) {
	for (long nr = 310; nr < 1000; nr++) {
		if (is_deadly(nr) || is_optional(nr))
			continue;
		if (__sys_raw_libsys_syscall(nr, -1, -1, -1, -1, -1, -1) == -ENOSYS) {
			print_number_to(1, nr);
			print_to(1, "\n");
		}
	}
	return 0;
}
