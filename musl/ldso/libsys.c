/* Supplies libc.so, and every object that it loads: ld-libsys does, which is mapped here for that long and called (ABI.md,
 * "Run-time linkers"). Until libc.so is supplied nothing can be called that makes calls; those of this file go through a
 * compact table of its own. */

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define hidden __attribute__((__visibility__("hidden")))

/* Raw entries: they return an error as its negated number. */
hidden long __libsys_rtld_open(const char *, int, int);
hidden long __libsys_rtld_fstat(int, struct stat *);
hidden long __libsys_rtld_mmap(void *, size_t, int, int, int, long);
hidden long __libsys_rtld_munmap(void *, size_t);
hidden long __libsys_rtld_close(int);
hidden long __libsys_rtld_write(int, const void *, size_t);
hidden long __libsys_rtld_exit_group(int);

/* What lies before the entry point of ld-libsys. */
struct supplier {
	char magic[8];
	int64_t end;    /* one past what is mapped, from this field */
	int64_t serve;  /* the function, from this field */
};

struct request {
	size_t size;
	void *state;
	const size_t *stack;
	const char *linker, *supplier;
	int file, reserved;
	const ElfW(Phdr) *headers;
	size_t count;
	unsigned char *bias;
	const char *name;
	char *why;
	size_t room;
};

_Static_assert(sizeof(struct request) == 96, "as ABI.md has it");

/* What ld-libsys keeps. In one page, since each that is written to is every process's own. */
static _Alignas(2048) unsigned char state[2048];
/* The path of this run-time linker, and whether ld-libsys does not lie beside it. */
static const char *linker;
static int is_elsewhere;

#define ELSEWHERE "/usr/lib/ld-libsys"

/* Text in a buffer, cut to its size and ended by a NUL. */
struct text {
	char *at, *end;
};

static void append(struct text *t, const char *s, size_t n)
{
	if (t->at == t->end) return;
	if (n >= (size_t)(t->end - t->at)) n = t->end - t->at - 1;
	memcpy(t->at, s, n);
	t->at += n;
	*t->at = 0;
}

static const char *last(const char *path)
{
	const char *last = path;
	while (*path)
		if (*path++ == '/') last = path;
	return last;
}

static int refuse(const struct request *r, const char *reason, long error)
{
	struct text why = {r->why, r->why + r->room};
	char digits[12], *d = digits + sizeof digits;
	*--d = 0;
	for (error = -error; error > 0; error /= 10)
		*--d = '0' + error % 10;
	const char *parts[] = {last(linker), ": ", r->name, ": ", r->supplier, ": ", reason, *d ? ": errno " : d, d};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		append(&why, parts[i], strlen(parts[i]));
	return -1;
}

static size_t value(const size_t *auxv, size_t type)
{
	for (; *auxv; auxv += 2)
		if (*auxv == type) return auxv[1];
	return 0;
}

/* The path of this run-time linker: the program's interpreter, or the file that was started by hand. */
static const char *own_path(const size_t *auxv)
{
	const ElfW(Phdr) *p = (void *)value(auxv, AT_PHDR);
	uintptr_t bias = 0;
	for (size_t n = value(auxv, AT_PHNUM); n; n--, p++) {
		if (p->p_type == PT_PHDR) bias = value(auxv, AT_PHDR) - p->p_vaddr;
		if (p->p_type == PT_INTERP) return (void *)(bias + p->p_vaddr);
	}
	return (void *)value(auxv, AT_EXECFN);
}

/* Whether a libsys note describes the object. */
static int is_described(const struct request *r)
{
	const ElfW(Phdr) *p = r->headers;
	for (size_t n = r->count; n; n--, p++) {
		if (p->p_type != PT_NOTE) continue;
		const unsigned char *note = r->bias + p->p_vaddr, *end = note + p->p_filesz;
		while (end - note >= sizeof(ElfW(Nhdr)) + 8) {
			const ElfW(Nhdr) *h = (void *)note;
			if (h->n_namesz == 7 && !memcmp(h + 1, "libsys", 7)) return 1;
			size_t align = p->p_align == 8 ? 7 : 3;
			size_t size = sizeof *h + h->n_namesz + align & ~align;
			size = size + h->n_descsz + align & ~align;
			if (size > end - note) break;
			note += size;
		}
	}
	return 0;
}

/* Opens ld-libsys, beside this file or elsewhere, and puts its path into a buffer; or says why not. */
static int open_supplier(struct request *r, char *buffer, size_t size)
{
	const int flags = O_RDONLY|O_CLOEXEC|O_NONBLOCK;
	struct text path = {buffer, buffer + size};
	append(&path, linker, last(linker) - linker);
	append(&path, "ld-libsys", 9);
	r->supplier = is_elsewhere ? ELSEWHERE : buffer;
	long fd = __libsys_rtld_open(r->supplier, flags, 0);
	if (fd >= 0) return fd;
	if (!r->stack) return refuse(r, "it cannot be opened", fd);
	long other = __libsys_rtld_open(ELSEWHERE, flags, 0);
	if (other < 0) return refuse(r, "neither it nor " ELSEWHERE " can be opened", fd);
	r->supplier = ELSEWHERE;
	is_elsewhere = 1;
	return other;
}

/* Has ld-libsys attend to a request, and takes it away again: 0; or -1, and why not. */
static int attend(struct request *r)
{
	char path[512];
	struct stat st = {0};
	r->linker = linker;
	r->file = open_supplier(r, path, sizeof path);
	if (r->file < 0) return -1;
	__libsys_rtld_fstat(r->file, &st);
	long base = __libsys_rtld_mmap(0, st.st_size, PROT_READ|PROT_EXEC, MAP_PRIVATE, r->file, 0);
	int result = -1;
	if (base < 0 && base > -4096UL) {
		refuse(r, "it cannot be mapped", base);
	} else {
		const ElfW(Ehdr) *e = (void *)base;
		const ElfW(Phdr) *p = (void *)(e + 1);
		const struct supplier *s = 0;
		if (st.st_size > sizeof *e + sizeof *p && !memcmp(e->e_ident, ELFMAG, SELFMAG)) {
			size_t entry = e->e_entry - (p->p_vaddr - p->p_offset);
			if (entry > sizeof *e + sizeof *s && entry < st.st_size)
				s = (void *)(base + entry - sizeof *s);
		}
		if (!s || memcmp(s->magic, "libsysSP", 8)) {
			refuse(r, "not a supplier for run-time linkers", 0);
		} else if ((char *)&s->end + s->end > (char *)base + st.st_size) {
			refuse(r, "it is cut short", 0);
		} else {
			int (*serve)(const struct request *) = (void *)((char *)&s->serve + s->serve);
			result = serve(r);
		}
		__libsys_rtld_munmap((void *)base, st.st_size);
	}
	__libsys_rtld_close(r->file);
	return result;
}

/* Maps code over an object's .libsys section: 0; or -1, and why not. `stack` is where the process began, for libc.so
 * itself, which comes first; where that cannot be supplied the process ends. */
hidden int __libsys_supply(const size_t *stack, const ElfW(Phdr) *headers, size_t count, unsigned char *bias,
                           const char *name, char *why, size_t room)
{
	struct request r = {
		.size = sizeof r, .state = state, .stack = stack,
		.headers = headers, .count = count, .bias = bias, .name = name, .why = why, .room = room,
	};
	if (!stack) return is_described(&r) ? attend(&r) : 0;

	const size_t *auxv = stack + 1 + stack[0] + 1;
	char line[512];
	while (*auxv++);
	linker = own_path(auxv);
	/* It is the program that is refused. */
	r.name = (void *)value(auxv, AT_EXECFN);
	r.why = line;
	r.room = sizeof line - 1;
	if (!attend(&r)) return 0;
	size_t n = strlen(line);
	line[n++] = '\n';
	__libsys_rtld_write(2, line, n);
	__libsys_rtld_exit_group(127);
	return -1;
}
