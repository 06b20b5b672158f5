/* It lies where ld-libsys wishes to (crates/loader/link.ld), which then lies elsewhere. */
//#Stdout: hello
//#Status: 42
__attribute__((used)) static char room[0x200000];
#include "support/fuzzed.c"
