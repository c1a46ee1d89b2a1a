/* SPDX-License-Identifier: MIT */
/*
 * Puts an object file that clang made into this binary, as it is, between the symbols
 * NAME_begin and NAME_end.
 */
#ifndef SKTOP_KERNEL_BPF_EMBED_H
#define SKTOP_KERNEL_BPF_EMBED_H

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

#endif
