/* A static-pie relocates itself before main, also where the linker packed its relocations (DT_RELR). */
//#Shapes: static-pie
//#Linkers: bfd
//#Link: -Wl,-z,pack-relative-relocs
#include "case.h"

static int targets[300];
/* A long run of words, which takes several bitmaps; then words with gaps. */
static int *dense[200] = {
#define FOUR(i) &targets[i], &targets[i + 1], &targets[i + 2], &targets[i + 3]
#define FORTY(i) FOUR(i), FOUR(i + 4), FOUR(i + 8), FOUR(i + 12), FOUR(i + 16), FOUR(i + 20), FOUR(i + 24), \
	FOUR(i + 28), FOUR(i + 32), FOUR(i + 36)
	FORTY(0), FORTY(40), FORTY(80), FORTY(120), FORTY(160)
};
static struct {
	long number;
	int *pointer;
	long numbers[70];
	int *last;
} sparse[3] = {{1, &targets[1], {0}, &targets[2]}, {3, &targets[3], {0}, &targets[4]}, {5, &targets[5], {0}, &targets[6]}};
_Thread_local int *in_storage = &targets[7];

int main(void) {
	int **volatile words = dense;
	for (int i = 0; i < 200; i++)
		check(words[i] == &targets[i]);
	for (int i = 0; i < 3; i++) {
		__asm__("" ::: "memory");
		check_equal(sparse[i].number, 2 * i + 1);
		check(sparse[i].pointer == &targets[2 * i + 1]);
		check_equal(sparse[i].numbers[69], 0);
		check(sparse[i].last == &targets[2 * i + 2]);
	}
	check(in_storage == &targets[7]);
	return 0;
}
