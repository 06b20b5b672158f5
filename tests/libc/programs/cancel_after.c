/* A call that has gone into effect is not cancelled: no byte that was read is lost, and no file that was opened or accepted
   is left open. Threads are cancelled at moments that differ, thousands of times. */
//#Stdout: ok
#include "../libc.h"
#include <sys/socket.h>
#include <sys/un.h>

static int ends[2];
static long taken;
static volatile int is_running;

/* Counts what it reads; a byte is lost if read is cancelled behind the kernel. */
static void *reader(void *argument) {
	char byte;
	is_running = 1;
	while (read(ends[0], &byte, 1) == 1)
		__atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
	return argument;
}

static int open_file = -1;

static void close_file(void *argument) {
	(void)argument;
	if (open_file >= 0)
		syscall(SYS_close, open_file);
	open_file = -1;
}

static void *opener(void *argument) {
	pthread_cleanup_push(close_file, 0);
	is_running = 1;
	for (;;) {
		open_file = open("/dev/null", O_RDONLY);
		close_file(0);
	}
	pthread_cleanup_pop(0);
	return argument;
}

static int listener;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size = sizeof(sa_family_t);

static void *accepter(void *argument) {
	pthread_cleanup_push(close_file, 0);
	is_running = 1;
	for (;;) {
		open_file = accept(listener, 0, 0);
		close_file(0);
	}
	pthread_cleanup_pop(0);
	return argument;
}

/* Runs a thread, and cancels it a little later than the last one. */
static void cancel_one(void *(*run)(void *), int i, void (*meanwhile)(void)) {
	pthread_t thread;
	void *result = 0;
	is_running = 0;
	check_equal(pthread_create(&thread, 0, run, 0), 0);
	while (!is_running)
		sched_yield();
	if (meanwhile)
		meanwhile();
	for (volatile int spin = i * 37 % 4000; spin > 0; spin--)
		;
	check_equal(pthread_cancel(thread), 0);
	check_equal(pthread_join(thread, &result), 0);
	check_equal((long)result, (long)PTHREAD_CANCELED);
}

static long given;

static void give(void) {
	check_equal(write(ends[1], "12345678", 8), 8);
	given += 8;
}

static void call_up(void) {
	int caller = socket(AF_UNIX, SOCK_STREAM, 0);
	/* More callers than the queue takes are turned away. */
	fcntl(caller, F_SETFL, O_NONBLOCK);
	connect(caller, (struct sockaddr *)&address, address_size);
	close(caller);
}

static int files(void) {
	int count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int main(void) {
	check_equal(pipe(ends), 0);
	for (int i = 0; i < 150; i++)
		cancel_one(reader, i, give);
	char byte;
	check_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while (read(ends[0], &byte, 1) == 1)
		taken++;
	check_equal(taken, given);

	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	check_equal(bind(listener, (struct sockaddr *)&address, address_size), 0);
	address_size = sizeof address;
	check_equal(getsockname(listener, (struct sockaddr *)&address, &address_size), 0);
	check_equal(listen(listener, 8), 0);
	int before = files();
	for (int i = 0; i < 150; i++)
		cancel_one(opener, i, 0);
	check_equal(files(), before);
	for (int i = 0; i < 150; i++)
		cancel_one(accepter, i, call_up);
	check_equal(files(), before);
	puts("ok");
	return 0;
}
