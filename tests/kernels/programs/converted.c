/* One call of this program came with 5.8: a layer is mapped on older kernels, and on no others. */
//#Flavours: reserved
//#Runs: plain hand
#include "newer.h"

int main(void) {
	say("layer", ((const uint32_t *)__sys_libsys_info())[5] != 0);
	BOTH("faccessat2", faccessat2, AT_FDCWD, "/tmp", 7, 0);
	return 0;
}
