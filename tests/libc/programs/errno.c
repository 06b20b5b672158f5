/* Each thread has its own errno, which a call stores on failure and leaves alone otherwise. */
//#Stdout: ok
#include "../libc.h"
#include <sys/resource.h>
#include <sys/stat.h>

enum { THREADS = 4 };
static pthread_barrier_t barrier;

static void *run(void *argument) {
	const int errors[THREADS] = {EBADF, ENOENT, EINVAL, ENOTDIR};
	long i = (long)argument;
	for (int n = 0; n < 2000; n++) {
		errno = 0;
		switch (i) {
		case 0: check_equal(dup(-1), -1); break;
		case 1: check_equal(chdir("/does/not/exist"), -1); break;
		case 2: check_equal(setpriority(77, 0, 0), -1); break;
		case 3: check_equal(rmdir("/proc/version/x"), -1); break;
		}
		if (n % 100 == 0)
			pthread_barrier_wait(&barrier);
		check_equal(errno, errors[i]);
		check(getpid() > 0);
		check_equal(access("/", F_OK), 0);
		check_equal(errno, errors[i]);
	}
	return &errno;
}

int main(void) {
	pthread_t threads[THREADS];
	void *places[THREADS];
	pthread_barrier_init(&barrier, 0, THREADS);
	errno = 99;
	for (long i = 0; i < THREADS; i++)
		check_equal(pthread_create(threads + i, 0, run, (void *)i), 0);
	for (int i = 0; i < THREADS; i++)
		check_equal(pthread_join(threads[i], places + i), 0);
	check_equal(errno, 99);
	for (int i = 0; i < THREADS; i++)
		check(places[i] != &errno);
	/* Results that look like errors are not. */
	check_equal(lseek(open("/dev/zero", O_RDONLY), 0, SEEK_CUR), 0);
	errno = 0;
	int priority = getpriority(PRIO_PROCESS, 0);
	check_equal(setpriority(PRIO_PROCESS, 0, priority), 0);
	check_equal(getpriority(PRIO_PROCESS, 0), priority);
	check_equal(errno, 0);
	check_equal(umask(022) & ~0777, 0);
	/* Functions that return the error leave errno alone. */
	check_equal(pthread_mutex_destroy(&(pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER), 0);
	check_equal(clock_nanosleep(999, 0, &(struct timespec){0}, 0), EINVAL);
	check_equal(posix_fadvise(-1, 0, 0, 0), EBADF);
	check_equal(errno, 0);
	puts("ok");
	return 0;
}
