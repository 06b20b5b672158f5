/* A thread that waits in a cancellation point is cancelled there; its cleanup runs, once. */
//#Stdout: ok
#include "../libc.h"
#include <aio.h>
#include <mqueue.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

static int ends[2], pair[2], full[2], listener, queue, message_queue;
static char byte, large[1 << 16];
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_t other;
static pid_t child;
static struct iovec buffer = {&byte, 1};
static mqd_t mq;

static void do_read(void) { read(ends[0], &byte, 1); }
static void do_readv(void) { readv(ends[0], &buffer, 1); }
static void do_write(void) { write(full[1], large, sizeof large); }
static void do_poll(void) { poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1); }
static void do_ppoll(void) { ppoll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0, 0); }
static void do_select(void) {
	fd_set set;
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	select(ends[0] + 1, &set, 0, 0, 0);
}
static void do_epoll(void) {
	struct epoll_event event;
	epoll_wait(queue, &event, 1, -1);
}
static void do_nanosleep(void) { nanosleep(&(struct timespec){1000, 0}, 0); }
static void do_clock_nanosleep(void) {
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){1L << 40, 0}, 0);
}
static void do_sleep(void) { sleep(1000); }
static void do_pause(void) { pause(); }
static void do_accept(void) { accept(listener, 0, 0); }
static void do_accept4(void) { accept4(listener, 0, 0, SOCK_CLOEXEC); }
static void do_recv(void) { recv(pair[0], &byte, 1, 0); }
static void do_recvmsg(void) { recvmsg(pair[0], &(struct msghdr){.msg_iov = &buffer, .msg_iovlen = 1}, 0); }
static void do_waitpid(void) { waitpid(child, 0, 0); }
static void do_waitid(void) { waitid(P_PID, child, &(siginfo_t){0}, WEXITED); }
static void do_sem_wait(void) { sem_wait(&semaphore); }
static void do_sem_timedwait(void) { sem_timedwait(&semaphore, &(struct timespec){1L << 33, 0}); }
static void do_join(void) { pthread_join(other, 0); }
static void do_msgrcv(void) {
	struct { long kind; char text; } message;
	msgrcv(message_queue, &message, 1, 0, 0);
}
static void do_mq(void) { mq_receive(mq, large, sizeof large, 0); }
static void do_sigwaitinfo(void) {
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigwaitinfo(&set, 0);
}
static void do_sigsuspend(void) {
	sigset_t set;
	sigemptyset(&set);
	sigsuspend(&set);
}
static void unlock(void *argument) { check_equal(pthread_mutex_unlock(argument), 0); }
static void do_condition(void) {
	check_equal(pthread_mutex_lock(&mutex), 0);
	/* The mutex is held again when the cleanup runs. */
	pthread_cleanup_push(unlock, &mutex);
	pthread_cond_wait(&condition, &mutex);
	pthread_cleanup_pop(1);
}

static const struct point { void (*wait)(void); const char *name; } points[] = {
#define POINT(name) {do_##name, #name}
	POINT(read), POINT(readv), POINT(write), POINT(poll), POINT(ppoll), POINT(select), POINT(epoll), POINT(nanosleep),
	POINT(clock_nanosleep), POINT(sleep), POINT(pause), POINT(accept), POINT(accept4), POINT(recv), POINT(recvmsg),
	POINT(waitpid), POINT(waitid), POINT(sem_wait), POINT(sem_timedwait), POINT(join), POINT(msgrcv), POINT(mq),
	POINT(sigwaitinfo), POINT(sigsuspend), POINT(condition),
};
enum { COUNT = sizeof points / sizeof *points };

static volatile pid_t tids[COUNT];
static int cleanups;

static void cleanup(void *argument) {
	(void)argument;
	__atomic_add_fetch(&cleanups, 1, __ATOMIC_SEQ_CST);
}

static void *run(void *argument) {
	long i = (long)argument;
	tids[i] = gettid();
	pthread_cleanup_push(cleanup, 0);
	points[i].wait();
	pthread_cleanup_pop(0);
	return 0;
}

static void *forever(void *argument) {
	for (;;)
		pause();
	return argument;
}

int main(void) {
	check_equal(pipe(ends), 0);
	check_equal(pipe(full), 0);
	check_equal(fcntl(full[1], F_SETFL, O_NONBLOCK), 0);
	while (write(full[1], large, sizeof large) > 0)
		;
	check_equal(fcntl(full[1], F_SETFL, 0), 0);
	check_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check_equal(bind(listener, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)), 0);
	check_equal(listen(listener, 1), 0);
	queue = epoll_create1(0);
	check(queue >= 0);
	message_queue = msgget(IPC_PRIVATE, 0600);
	char name[32];
	snprintf(name, sizeof name, "/libsys-%d", getpid());
	mq = mq_open(name, O_CREAT | O_RDWR, 0600, &(struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 8});
	mq_unlink(name);
	child = fork();
	check(child >= 0);
	if (!child)
		for (;;)
			pause();
	check_equal(pthread_create(&other, 0, forever, 0), 0);
	int wanted = 0;
	pthread_t threads[COUNT];
	/* Where the kernel has no such queues, those points are left out. */
	int is_absent[COUNT] = {0};
	for (long i = 0; i < COUNT; i++) {
		is_absent[i] = (points[i].wait == do_mq && mq == (mqd_t)-1) || (points[i].wait == do_msgrcv && message_queue < 0);
		if (is_absent[i])
			continue;
		check_equal(pthread_create(threads + i, 0, run, (void *)i), 0);
		wanted++;
	}
	for (int i = 0; i < COUNT; i++) {
		if (is_absent[i])
			continue;
		while (!tids[i])
			nap(1);
		await_blocked(tids[i]);
		void *result = 0;
		check_equal(pthread_cancel(threads[i]), 0);
		check_equal(pthread_join(threads[i], &result), 0);
		if (result != PTHREAD_CANCELED) {
			fprintf(stderr, "not cancelled: %s\n", points[i].name);
			return 1;
		}
	}
	check_equal(cleanups, wanted);
	check_equal(pthread_mutex_trylock(&mutex), 0);
	msgctl(message_queue, IPC_RMID, 0);
	kill(child, SIGKILL);
	check_equal(waitpid(child, 0, 0), child);
	puts("ok");
	return 0;
}
