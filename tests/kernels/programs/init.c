/* The first process of a kernel under test: carries out the runs of /runs one after the other, reports each through the
   second serial port, and switches the machine off. It is linked with code (`text`) and nothing supplies it.

   /runs holds, for each run, its arguments and then its environment, both as strings that end in NUL, followed by an
   empty one. A report is a line `@run I KIND VALUE OUT ERR`, where KIND is `status`, `signal` or `late`, followed by OUT
   bytes of standard output and ERR bytes of standard error. */
#include "case.h"

enum {
	MOST = 64,            /* arguments or variables of a run */
	LIMIT = 30,           /* seconds that a run may take, as those of tests/cases */
	OUTPUT = 1 << 18,     /* bytes of an output that are reported */
};

static int port;

/* A file with all of its bytes in memory; null when it is empty. */
static char *contents(int file, size_t *size) {
	struct stat stat;
	check_equal(__sys_fstat(file, &stat), 0);
	*size = (size_t)stat.st_size;
	if (*size == 0)
		return NULL;
	char *bytes = __sys_mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
	check(bytes != (void *)-1);
	return bytes;
}

static void send(const char *bytes, size_t size) {
	while (size) {
		long sent = __sys_raw_write(port, bytes, size);
		if (sent <= 0)
			return;
		bytes += sent, size -= (size_t)sent;
	}
}

/* Bytes go through the port as they are. */
static void open_port(void) {
	port = __sys_open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
	check(port >= 0);
	/* Four words of flags, the line discipline, nineteen characters. */
	struct { unsigned iflag, oflag, cflag, lflag; char rest[20]; } terminal;
	check_equal(__sys_ioctl(port, TCGETS, (unsigned long)&terminal), 0);
	terminal.iflag = terminal.oflag = terminal.lflag = 0;
	check_equal(__sys_ioctl(port, TCSETS, (unsigned long)&terminal), 0);
}

/* The strings up to the next empty one; where they end. */
static char *strings(char *at, char **list) {
	int n = 0;
	for (; *at; at += length(at) + 1) {
		check(n < MOST);
		list[n++] = at;
	}
	list[n] = NULL;
	return at + 1;
}

static int output(const char *path) {
	int file = __sys_open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	check(file >= 0);
	return file;
}

static const struct sigset child_ends = {1ul << (SIGCHLD - 1)};

__attribute__((noreturn)) static void become(char **argv, char **envp, int out, int err) {
	__sys_setsid();
	int in = __sys_open("/dev/null", O_RDONLY | O_CLOEXEC, 0);
	__sys_dup2(in, 0);
	__sys_dup2(out, 1);
	__sys_dup2(err, 2);
	__sys_rt_sigprocmask(SIG_UNBLOCK, &child_ends, NULL, sizeof child_ends);
	__sys_execve(argv[0], argv, envp);
	print_to(2, "execve failed with errno ");
	print_number_to(2, case_errno);
	print_to(2, "\n");
	__sys_exit_group(126);
	__builtin_unreachable();
}

/* Waits for a process; false when it takes too long. */
static int ends(int pid, int *how) {
	long left = LIMIT * 10;
	while (left > 0) {
		int ended = __sys_wait4(-1, how, WNOHANG, NULL);
		if (ended == pid)
			return 1;
		/* Orphans of earlier ones end here, too. */
		if (ended > 0)
			continue;
		struct timespec tenth = {0, 100000000};
		if (__sys_rt_sigtimedwait(&child_ends, NULL, &tenth, sizeof child_ends) == -1)
			left--;
	}
	return 0;
}

static void number(long value) {
	print_to(port, " ");
	print_number_to(port, value);
}

static void run(long index, char **argv, char **envp) {
	int out = output("/out"), err = output("/err"), how = 0;
	check_equal(__sys_mount("tmp", "/tmp", "tmpfs", 0, NULL), 0);
	int pid = __sys_fork();
	check(pid >= 0);
	if (pid == 0)
		become(argv, envp, out, err);
	int in_time = ends(pid, &how);
	/* What it left behind. */
	__sys_kill(-pid, SIGKILL);
	while (!in_time && __sys_wait4(pid, NULL, 0, NULL) != pid)
		;
	size_t out_size, err_size;
	const char *out_bytes = contents(out, &out_size), *err_bytes = contents(err, &err_size);
	if (out_size > OUTPUT)
		out_size = OUTPUT;
	if (err_size > OUTPUT)
		err_size = OUTPUT;
	print_to(port, "@run");
	number(index);
	print_to(port, !in_time ? " late" : how & 127 ? " signal" : " status");
	number(how & 127 ? how & 127 : how >> 8 & 255);
	number((long)out_size);
	number((long)err_size);
	print_to(port, "\n");
	send(out_bytes, out_size);
	send(err_bytes, err_size);
	__sys_munmap((void *)out_bytes, out_size);
	__sys_munmap((void *)err_bytes, err_size);
	__sys_close(out);
	__sys_close(err);
	check_equal(__sys_umount2("/tmp", MNT_DETACH), 0);
}

static void mount_all(void) {
	check_equal(__sys_mount("dev", "/dev", "devtmpfs", 0, NULL), 0);
	check_equal(__sys_mount("proc", "/proc", "proc", 0, NULL), 0);
	/* By which some kernels look a program up that is executed by its descriptor. */
	check_equal(__sys_symlink("/proc/self/fd", "/dev/fd"), 0);
	check_equal(__sys_mkdir("/dev/shm", 01777), 0);
	check_equal(__sys_mount("shm", "/dev/shm", "tmpfs", 0, NULL), 0);
}

int main(void) {
	mount_all();
	open_port();
	check_equal(__sys_rt_sigprocmask(SIG_BLOCK, &child_ends, NULL, sizeof child_ends), 0);
	int file = __sys_open("/runs", O_RDONLY | O_CLOEXEC, 0);
	check(file >= 0);
	size_t size;
	char *at = contents(file, &size), *end = at + size;
	for (long index = 0; at < end; index++) {
		char *argv[MOST + 1], *envp[MOST + 1];
		at = strings(at, argv);
		at = strings(at, envp);
		run(index, argv, envp);
	}
	print_to(port, "@end\n");
	__sys_ioctl(port, TCSBRK, 1);
	__sys_reboot(LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, NULL);
	return 1;
}
