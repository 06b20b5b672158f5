/* A program without a section runs as ever, whoever starts it. */
//#Start: glibc
//#Flavours: none
//#Shapes: static static-pie pie
//#Runs: plain hand cli
//#Args: one
//#Stdout: ordinary one
//#Status: 42
#include <stdio.h>

int main(int argc, char **argv) {
	printf("ordinary %s\n", argc > 1 ? argv[1] : "");
	return 42;
}
