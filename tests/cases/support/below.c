/* below FILTER PROGRAM ARGUMENT...: runs a program below a seccomp filter, which the file FILTER holds as an array of
   struct sock_filter. */
#include "filters.h"

int main(int argc, char **argv, char **envp) {
	check(argc > 2);
	int file = __sys_open(argv[1], O_RDONLY | O_CLOEXEC, 0);
	check(file >= 0);
	static struct sock_filter filter[4096];
	long size = __sys_read(file, filter, sizeof filter);
	check(size > 0 && size % (long)sizeof *filter == 0);
	install(filter, (unsigned short)(size / (long)sizeof *filter));
	__sys_execve(argv[2], argv + 2, envp);
	print_to(2, "execve failed with errno ");
	print_number_to(2, case_errno);
	print_to(2, "\n");
	return 126;
}
