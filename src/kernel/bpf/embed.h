/* SPDX-License-Identifier: MIT */
/*
 * BPF_EMBED puts an object file that clang made into this binary, between the symbols
 * NAME_begin and NAME_end. bpf_keep_heap_small() is called before libbpf loads it.
 */
#ifndef SKTOP_KERNEL_BPF_EMBED_H
#define SKTOP_KERNEL_BPF_EMBED_H

#include <malloc.h>

/* link-time optimisation looks for symbols that are global */
#define BPF_EMBED(name, path)                                 \
	__asm__(".pushsection .rodata\n"                      \
		".balign 8\n"                                 \
		".globl " #name "_begin, " #name "_end\n"     \
		#name "_begin:\n"                             \
		".incbin \"" path "\"\n"                      \
		#name "_end:\n"                               \
		".byte 0\n"                                   \
		".popsection\n");                             \
	extern const char name##_begin[], name##_end[]

/*
 * Before libbpf reads the types of the whole kernel. glibc takes the freeing of that as a
 * sign to keep as large blocks in the heap later on, the samples' arrays among them, and
 * what these leave there when they grow stays resident. Told where it begins, it stays so.
 */
static inline void bpf_keep_heap_small(void)
{
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

#endif
