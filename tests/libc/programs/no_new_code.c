/* A process in which no memory may become code, since it began: the C library, and an object that it loads, are supplied.
   Kernels before 6.3 cannot forbid it, and there is nothing to prove. */
//#Stdout: ok
//#Shapes: pie no-pie
//#Object: slots -lsys
#include "../libc.h"
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#define PR_GET_MDWE 66
#endif

int main(int argc, char **argv) {
	if (argc == 2) {
		int is_forbidden = !prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
		check(is_forbidden || errno == EINVAL);
		char *arguments[] = {argv[0], argv[1], is_forbidden ? "forbidden" : "allowed", NULL};
		execv(argv[0], arguments);
		return 1;
	}
	check_equal(argc, 3);
	if (!strcmp(argv[2], "forbidden")) {
		check_equal(prctl(PR_GET_MDWE, 0, 0, 0, 0), PR_MDWE_REFUSE_EXEC_GAIN);
		void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		check(page != MAP_FAILED);
		check_fails(mprotect(page, 4096, PROT_READ | PROT_EXEC), EACCES);
	}
	void *object = dlopen(argv[1], RTLD_NOW);
	check(object != NULL);
	pid_t (*parent)(void) = (pid_t (*)(void))dlsym(object, "parent_of_process");
	check_equal(parent(), getppid());
	puts("ok");
	return 0;
}
