/* A robust mutex whose owner died says so, in threads and across processes; semaphores work across fork. */
//#Stdout: ok
#include "../libc.h"
#include <semaphore.h>
#include <sys/mman.h>

static struct { pthread_mutex_t mutex; pthread_cond_t condition; sem_t there, back; int count; } *shared;

static void *die(void *argument) {
	check_equal(pthread_mutex_lock(&shared->mutex), 0);
	return argument;
}

static void recover(void) {
	check_equal(pthread_mutex_lock(&shared->mutex), EOWNERDEAD);
	check_equal(pthread_mutex_consistent(&shared->mutex), 0);
	check_equal(pthread_mutex_unlock(&shared->mutex), 0);
	check_equal(pthread_mutex_lock(&shared->mutex), 0);
	check_equal(pthread_mutex_unlock(&shared->mutex), 0);
}

int main(void) {
	shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;
	check_equal(pthread_mutexattr_init(&attributes), 0);
	check_equal(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
	check_equal(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
	check_equal(pthread_mutex_init(&shared->mutex, &attributes), 0);
	pthread_t thread;
	check_equal(pthread_create(&thread, 0, die, 0), 0);
	check_equal(pthread_join(thread, 0), 0);
	recover();
	/* A process that is killed while another one waits. */
	check_equal(sem_init(&shared->there, 1, 0), 0);
	check_equal(sem_init(&shared->back, 1, 0), 0);
	pid_t child = fork();
	if (!child) {
		die(0);
		sem_post(&shared->there);
		for (;;)
			pause();
	}
	check_equal(sem_wait(&shared->there), 0);
	check_equal(pthread_mutex_trylock(&shared->mutex), EBUSY);
	kill(child, SIGKILL);
	recover();
	check_equal(waitpid(child, 0, 0), child);
	/* To and fro. */
	child = fork();
	if (!child) {
		for (int i = 0; i < 1000; i++) {
			sem_wait(&shared->there);
			shared->count++;
			sem_post(&shared->back);
		}
		_exit(0);
	}
	for (int i = 0; i < 1000; i++) {
		check_equal(sem_post(&shared->there), 0);
		check_equal(sem_wait(&shared->back), 0);
		check_equal(shared->count, i + 1);
	}
	check_equal(waitpid(child, 0, 0), child);
	check_fails(sem_timedwait(&shared->there, &(struct timespec){1, 0}), ETIMEDOUT);
	/* Named ones. */
	char name[32];
	snprintf(name, sizeof name, "/libsys-%d", getpid());
	sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
	check(named != SEM_FAILED);
	check(sem_open(name, 0) == named);
	check_equal(sem_unlink(name), 0);
	check_equal(sem_trywait(named), 0);
	check_fails(sem_trywait(named), EAGAIN);
	puts("ok");
	return 0;
}
