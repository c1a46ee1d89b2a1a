/* SPDX-License-Identifier: MIT */
/*
 * This is the memory that fd_look.bpf.c shares with us: we write questions, and the program
 * writes answers. Both sides are of the same build, so the layout may change at any time. It is
 * compiled for BPF, too, so it has only types of fixed width.
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
	__u32 what[FD_WINDOW]; /* the values are those of fd_look_at() */
};

#endif
