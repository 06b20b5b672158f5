/* A program on musl, and musl on libsys: what libc has of newer calls, threads, children and text, a line for each. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *result(long value) {
	static char text[32];
	if (value == -1)
		snprintf(text, sizeof text, "%s", strerror(errno));
	else
		snprintf(text, sizeof text, "%ld", value);
	return text;
}

#define SAY(what, call) printf("%s: %s\n", what, result(call))

static void files(void) {
	FILE *file = fopen("/tmp/file", "w+");
	SAY("fprintf", file ? fprintf(file, "%s %d\n", "some text", 7) : -1);
	rewind(file);
	char line[32] = "";
	SAY("fgets", fgets(line, sizeof line, file) ? (long)strlen(line) : -1);
	SAY("fclose", fclose(file));
	SAY("symlink", symlink("file", "/tmp/link"));
	SAY("faccessat", faccessat(AT_FDCWD, "/tmp/file", R_OK | W_OK, AT_EACCESS));
	SAY("faccessat of nothing", faccessat(AT_FDCWD, "/tmp/none", F_OK, AT_EACCESS));
	SAY("fchmodat", fchmodat(AT_FDCWD, "/tmp/file", 0640, AT_SYMLINK_NOFOLLOW));
	SAY("fchmodat of a link", fchmodat(AT_FDCWD, "/tmp/link", 0640, AT_SYMLINK_NOFOLLOW));
	struct stat status;
	SAY("stat", stat("/tmp/link", &status));
	SAY("  mode", status.st_mode);
	struct statx extended;
	SAY("statx", statx(AT_FDCWD, "/tmp/link", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &extended));
	SAY("  size", extended.stx_size);
	int open_file = open("/tmp/file", O_RDWR | O_CLOEXEC);
	struct iovec part = {line, 4};
	SAY("preadv2", preadv2(open_file, &part, 1, 5, 0));
	SAY("  the same", memcmp(line, "text", 4) == 0);
	SAY("renameat2", renameat2(AT_FDCWD, "/tmp/file", AT_FDCWD, "/tmp/renamed", 0));
	SAY("unlink", unlink("/tmp/renamed"));
	int memory = memfd_create("name", MFD_CLOEXEC);
	SAY("memfd_create", memory >= 0 ? 0 : -1);
	SAY("ftruncate", ftruncate(memory, 4096));
	SAY("mmap", mmap(NULL, 4096, PROT_READ, MAP_SHARED, memory, 0) == MAP_FAILED ? -1 : 0);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sum;
static _Thread_local int own = 1;

static void *add(void *argument) {
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&lock);
		sum += own;
		pthread_mutex_unlock(&lock);
	}
	errno = EDOM;
	return argument;
}

static void threads(void) {
	pthread_t thread[4];
	errno = ERANGE;
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, add, &sum))
			SAY("pthread_create", -1);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	SAY("threads", sum);
	SAY("errno is each one's own", errno == ERANGE);
}

static void children(char *self) {
	char *arguments[] = {self, "child", NULL};
	int child, status = 0;
	SAY("posix_spawn", posix_spawn(&child, self, NULL, NULL, arguments, environ));
	SAY("waitpid", waitpid(child, &status, 0) == child);
	SAY("  status", WEXITSTATUS(status));
	int ends[2];
	SAY("pipe2", pipe2(ends, O_CLOEXEC));
	if (fork() == 0)
		_exit(write(ends[1], "hello", 5) == 5 ? 3 : 4);
	char text[8] = "";
	SAY("read", read(ends[0], text, sizeof text));
	SAY("wait", (wait(&status), WEXITSTATUS(status)));
}

static volatile int handled;

static void count(int signal) {
	handled = signal;
}

static void rest(void) {
	unsigned char bytes[64] = {0};
	SAY("getrandom", getrandom(bytes, sizeof bytes, 0));
	SAY("getentropy", getentropy(bytes, sizeof bytes));
	struct timespec now, moment = {0, 1000};
	SAY("clock_gettime", clock_gettime(CLOCK_REALTIME, &now));
	SAY("nanosleep", nanosleep(&moment, NULL));
	struct sigaction action = {.sa_handler = count};
	SAY("sigaction", sigaction(SIGUSR1, &action, NULL));
	SAY("raise", raise(SIGUSR1));
	SAY("  handled", handled == SIGUSR1);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN};
	SAY("epoll_wait", epoll_wait(epoll, &event, 1, 1));
	SAY("close", close(-1));
}

int main(int argc, char **argv) {
	if (argc == 2)
		return 5;
	setvbuf(stdout, NULL, _IONBF, 0);
	files();
	threads();
	children(argv[0]);
	rest();
	return 0;
}
