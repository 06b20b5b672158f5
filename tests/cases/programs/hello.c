/* A C program without any libc prints, and its exit status is what main returns. */
//#Runs: plain interp hand cli
//#Args: one two
//#Stdout: hello
//#Stdout: one
//#Stdout: two
//#Status: 42
#include "case.h"

int main(int argc, char **argv, char **envp) {
	print("hello");
	for (int i = 1; i < argc; i++)
		print(argv[i]);
	check_equal(is_supplied(), should_be_supplied(envp));
	return 42;
}
