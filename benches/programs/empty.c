/* A program on a libc that does nothing. */
int main(void) {
	return 0;
}
