/* Structs that hold values: times, files, usage, timers, signals' handlers. Results are those of the kernel's calls. */
#include "toy.h"

static void times(void) {
	struct toy_timespec time = {-1, -1};
	struct timespec real;
	check_equal(__sys_clock_gettime(CLOCK_MONOTONIC, &time), 0);
	check_equal(kernel(LIBSYS_NR_clock_gettime, CLOCK_MONOTONIC, (long)&real, 0, 0, 0), 0);
	long apart = (real.tv_sec - time.sec) * 1000000000l + real.tv_nsec - time.nsec;
	check(apart >= 0 && apart < 1000000000l);
	/* A clock that the vDSO cannot read, and one that nobody has. */
	check_equal(__sys_clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
	check(time.sec == 0 && time.nsec > 0);
	check_equal(__sys_raw_clock_gettime(77, &time), -EINVAL);
	case_errno = 0;
	check_equal(__sys_clock_gettime(77, &time), -1);
	check_equal(case_errno, EINVAL);
	check_equal(__sys_raw_clock_gettime(CLOCK_MONOTONIC, NOWHERE), -EFAULT);

	struct toy_timespec wait = {0, 2000000}, rest = {-3, -3};
	check_equal(__sys_nanosleep(&wait, &rest), 0);
	check_equal(__sys_nanosleep(&wait, NULL), 0);
	wait.nsec = 1000000000;
	check_equal(__sys_raw_nanosleep(&wait, NULL), -EINVAL);
	wait.sec = -1;
	wait.nsec = 0;
	check_equal(__sys_raw_nanosleep(&wait, NULL), -EINVAL);
	check_equal(__sys_raw_nanosleep(NOWHERE, NULL), -EFAULT);
	check_equal(__sys_raw_nanosleep(NULL, NULL), -EFAULT);
}

static void files(void) {
	struct toy_stat stat;
	struct stat real;
	int file = kernel(LIBSYS_NR_memfd_create, (long)"toy", 0, 0, 0, 0);
	check(file >= 0);
	check_equal(__sys_ftruncate(file, 123456789012l), 0);
	for (size_t i = 0; i < sizeof stat; i++)
		((char *)&stat)[i] = 0x55;
	check_equal(__sys_fstat(file, &stat), 0);
	check_equal(kernel(LIBSYS_NR_fstat, file, (long)&real, 0, 0, 0), 0);
	check_equal(stat.st_ino, real.st_ino);
	check_equal(stat.st_mode, real.st_mode);
	check_equal(stat.st_nlink, real.st_nlink);
	check_equal(stat.st_uid, real.st_uid);
	check_equal(stat.st_gid, real.st_gid);
	check_equal(stat.st_size, 123456789012l);
	check_equal(stat.st_dev, real.st_dev);
	check_equal(stat.st_rdev, real.st_rdev);
	check_equal(stat.st_blksize, real.st_blksize);
	check_equal(stat.st_blocks, real.st_blocks);
	check_equal(stat.st_mtime, real.st_mtime);
	check_equal(stat.st_gen, 7);
	check_equal(stat.spare[7], 0);
	/* At the very end of a page, and one byte further. */
	char *end = page_with_end();
	check_equal(__sys_fstat(file, (struct toy_stat *)(end - sizeof stat)), 0);
	check_equal(((struct toy_stat *)(end - sizeof stat))->st_size, 123456789012l);
	check_equal(__sys_raw_fstat(file, (struct toy_stat *)(end - sizeof stat + 1)), -EFAULT);
	check_equal(__sys_raw_fstat(file, NULL), -EFAULT);
	check_equal(__sys_raw_fstat(-1, NULL), -EBADF);
	check_equal(__sys_raw_fstat(-1, &stat), -EBADF);
	check_equal(stat.st_gen, 7);
	__sys_close(file);
}

static void usage(void) {
	struct toy_rusage usage;
	struct rusage real;
	check_equal(__sys_getrusage(RUSAGE_SELF, &usage), 0);
	check_equal(kernel(LIBSYS_NR_getrusage, RUSAGE_SELF, (long)&real, 0, 0, 0), 0);
	check_equal(usage.ru_utime.tv_sec, real.ru_utime.tv_sec);
	check(real.ru_utime.tv_usec - usage.ru_utime.tv_usec < 100000);
	check(usage.ru_maxrss > 0 && usage.ru_maxrss <= real.ru_maxrss);
	check(usage.ru_minflt > 0 && usage.ru_minflt <= real.ru_minflt);
	check_equal(__sys_raw_getrusage(7, &usage), -EINVAL);
}

static void timers(void) {
	struct toy_itimerval set = {{100, 5}, {7, 9}}, old = {{-1, -1}, {-1, -1}};
	struct itimerval real;
	check_equal(__sys_setitimer(ITIMER_REAL, &set, &old), 0);
	check_equal(old.it_value.tv_sec, 0);
	check_equal(old.it_interval.tv_usec, 0);
	check_equal(kernel(LIBSYS_NR_getitimer, ITIMER_REAL, (long)&real, 0, 0, 0), 0);
	check_equal(real.it_interval.tv_sec, 7);
	check_equal(real.it_interval.tv_usec, 9);
	check(real.it_value.tv_sec >= 99 && real.it_value.tv_sec <= 100);
	/* What does not fit is told, although the call has been made. */
	struct itimerval large = {{1l << 33, 0}, {1l << 33, 0}};
	check_equal(kernel(LIBSYS_NR_setitimer, ITIMER_REAL, (long)&large, 0, 0, 0), 0);
	struct toy_itimerval none = {{0, 0}, {0, 0}};
	case_errno = 0;
	check_equal(__sys_setitimer(ITIMER_REAL, &none, &old), -1);
	check_equal(case_errno, EOVERFLOW);
	check_equal(kernel(LIBSYS_NR_getitimer, ITIMER_REAL, (long)&real, 0, 0, 0), 0);
	check_equal(real.it_value.tv_sec, 0);
}

static volatile int handled;

static void handler(int signal, void *info, void *context) {
	(void)info, (void)context;
	handled = signal;
}

static void handlers(void) {
	struct toy_sigaction action = {
		.sa_handler = (void (*)(void))handler,
		.sa_flags = TOY_SIGINFO | TOY_RESTORER | TOY_NODEFER,
		.sa_restorer = __sys_raw_rt_sigreturn,
	};
	action.sa_mask.sig = 0x200;
	struct libsys_sigaction real;
	check_equal(__sys_rt_sigaction(SIGUSR1, &action, NULL, 8), 0);
	check_equal(kernel(LIBSYS_NR_rt_sigaction, SIGUSR1, 0, (long)&real, 8, 0), 0);
	check_equal(real.sa_flags, SA_SIGINFO | SA_RESTORER | SA_NODEFER);
	check_equal((long)real.sa_handler, (long)handler);
	check_equal(real.sa_mask.sig, 0x200);
	check_equal(__sys_kill(__sys_getpid(), SIGUSR1), 0);
	check_equal(handled, SIGUSR1);
	struct toy_sigaction old;
	check_equal(__sys_rt_sigaction(SIGUSR1, NULL, &old, 8), 0);
	check_equal(old.sa_flags, TOY_SIGINFO | TOY_RESTORER | TOY_NODEFER);
	check_equal((long)old.sa_handler, (long)handler);
	/* Flags without a counterpart: ours, and the kernel's. */
	action.sa_flags = TOY_RESTORER | TOY_UNKNOWN;
	check_equal(__sys_raw_rt_sigaction(SIGUSR1, &action, NULL, 8), -EINVAL);
	action.sa_flags = TOY_RESTORER | 0x1000;
	check_equal(__sys_raw_rt_sigaction(SIGUSR1, &action, NULL, 8), -EINVAL);
	real.sa_flags |= SA_NOCLDSTOP;
	check_equal(kernel(LIBSYS_NR_rt_sigaction, SIGUSR1, (long)&real, 0, 8, 0), 0);
	check_equal(__sys_raw_rt_sigaction(SIGUSR1, NULL, &old, 8), -EINVAL);

	/* A handler while a converted call waits: what is left is converted, although the call has failed. */
	action.sa_flags = TOY_RESTORER;
	check_equal(__sys_rt_sigaction(SIGALRM, &action, NULL, 8), 0);
	struct toy_itimerval soon = {{0, 20000}, {0, 0}};
	check_equal(__sys_setitimer(ITIMER_REAL, &soon, NULL), 0);
	struct toy_timespec wait = {5, 0}, rest = {-1, -1};
	check_equal(__sys_raw_nanosleep(&wait, &rest), -EINTR);
	check_equal(handled, SIGALRM);
	check(rest.sec == 4 && rest.nsec > 0 && rest.nsec < 1000000000);
}

/* A flag set in a register, and an errno. */
static void registers(void) {
	check_equal(__sys_raw_open("/nothing/here", TOY_READ, 0), -ENXIO);
	check_equal(__sys_raw_open("/proc/self/exe/below", TOY_READ, 0), -ENXIO);
	check_equal(__sys_raw_open("/", TOY_WRITE, 0), -EISDIR);
	check_equal(__sys_raw_open("/", TOY_READ | 0x100, 0), -EINVAL);
	int file = __sys_open("/", TOY_READ | TOY_CLOSE, 0);
	check(file >= 0);
	check_equal(kernel(LIBSYS_NR_fcntl, file, F_GETFD, 0, 0, 0), 1);
	__sys_close(file);
}

int main(void) {
	check(is_supplied());
	times();
	files();
	usage();
	timers();
	handlers();
	registers();
	print("ok");
	return 0;
}
