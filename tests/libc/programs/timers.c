/* Timers by thread and by signal, asynchronous input and output, message queues, and random bytes. */
//#Stdout: ok
#include "../libc.h"
#include <aio.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/random.h>

static sem_t fired;
static int value;

static void notify(union sigval sigval) {
	value = sigval.sival_int;
	sem_post(&fired);
}

static void timers(void) {
	timer_t timer;
	check_equal(sem_init(&fired, 0, 0), 0);
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = 42};
	struct itimerspec often = {{0, 1000000}, {0, 1000000}};
	check_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	check_equal(timer_settime(timer, 0, &often, 0), 0);
	for (int i = 0; i < 5; i++)
		check_equal(sem_wait(&fired), 0);
	check_equal(value, 42);
	check_equal(timer_delete(timer), 0);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	check_equal(pthread_sigmask(SIG_BLOCK, &set, 0), 0);
	event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 5};
	check_equal(timer_create(CLOCK_REALTIME, &event, &timer), 0);
	check_equal(timer_settime(timer, 0, &often, 0), 0);
	siginfo_t info;
	check_equal(sigwaitinfo(&set, &info), SIGRTMIN);
	check_equal(info.si_value.sival_int, 5);
	check(timer_getoverrun(timer) >= 0);
	check_equal(timer_delete(timer), 0);
	check_fails(timer_settime(timer, 0, &often, 0), EINVAL);
}

static void asynchronous(void) {
	FILE *file = tmpfile();
	char in[4][4], *out = "0123456789abcdef";
	struct aiocb write = {.aio_fildes = fileno(file), .aio_buf = out, .aio_nbytes = 16};
	check_equal(aio_write(&write), 0);
	const struct aiocb *list[] = {&write};
	while (aio_error(&write) == EINPROGRESS)
		check_equal(aio_suspend(list, 1, 0), 0);
	check_equal(aio_return(&write), 16);
	struct aiocb reads[4], *all[4];
	for (int i = 0; i < 4; i++) {
		reads[i] = (struct aiocb){.aio_fildes = fileno(file), .aio_buf = in[i], .aio_nbytes = 4, .aio_offset = 4 * i,
			.aio_lio_opcode = LIO_READ};
		all[i] = reads + i;
	}
	check_equal(lio_listio(LIO_WAIT, all, 4, 0), 0);
	check_equal(memcmp(in, out, 16), 0);
	int ends[2];
	check_equal(pipe(ends), 0);
	struct aiocb blocked = {.aio_fildes = ends[0], .aio_buf = in, .aio_nbytes = 1};
	check_equal(aio_read(&blocked), 0);
	nap(10);
	check_equal(aio_cancel(ends[0], &blocked), AIO_CANCELED);
	while (aio_error(&blocked) == EINPROGRESS)
		nap(1);
	check_equal(aio_error(&blocked), ECANCELED);
}

static void queues(void) {
	char name[32], text[16];
	unsigned priority;
	snprintf(name, sizeof name, "/libsys-t%d", getpid());
	mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &(struct mq_attr){.mq_maxmsg = 2, .mq_msgsize = 16});
	if (queue == (mqd_t)-1)
		return;
	check_equal(mq_unlink(name), 0);
	check_equal(mq_send(queue, "low", 4, 1), 0);
	check_equal(mq_send(queue, "high", 5, 9), 0);
	check_fails(mq_send(queue, "none", 5, 0), EAGAIN);
	struct mq_attr attributes;
	check_equal(mq_getattr(queue, &attributes), 0);
	check_equal(attributes.mq_curmsgs, 2);
	check_equal(mq_receive(queue, text, 16, &priority), 5);
	check_equal(priority, 9);
	check_equal(mq_setattr(queue, &(struct mq_attr){.mq_flags = 0}, &attributes), 0);
	check_equal(attributes.mq_flags & O_NONBLOCK, O_NONBLOCK);
	check_equal(mq_close(queue), 0);
	check_fails(mq_close(queue), EBADF);
}

int main(void) {
	timers();
	asynchronous();
	queues();
	unsigned char bytes[64] = {0}, none[64] = {0};
	check_equal(getrandom(bytes, sizeof bytes, 0), sizeof bytes);
	check(memcmp(bytes, none, sizeof bytes));
	memset(bytes, 0, sizeof bytes);
	check_equal(getentropy(bytes, sizeof bytes), 0);
	check(memcmp(bytes, none, sizeof bytes));
	check_fails(getrandom(bytes, 1, 0x8000), EINVAL);
	check_fails(getentropy(bytes, 257), EIO);
	puts("ok");
	return 0;
}
