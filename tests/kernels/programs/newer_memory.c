/* Newer calls about memory, whose results are the same on every kernel. */
//#Runs: plain interp hand
#include "newer.h"

int main(void) {
	char *page = __sys_mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(page != (void *)-1);
	check_equal(__sys_munmap(page + 4096, 4096), 0);
	BOTH("mlock2", mlock2, page, 4096, 0);
	BOTH("mlock2 across a hole", mlock2, page, 3 * 4096, 0);
	BOTH("mlock2 unknown flag", mlock2, page, 4096, 64);
	BOTH("mlock2 MLOCK_ONFAULT", mlock2, page, 4096, MLOCK_ONFAULT);

	/* The machine's processor has no keys: ENOSPC, but at first EINVAL from kernels that find out late. */
	say("pkey_alloc", __sys_raw_pkey_alloc(0, 0) > 0);
	BOTH("pkey_alloc unknown flag", pkey_alloc, 1, 0);
	BOTH("pkey_alloc unknown rights", pkey_alloc, 0, 64);
	BOTH("pkey_free", pkey_free, 5);
	BOTH("pkey_mprotect without a key", pkey_mprotect, page, 4096, PROT_READ, -1);
	int zero = __sys_open("/dev/zero", O_RDONLY, 0);
	BOTH("  what is read into it", read, zero, page, 1);
	BOTH("pkey_mprotect with a key", pkey_mprotect, page, 4096, PROT_READ, 5);
	BOTH("pkey_mprotect across a hole", pkey_mprotect, page, 3 * 4096, PROT_READ, -1);
	BOTH("pkey_mprotect of no page", pkey_mprotect, page + 1, 4096, PROT_READ, -1);

	struct iovec range = {page, 4096};
	BOTH("process_madvise unknown flag", process_madvise, -1, &range, 1, MADV_COLD, 1);
	BOTH("process_madvise EFAULT", process_madvise, -1, NOWHERE, 1, MADV_COLD, 0);

	say("membarrier MEMBARRIER_CMD_QUERY", __sys_raw_membarrier(0, 0, 0) >= 0);
	BOTH("membarrier unknown command", membarrier, 1 << 30, 0, 0);
	BOTH("membarrier unknown flag", membarrier, 0, 64, 0);

	BOTH("mseal", mseal, page, 4096, 0);
	BOTH("mseal unknown flag", mseal, page, 4096, 1);
	say("munmap of a sealed page", __sys_raw_munmap(page, 4096));
	return 0;
}
