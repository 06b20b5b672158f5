/* Numbers that no call has answer ENOSYS: from their slots, and through libsys_syscall also those that are
   negative or beyond the calls, the layer's own among them. */
#include "case.h"

static void hole(unsigned nr) {
	char *slot = case_table + (unsigned long)nr * LIBSYS_SLOT_SIZE;
	long (*c)(void) = (long (*)(void))slot;
	long (*raw)(void) = (long (*)(void))(slot + LIBSYS_RAW_ENTRY);
	case_errno = 0;
	check_equal(raw(), -ENOSYS);
	check_equal(case_errno, 0);
	check_equal(c(), -1);
	check_equal(case_errno, ENOSYS);
}

int main(void) {
	/* x86_64 gave none of 337 to 423 to a call, and none yet above 700. */
	for (unsigned nr = 337; nr < 424; nr++)
		hole(nr);
	for (unsigned nr = 700; nr < LIBSYS_SERVICE_BASE; nr++)
		hole(nr);
	for (unsigned nr = 1013; nr < 1020; nr++)
		hole(nr);
	const long numbers[] = {-1, -4096, 400, 1007, 1008, 1009, 1011, 1012, 1019, 1020, 1023, 1024, 1 << 26, 1L << 32,
	                        (1L << 32) + LIBSYS_NR_getpid, 1L << 58, 0x7fffffffffffffff, -0x7fffffffffffffff - 1};
	for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		check_equal(__sys_raw_libsys_syscall(numbers[i], 0, 0, 0, 0, 0, 0), -ENOSYS);
		case_errno = 0;
		check_equal(__sys_libsys_syscall(numbers[i], 0, 0, 0, 0, 0, 0), -1);
		check_equal(case_errno, ENOSYS);
	}
	return 0;
}
