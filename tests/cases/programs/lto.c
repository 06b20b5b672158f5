/* Compiled and linked with link-time optimisation. */
//#Flags: -flto=1
//#Link: -flto=1
//#Linkers: bfd
//#Stdout: hello
//#Status: 42
#include "support/fuzzed.c"
