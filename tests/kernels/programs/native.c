/* All calls of this program are there on every kernel: no layer is mapped, whichever maps there are. */
//#Flavours: reserved
//#Runs: plain hand
//#Stdout: layer: 0
#include "newer.h"

int main(void) {
	say("layer", ((const uint32_t *)__sys_libsys_info())[5] != 0);
	return 0;
}
