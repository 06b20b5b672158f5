/* Code and read-only data share a segment, as linkers did before they kept them apart. (GNU ld puts a reserved
   section into the writable segment then, with a warning, and such a program is refused.) */
//#Flavours: text
//#Link: -Wl,-z,noseparate-code
//#Stdout: hello
//#Status: 42
#include "support/fuzzed.c"
