/* Real work between the calls: walks a folder, reads every file in it and sums its words, as a build tool
   or an indexer does. Its calls come from many places and several functions deep. The result is printed so
   that nothing can be left out.

   Three ways to build it: on libsys; with GLIBC, on glibc; with INLINE, with the instruction in the program
   and nothing else. */
#if defined(GLIBC)
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#define __sys_read read
#define __sys_write write
#define __sys_close close
#define __sys_openat openat
#define __sys_getdents64 getdents64
#elif defined(INLINE)
static inline long call(long nr, long a, long b, long c, long d) {
	long result;
	register long r10 __asm__("r10") = d;
	__asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
	return result;
}
#define __sys_read(fd, buffer, size) call(0, fd, (long)(buffer), (long)(size), 0)
#define __sys_write(fd, buffer, size) call(1, fd, (long)(buffer), (long)(size), 0)
#define __sys_close(fd) call(3, fd, 0, 0, 0)
#define __sys_openat(folder, name, flags, mode) call(257, folder, (long)(name), flags, mode)
#define __sys_getdents64(fd, entries, size) call(217, fd, (long)(entries), (long)(size), 0)
#else
#include <libsys.h>
#endif

enum { O_RDONLY_ = 0, O_DIRECTORY_ = 0200000, O_CLOEXEC_ = 02000000, O_NOFOLLOW_ = 0400000, AT_FDCWD_ = -100 };
enum { DT_DIR_ = 4, DT_REG_ = 8, BLOCK = 4096, DEPTH = 32 };

struct totals {
	unsigned long files, bytes, words, hash;
};

static void count_block(struct totals *totals, const unsigned char *block, long size, int *in_word) {
	unsigned long hash = totals->hash;
	for (long i = 0; i < size; i++) {
		int is_space = block[i] <= ' ';
		totals->words += *in_word && is_space;
		*in_word = !is_space;
		hash = (hash ^ block[i]) * 0x100000001b3ul;
	}
	totals->hash = hash;
	totals->bytes += (unsigned long)size;
}

static long read_block(int file, unsigned char *block) {
	return __sys_read(file, block, BLOCK);
}

static void count_file(struct totals *totals, int folder, const char *name) {
	unsigned char block[BLOCK];
	int file = (int)__sys_openat(folder, name, O_RDONLY_ | O_CLOEXEC_ | O_NOFOLLOW_, 0);
	if (file < 0)
		return;
	int in_word = 0;
	for (long size; (size = read_block(file, block)) > 0;)
		count_block(totals, block, size, &in_word);
	__sys_close(file);
	totals->files++;
}

static void count_folder(struct totals *totals, int parent, const char *name, int depth) {
	unsigned char entries[BLOCK];
	int folder = (int)__sys_openat(parent, name, O_RDONLY_ | O_DIRECTORY_ | O_CLOEXEC_ | O_NOFOLLOW_, 0);
	if (folder < 0)
		return;
	for (long size; (size = __sys_getdents64(folder, (void *)entries, sizeof entries)) > 0;)
		for (long at = 0; at < size;) {
			/* struct linux_dirent64: u64 ino, i64 off, u16 reclen, u8 type, name */
			unsigned length = entries[at + 16] | (unsigned)entries[at + 17] << 8;
			unsigned char type = entries[at + 18];
			const char *entry = (const char *)entries + at + 19;
			at += length;
			if (entry[0] == '.' && (!entry[1] || (entry[1] == '.' && !entry[2])))
				continue;
			if (type == DT_REG_)
				count_file(totals, folder, entry);
			else if (type == DT_DIR_ && depth < DEPTH)
				count_folder(totals, folder, entry, depth + 1);
		}
	__sys_close(folder);
}

static void print(unsigned long number) {
	char text[24];
	int at = sizeof text;
	text[--at] = '\n';
	do
		text[--at] = (char)('0' + number % 10);
	while (number /= 10);
	__sys_write(1, text + at, sizeof text - (unsigned long)at);
}

int main(int argc, char **argv) {
	struct totals totals = {0, 0, 0, 0xcbf29ce484222325ul};
	for (int i = 1; i < argc; i++)
		count_folder(&totals, AT_FDCWD_, argv[i], 0);
	print(totals.files);
	print(totals.bytes);
	print(totals.words);
	print(totals.hash);
	return 0;
}

#ifdef INLINE
__attribute__((used)) static void begin(long *stack) {
	call(231, main((int)stack[0], (char **)&stack[1]), 0, 0, 0);
	__builtin_unreachable();
}

__asm__(".globl _start; _start: xor %ebp, %ebp; mov %rsp, %rdi; call begin");
#endif
