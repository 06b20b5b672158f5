/* What the programs of tests/cases share: checks, and a little output. All of it goes through slots.
   Programs on glibc include glibc's headers first. */
#ifndef CASE_H
#define CASE_H

#ifndef CASE_GLIBC
#define LIBSYS_STRUCTS
#endif
#define LIBSYS_CONSTANTS
#include <libsys.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t length(const char *text) {
	size_t n = 0;
	while (text[n])
		n++;
	return n;
}

static inline int equal(const char *a, const char *b) {
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static inline void print_to(int file, const char *text) {
	__sys_raw_write(file, text, length(text));
}

/* Prints a line to standard output. */
__attribute__((unused)) static void print(const char *text) {
	print_to(1, text);
	print_to(1, "\n");
}

/* Prints a number, in decimal, to any file. */
__attribute__((unused)) static void print_number_to(int file, long number) {
	char text[24];
	size_t at = sizeof text;
	unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
	do
		text[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		text[--at] = '-';
	__sys_raw_write(file, text + at, sizeof text - at);
}

/* Ends the process, all its threads, with status 1 after naming what did not hold. Needs no thread-local
   storage, so any thread on any stack may fail. */
__attribute__((noreturn, unused)) static void fail(const char *file, int line, const char *what, long value) {
	print_to(2, file);
	print_to(2, ":");
	print_number_to(2, line);
	print_to(2, ": ");
	print_to(2, what);
	print_to(2, ", but it is ");
	print_number_to(2, value);
	print_to(2, "\n");
	__sys_raw_exit_group(1);
	__builtin_unreachable();
}

#include "check.h"

/* The calling thread's errno. */
#define case_errno (*(int *)__sys_libsys_errno())

/* The value of an environment variable; "" when there is none. */
__attribute__((unused)) static const char *variable(char **envp, const char *name) {
	size_t n = length(name);
	for (; *envp; envp++) {
		size_t i = 0;
		while (i < n && (*envp)[i] == name[i])
			i++;
		if (i == n && (*envp)[n] == '=')
			return *envp + n + 1;
	}
	return "";
}

/* The address of the table: the data page lies behind the slots. */
#define case_table ((char *)__sys_libsys_info() - LIBSYS_DATA_OFFSET)

/* Whether a supplier filled the data page. */
__attribute__((unused)) static int is_supplied(void) {
	return ((const uint32_t *)__sys_libsys_info())[2] & 1;
}

/* Whether this way of running supplies this flavour. */
__attribute__((unused)) static int should_be_supplied(char **envp) {
	return equal(variable(envp, "CASE_FLAVOUR"), "reserved") || !equal(variable(envp, "CASE_RUN"), "plain");
}

#endif
