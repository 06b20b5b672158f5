/* Thousands of signals, at any instruction of slots and of what calls them, change no result and no errno. */
//#Stdout: ok
#include "../libc.h"
#include <sys/time.h>

enum { THREADS = 3 };
static volatile int is_over;
static long handled;

static void handle(int signal) {
	int saved = errno;
	/* Calls of its own, one of which fails. */
	if (getppid() <= 0 || dup(-1) != -1 || errno != EBADF)
		abort();
	__atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
	errno = saved;
	(void)signal;
}

static void *run(void *argument) {
	int ends[2];
	check_equal(pipe(ends), 0);
	pid_t parent = getppid();
	long calls = 0;
	while (!is_over) {
		char byte = 0;
		check_equal(getppid(), parent);
		check_fails(close(-1), EBADF);
		check_fails(chdir(""), ENOENT);
		check_equal(write(ends[1], "x", 1), 1);
		check_equal(read(ends[0], &byte, 1), 1);
		check_equal(byte, 'x');
		check_equal(syscall(SYS_getppid), parent);
		check_fails(syscall(-1), ENOSYS);
		check_equal(lseek(ends[0], 0, SEEK_CUR), -1);
		check_equal(errno, ESPIPE);
		struct timespec time;
		check_equal(clock_gettime(CLOCK_REALTIME, &time), 0);
		calls++;
	}
	check(calls > 0);
	return argument;
}

int main(void) {
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
	check_equal(sigaction(SIGALRM, &action, 0), 0);
	check_equal(sigaction(SIGUSR1, &action, 0), 0);
	struct itimerval often = {{0, 100}, {0, 100}};
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++)
		check_equal(pthread_create(threads + i, 0, run, 0), 0);
	check_equal(setitimer(ITIMER_REAL, &often, 0), 0);
	for (int i = 0; i < 8000; i++) {
		check_equal(pthread_kill(threads[i % THREADS], SIGUSR1), 0);
		if (i % 64 == 0)
			sched_yield();
	}
	while (__atomic_load_n(&handled, __ATOMIC_RELAXED) < 1000)
		sched_yield();
	is_over = 1;
	for (int i = 0; i < THREADS; i++)
		check_equal(pthread_join(threads[i], 0), 0);
	puts("ok");
	return 0;
}
