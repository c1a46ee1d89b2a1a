/* SPDX-License-Identifier: MIT */
/*
 * A /proc file that is read again and again into one growing buffer.
 */
#ifndef SKTOP_KERNEL_FILE_H
#define SKTOP_KERNEL_FILE_H

#include <stddef.h>

struct proc_file {
	int fd;	     /* -1 = not open */
	char *text;  /* NUL-ended; what NULs the file had are '?' */
	size_t size; /* bytes read, without the NUL */
	size_t capacity;
};

#define PROC_FILE_CLOSED ((struct proc_file){ .fd = -1 })

/**
 * Reads the whole file, opening it the first time. The path must be of the calling
 * thread (/proc/thread-self/...), since that is whose namespace counts. Returns 0
 * or -errno.
 */
int proc_file_read(struct proc_file *file, const char *path);
void proc_file_close(struct proc_file *file);

/** Reads one number of a small file such as those of /proc/sys. 0 or -errno. */
int proc_read_numbers(const char *path, unsigned long *values, int n);

#endif
