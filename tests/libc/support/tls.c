/* An object with thread-local storage, initialised. */
static __thread int counter = 1000;
static __thread char large[5000];

int count(void) {
	large[counter % 5000] = 1;
	return ++counter;
}
