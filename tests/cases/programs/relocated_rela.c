/* The same as `relocated`, with relocations that are not packed. */
//#Shapes: static-pie
#include "programs/relocated.c"
