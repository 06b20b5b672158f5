/* Segments aligned to two megabytes. */
//#Link: -Wl,-z,max-page-size=0x200000
//#Stdout: hello
//#Status: 42
#include "support/fuzzed.c"
