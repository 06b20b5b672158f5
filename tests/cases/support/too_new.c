/* Links the newest call of the ABI, which no kernel had before 7.0. */
#include "case.h"

int main(void) {
	return __sys_rseq_slice_yield() == 0 ? 0 : 1;
}
