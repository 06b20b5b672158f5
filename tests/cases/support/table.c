/* Writes its own table, as it was supplied, to the file that is named. It can reach any call. */
#include "case.h"

int main(int argc, char **argv) {
	check(argc == 2);
	int file = (int)__sys_libsys_syscall(LIBSYS_NR_open, (long)argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600, 0, 0, 0);
	check(file >= 0);
	check_equal(__sys_write(file, case_table, LIBSYS_DATA_OFFSET), LIBSYS_DATA_OFFSET);
	print("written");
	return 0;
}
