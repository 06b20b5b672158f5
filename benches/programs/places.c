/* What the place of a function in its cache line does to it: times the C library's lseek, and the instructions of stock musl's
   at each of the 64 places of a line, interleaved. Prints LSEEK_PS FASTEST_PS MEDIAN_PS SLOWEST_PS, each a median. */
#define _GNU_SOURCE
#include "times.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PLACES = 64, ROUNDS = 61, CALLS = 400 };

/* Place N is at 128 N + N. */
__asm__(".text\n"
        ".p2align 6\n"
        "result: cmp $-4095, %rdi\n"
        "jae 1f\n"
        "mov %rdi, %rax\n"
        "ret\n"
        "1: mov $-1, %rax\n"
        "ret\n"
        ".set place, 0\n"
        ".p2align 7\n"
        "places:\n"
        ".rept 64\n"
        ".p2align 7\n"
        ".if place\n"
        ".skip place, 0xcc\n"
        ".endif\n"
        "movslq %edi, %rdi\n"
        "movslq %edx, %rdx\n"
        "mov $8, %eax\n"
        "syscall\n"
        "mov %rax, %rdi\n"
        ".byte 0xe9\n" /* A jump as long as that to another file. */
        ".long result - (. + 4)\n"
        ".set place, place + 1\n"
        ".endr\n");
extern const char places[] __attribute__((visibility("hidden")));

typedef off_t seek(int, off_t, int);
static double results[PLACES + 1][ROUNDS];

__attribute__((noinline)) static double times(seek *volatile function, int file) {
	double start = nanoseconds();
	for (int i = 0; i < CALLS; i++)
		function(file, 0, SEEK_CUR);
	return (nanoseconds() - start) / CALLS;
}

int main(int argc, char **argv) {
	int file = open(argv[0], O_RDONLY);
	if (argc < 1 || file < 0) return 1;
	for (int round = -3; round < ROUNDS; round++)
		for (int i = 0; i <= PLACES; i++) {
			seek *function = i < PLACES ? (seek *)(places + 129 * i) : lseek;
			if (function(file, 1, SEEK_SET) != 1) return 1;
			results[i][round < 0 ? 0 : round] = times(function, file);
		}
	double medians[PLACES];
	for (int i = 0; i < PLACES; i++)
		medians[i] = median(results[i], ROUNDS);
	double middle = median(medians, PLACES);
	printf("%.0f %.0f %.0f %.0f\n", median(results[PLACES], ROUNDS) * 1000, medians[0] * 1000, middle * 1000,
	       medians[PLACES - 1] * 1000);
	return 0;
}
