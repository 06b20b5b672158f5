/* Waits in functions that are cancellation points, and cancels nothing. */
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

int main(void) {
	sem_t semaphore;
	struct timespec now = {0};
	char byte;
	return sem_init(&semaphore, 0, 1) || sem_timedwait(&semaphore, &now) || read(0, &byte, 1) > 0;
}
