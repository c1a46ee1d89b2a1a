/* SPDX-License-Identifier: MIT */
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "libraries.h"

static int give_back(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	/* not the program itself, where a debugger has its breakpoints */
	if (!strchr(info->dlpi_name, '/'))
		return 0;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t begin = (info->dlpi_addr + part->p_vaddr) & ~(page - 1);
		uintptr_t end = info->dlpi_addr + part->p_vaddr + part->p_memsz;

		/* what may be written has been, when addresses were filled in */
		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
			madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 0;
}

void libraries_give_back(void)
{
	dl_iterate_phdr(give_back, NULL);
}
