/* SPDX-License-Identifier: MIT */
/*
 * This is the memory that fd_look.bpf.c and the program share, for questions and
 * answers. Both sides are of the same build, so it may change at will. Compiled for BPF
 * too: fixed widths only.
 */
#ifndef SKTOP_KERNEL_BPF_PROG_FD_WINDOW_H
#define SKTOP_KERNEL_BPF_PROG_FD_WINDOW_H

#define FD_WINDOW 1024 /* descriptors of one look */

struct fd_window {
	__u32 n;	/* descriptors asked for */
	__u32 answered; /* not 0: the task was met */
	__u32 end;	/* no descriptor from here on is open */
	__u32 unused;
	__u32 fd[FD_WINDOW];   /* asked for */
	__u32 what[FD_WINDOW]; /* as fd_look_at() says it */
};

#endif
