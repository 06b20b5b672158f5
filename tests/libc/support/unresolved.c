/* An object that refers to what is nowhere. */
int nowhere(void);

int refer(void) {
	return nowhere();
}
