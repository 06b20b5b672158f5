/* The upper half of a register that holds an int is anything (System V psABI). Functions that are slots pass it on, so the
   kernel must not look at it, or the libc must clear it. */
//#Stdout: ok
#include "../libc.h"
#include <sched.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>

typedef long any(long, long, long, long, long, long);
#define GARBAGE 0x5a5a5a5a00000000

/* An int in a register whose upper half holds other things. */
#define dirty(value) ((long)(uint32_t)(value) | GARBAGE)
/* Calls a function, whatever its prototype, with these registers. */
#define call(function, ...) call_any((any *)(void *)(function), (long[6]){__VA_ARGS__})

static long call_any(any *function, const long *registers) {
	any *volatile opaque = function;
	return (int)opaque(registers[0], registers[1], registers[2], registers[3], registers[4], registers[5]);
}

int main(void) {
	char folder[] = "/tmp/libsys-widths-XXXXXX";
	check(mkdtemp(folder) != 0);
	check_equal(chdir(folder), 0);
	int here = open(".", O_RDONLY | O_DIRECTORY);
	struct stat stat;
	check_equal(call(mkdir, (long)"d", dirty(0700)), 0);
	check_equal(call(mkdirat, dirty(here), (long)"e", dirty(0711)), 0);
	check_equal(fstatat(here, "e", &stat, 0), 0);
	check_equal(stat.st_mode & 0777, 0711);
	check_equal(call(chmod, (long)"e", dirty(0750)), 0);
	check_equal(call(mknod, (long)"f", dirty(S_IFREG | 0600), 0), 0);
	check_equal(call(mknodat, dirty(here), (long)"g", dirty(S_IFREG | 0600), 0), 0);
	check_equal(call(access, (long)"f", dirty(R_OK)), 0);
	check_equal(call(linkat, dirty(here), (long)"f", dirty(here), (long)"h", dirty(0)), 0);
	check_equal(call(symlinkat, (long)"f", dirty(here), (long)"s"), 0);
	check_equal(call(renameat, dirty(here), (long)"h", dirty(AT_FDCWD), (long)"i"), 0);
	check_equal(call(chown, (long)"f", dirty(-1), dirty(-1)), 0);
	check_equal(call(lchown, (long)"s", dirty(-1), dirty(-1)), 0);
	check_equal(call(fchownat, dirty(here), (long)"s", dirty(-1), dirty(-1), dirty(AT_SYMLINK_NOFOLLOW)), 0);
	check_equal(call(unlinkat, dirty(here), (long)"e", dirty(AT_REMOVEDIR)), 0);
	int file = open("f", O_RDWR);
	check_equal(call(ftruncate, dirty(file), 100), 0);
	check_equal(call(lseek, dirty(file), 7, dirty(SEEK_SET)), 7);
	check_equal(call(fallocate, dirty(file), dirty(0), 0, 200), 0);
	check_equal(call(flock, dirty(file), dirty(LOCK_SH)), 0);
	check_equal(call(readahead, dirty(file), 0, 10), 0);
	check_equal(call(sync_file_range, dirty(file), 0, 0, dirty(0)), 0);
	check_equal(call(syncfs, dirty(file)), 0);
	int copy = call(dup, dirty(file));
	check(copy > file);
	check_equal(call(sendfile, dirty(file), dirty(copy), 0, 0), 0);
	check_equal(call(copy_file_range, dirty(file), 0, dirty(copy), 0, 0, dirty(0)), 0);
	check_equal(call(umask, dirty(077)), 022);
	check_equal(call(getpgid, dirty(0)), getpgrp());
	check_equal(call(getsid, dirty(0)), getsid(0));
	check_equal(call(kill, dirty(getpid()), dirty(0)), 0);
	check_equal(call(kill, dirty(-getpgrp()), dirty(0)), 0);
	int priority = getpriority(PRIO_PROCESS, 0);
	check_equal(call(setpriority, dirty(PRIO_PROCESS), dirty(0), dirty(priority)), 0);
	check_equal(getpriority(PRIO_PROCESS, 0), priority);
	struct timespec time;
	check_equal(call(clock_gettime, dirty(CLOCK_MONOTONIC), (long)&time), 0);
	check_equal(call(clock_getres, dirty(CLOCK_MONOTONIC), (long)&time), 0);
	check_equal(call(clock_gettime, dirty(-6), (long)&time), clock_gettime(-6, &time));
	check_equal(call(sched_rr_get_interval, dirty(0), (long)&time), 0);
	check_equal(call(sched_get_priority_max, dirty(SCHED_RR)), 99);
	check_equal(call(sched_get_priority_min, dirty(SCHED_RR)), 1);
	cpu_set_t cpus;
	check_equal(sched_getaffinity(0, sizeof cpus, &cpus), 0);
	check_equal(call(sched_setaffinity, dirty(0), sizeof cpus, (long)&cpus), 0);
	struct itimerval timer;
	check_equal(call(getitimer, dirty(ITIMER_PROF), (long)&timer), 0);
	int clock = call(timerfd_create, dirty(CLOCK_MONOTONIC), dirty(TFD_CLOEXEC));
	check(clock > 0);
	struct itimerspec spec = {0};
	check_equal(call(timerfd_settime, dirty(clock), dirty(0), (long)&spec, 0), 0);
	struct rlimit limit;
	check_equal(call(prlimit, dirty(0), dirty(RLIMIT_NOFILE), 0, (long)&limit), 0);
	check_equal(call(personality, dirty(-1)), personality(0xffffffff));
	int set = call(semget, dirty(IPC_PRIVATE), dirty(1), dirty(0600));
	if (set >= 0) {
		struct sembuf up = {0, 1, 0};
		check_equal(call(semop, dirty(set), (long)&up, 1), 0);
		semctl(set, 0, IPC_RMID);
	}
	void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check_equal(call(madvise, (long)page, 4096, dirty(MADV_NORMAL)), 0);
	/* The kernel has longs here, and looks at all of them. */
	check_equal(call(remap_file_pages, (long)page, 4096, dirty(0), 0, dirty(0)), 0);
	check_equal(call(unshare, dirty(0)), 0);
	check_equal(call(memfd_create, (long)"m", dirty(1)) > 0, 1);
	check_equal(chdir("/"), 0);
	char command[64];
	snprintf(command, sizeof command, "rm -r %s", folder);
	check_equal(system(command), 0);
	puts("ok");
	return 0;
}
