/* A thread that is cancelled before it comes to a cancellation point makes no call there: nothing is read, written, opened,
   accepted or taken. */
//#Stdout: ok
#include "../libc.h"
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <termios.h>

static int ends[2], pair[2];
static char byte;
static sem_t semaphore;
static struct iovec buffer = {&byte, 1};

static void do_read(void) { read(ends[0], &byte, 1); }
static void do_readv(void) { readv(ends[0], &buffer, 1); }
static void do_write(void) { write(ends[1], "x", 1); }
static void do_writev(void) { writev(ends[1], &buffer, 1); }
static void do_pread(void) { pread(ends[0], &byte, 1, 0); }
static void do_preadv(void) { preadv(ends[0], &buffer, 1, 0); }
static void do_open(void) { open("/dev/null", O_RDONLY); }
static void do_openat(void) { openat(AT_FDCWD, "/dev/null", O_RDONLY); }
static void do_close(void) { close(ends[0]); }
static void do_poll(void) { poll(0, 0, 0); }
static void do_select(void) { select(0, 0, 0, 0, &(struct timeval){0}); }
static void do_nanosleep(void) { nanosleep(&(struct timespec){0}, 0); }
static void do_usleep(void) { usleep(0); }
static void do_send(void) { send(pair[0], "x", 1, 0); }
static void do_recv(void) { recv(pair[0], &byte, 1, MSG_DONTWAIT); }
static void do_accept(void) { accept(pair[0], 0, 0); }
static void do_connect(void) { connect(pair[0], 0, 0); }
static void do_waitpid(void) { waitpid(-1, 0, WNOHANG); }
static void do_sem_wait(void) { sem_wait(&semaphore); }
static void do_fsync(void) { fsync(ends[0]); }
static void do_msync(void) { extern int msync(void *, size_t, int); msync(0, 0, 0); }
static void do_fcntl(void) { fcntl(ends[0], F_SETLKW, &(struct flock){0}); }
static void do_tcdrain(void) { tcdrain(ends[0]); }
static void do_epoll(void) { epoll_wait(-1, 0, 1, 0); }
static void do_testcancel(void) { pthread_testcancel(); }

static void (*const points[])(void) = {
	do_read, do_readv, do_write, do_writev, do_pread, do_preadv, do_open, do_openat, do_close, do_poll, do_select,
	do_nanosleep, do_usleep, do_send, do_recv, do_accept, do_connect, do_waitpid, do_sem_wait, do_fsync, do_msync,
	do_fcntl, do_tcdrain, do_epoll, do_testcancel,
};

static void *run(void *point) {
	int old;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	pthread_cancel(pthread_self());
	/* While it is disabled, nothing happens there. */
	poll(0, 0, 0);
	pthread_setcancelstate(old, 0);
	((void (*const *)(void))point)[0]();
	return 0;
}

static int lowest_free(void) {
	int fd = dup(0);
	close(fd);
	return fd;
}

int main(void) {
	check_equal(pipe(ends), 0);
	check_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	check_equal(write(ends[1], "ab", 2), 2);
	sem_init(&semaphore, 0, 1);
	int free_before = lowest_free();
	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		pthread_t thread;
		void *result = 0;
		check_equal(pthread_create(&thread, 0, run, (void *)(points + i)), 0);
		check_equal(pthread_join(thread, &result), 0);
		if (result != PTHREAD_CANCELED)
			fail(__FILE_NAME__, __LINE__, "the thread should be cancelled at a point", i);
	}
	/* No call was made. */
	char rest[8];
	check_equal(read(ends[0], rest, sizeof rest), 2);
	check_equal(rest[0], 'a');
	check_equal(sem_trywait(&semaphore), 0);
	check_equal(recv(pair[1], rest, 1, MSG_DONTWAIT), -1);
	check_equal(lowest_free(), free_before);
	puts("ok");
	return 0;
}
