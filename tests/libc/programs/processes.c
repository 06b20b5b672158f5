/* fork, vfork, posix_spawn with its file actions, system, popen, and atfork's handlers. */
//#Stdout: before: 321 parent: 123 child: 123
//#Stdout: spawned
//#Stdout: ok
#include "../libc.h"
#include <spawn.h>
#include <sys/stat.h>

extern char **environ;
static char order[3][8];

#define HANDLERS(n)                                           \
	static void before##n(void) { strcat(order[0], #n); }     \
	static void parent##n(void) { strcat(order[1], #n); }     \
	static void child##n(void) { strcat(order[2], #n); }
HANDLERS(1)
HANDLERS(2)
HANDLERS(3)

static int status_of(pid_t pid) {
	int status = -1;
	check(pid > 0);
	check_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int outcome(const char *path, char **arguments, posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes) {
	pid_t pid = -1;
	int error = posix_spawn(&pid, path, actions, attributes, arguments, environ);
	return error ? 1000 + error : status_of(pid);
}

static char *sh(const char *script) {
	static char *words[] = {"sh", "-c", 0, 0};
	words[2] = (char *)script;
	return (char *)words;
}

int main(void) {
	check_equal(pthread_atfork(before1, parent1, child1), 0);
	check_equal(pthread_atfork(before2, parent2, child2), 0);
	check_equal(pthread_atfork(before3, parent3, child3), 0);
	int ends[2];
	check_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (!pid) {
		write(ends[1], order[2], 8);
		_exit(3);
	}
	check_equal(status_of(pid), 3);
	check_equal(read(ends[0], order[2], 8), 8);
	printf("before: %s parent: %s child: %s\n", order[0], order[1], order[2]);
	fflush(stdout);

	/* A child that shares memory. */
	volatile int shared = 0;
	pid = vfork();
	if (!pid) {
		shared = 7;
		execl("/does/not/exist", "none", (char *)0);
		_exit(errno == ENOENT ? 9 : 1);
	}
	check_equal(shared, 7);
	check_equal(status_of(pid), 9);
	for (volatile int i = 0; i < 100; i++) {
		pid = vfork();
		if (!pid)
			_exit(i);
		check_equal(status_of(pid), i);
	}

	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	check_equal(posix_spawn_file_actions_init(&actions), 0);
	check_equal(posix_spawnattr_init(&attributes), 0);
	check_equal(outcome("/bin/sh", (char **)sh("exit 12"), 0, 0), 12);
	check_equal(outcome("/does/not/exist", (char **)sh(""), 0, 0), 1000 + ENOENT);
	/* Open, dup, close, chdir, in this order. */
	check_equal(posix_spawn_file_actions_addopen(&actions, 5, "/proc/self/cmdline", O_RDONLY, 0), 0);
	check_equal(posix_spawn_file_actions_adddup2(&actions, 1, 6), 0);
	check_equal(posix_spawn_file_actions_addclose(&actions, 0), 0);
	check_equal(posix_spawn_file_actions_addchdir_np(&actions, "/proc"), 0);
	const char *script = "read -r line <&5; echo spawned >&6; test -d self && ! test -e /dev/fd/0 && exit 4";
	check_equal(outcome("/bin/sh", (char **)sh(script), &actions, 0), 4);
	/* Its mask and its dispositions. */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	signal(SIGTERM, SIG_IGN);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigdefault(&attributes, &set);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	check_equal(outcome("/bin/sh", (char **)sh("kill -TERM $$; exit 1"), 0, &attributes), -SIGTERM);

	check_equal(WEXITSTATUS(system("exit 17")), 17);
	check(system(0));
	char line[64] = "";
	FILE *pipe_end = popen("echo out of a pipe", "r");
	check(fgets(line, sizeof line, pipe_end) != 0);
	check_equal(strcmp(line, "out of a pipe\n"), 0);
	check_equal(pclose(pipe_end), 0);
	pipe_end = popen("read -r x; test \"$x\" = in", "w");
	fputs("in\n", pipe_end);
	check_equal(pclose(pipe_end), 0);
	puts("ok");
	return 0;
}
