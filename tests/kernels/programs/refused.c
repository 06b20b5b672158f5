/* Links a call of 6.19: refused by older kernels where there is no map to them, and otherwise run. */
//#Flavours: reserved
//#Runs: plain hand
#include "newer.h"

int main(void) {
	BOTH("listns", listns, NULL, NULL, 0, 0);
	return 0;
}
