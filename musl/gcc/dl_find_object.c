/* _dl_find_object(3) of glibc 2.35, by which gcc's unwinder looks for the unwind tables of an address: libgcc_eh.a of a
 * system on glibc asks for it. Not a part of musl. It becomes libgcc_musl.a, which libsys-cc links behind libgcc_eh.a. */

#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>

/* As in glibc's <dlfcn.h>, for machines whose tables need no data base. */
struct dl_find_object {
	unsigned long long flags;
	void *map_start, *map_end;
	struct link_map *link_map;
	void *eh_frame;
	unsigned long long reserved[7];
};

struct search {
	ElfW(Addr) address;
	struct dl_find_object *result;
};

static int look(struct dl_phdr_info *info, size_t size, void *argument)
{
	struct search *search = argument;
	ElfW(Addr) start = -1, end = 0, tables = 0;
	int is_inside = 0;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = info->dlpi_phdr + i;
		ElfW(Addr) from = info->dlpi_addr + header->p_vaddr, to = from + header->p_memsz;
		if (header->p_type == PT_GNU_EH_FRAME) tables = from;
		if (header->p_type != PT_LOAD) continue;
		if (from < start) start = from;
		if (to > end) end = to;
		is_inside |= search->address - from < header->p_memsz;
	}
	if (!is_inside || !tables) return is_inside ? -1 : 0;
	*search->result = (struct dl_find_object){
		.map_start = (void *)start, .map_end = (void *)end, .eh_frame = (void *)tables
	};
	return 1;
}

int _dl_find_object(void *address, struct dl_find_object *result)
{
	struct search search = { (ElfW(Addr))address, result };
	return dl_iterate_phdr(look, &search) == 1 ? 0 : -1;
}
