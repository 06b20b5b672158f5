/* The same as `relocated`, with the other linkers' name for packed relocations. */
//#Shapes: static-pie
//#Linkers: lld mold
//#Link: -Wl,--pack-dyn-relocs=relr
#include "programs/relocated.c"
