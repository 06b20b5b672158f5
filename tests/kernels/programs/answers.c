/* Makes each call from 310 on with all arguments -1, and prints the numbers of those that the kernel does not know. Its
   own code makes them, so that nothing comes between. First as root, then as nobody. */
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

/* Those that have them may answer EPERM, as root or as nobody. From any other call it means a filter. */
static int is_privileged(long nr) {
	const int those[] = {
		LIBSYS_NR_finit_module, LIBSYS_NR_kexec_file_load, LIBSYS_NR_bpf, LIBSYS_NR_move_mount,
		LIBSYS_NR_fsopen, LIBSYS_NR_fsmount, LIBSYS_NR_fspick, LIBSYS_NR_landlock_restrict_self,
	};
	for (size_t i = 0; i < sizeof those / sizeof *those; i++)
		if (those[i] == nr)
			return 1;
	return 0;
}

static int ask(void) {
	for (long nr = 310; nr < 1000; nr++) {
		if (is_deadly(nr) || is_optional(nr))
			continue;
		long answer = __sys_raw_libsys_syscall(nr, -1, -1, -1, -1, -1, -1);
		if (answer == -ENOSYS || (answer == -EPERM && !is_privileged(nr))) {
			print_number_to(1, nr);
			print_to(1, answer == -EPERM ? " EPERM\n" : "\n");
		}
	}
	return 0;
}

static int as_nobody(void) {
	check_equal(__sys_setresgid(65534, 65534, 65534), 0);
	check_equal(__sys_setresuid(65534, 65534, 65534), 0);
	return ask();
}

int main(void) {
	ask();
	check_equal(in_child(as_nobody), 0);
	return 0;
}
