/* SPDX-License-Identifier: MIT */
/*
 * BPF_EMBED puts an object file that clang made into this binary, between the symbols
 * NAME_begin and NAME_end. bpf_keep_heap_small() is called before libbpf loads it.
 */
#ifndef SKTOP_KERNEL_BPF_EMBED_H
#define SKTOP_KERNEL_BPF_EMBED_H

#include <malloc.h>

/* Link-time optimisation only finds symbols that are global. */
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
 * This must be called before libbpf reads the types of the whole kernel. When libbpf frees that
 * large block, glibc would raise its threshold and keep blocks up to this size in the heap, among
 * them the arrays of samples. An array that grows leaves its old block in the heap, and the block
 * stays resident. A threshold that was set by hand stays as it is.
 */
static inline void bpf_keep_heap_small(void)
{
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

#endif
