/* SPDX-License-Identifier: MIT */
/*
 * These functions read a /proc file again and again into one growing buffer.
 */
#ifndef SKTOP_KERNEL_FILE_H
#define SKTOP_KERNEL_FILE_H

#include <stddef.h>

struct proc_file {
	int fd;	     /* -1 = not open */
	char *text;  /* NUL-ended; NULs of the file became '?' */
	size_t size; /* bytes read, without the NUL */
	size_t capacity;
};

#define PROC_FILE_CLOSED ((struct proc_file){ .fd = -1 })

/**
 * Reads the whole file, and opens it the first time. The path must be one of the calling thread
 * (/proc/thread-self/...), because the file shows the namespace of that thread. Returns 0 or
 * -errno.
 */
int proc_file_read(struct proc_file *file, const char *path);
void proc_file_close(struct proc_file *file);

/** Reads the first n numbers of a small file, for example one in /proc/sys. Returns 0 or -errno. */
int proc_read_numbers(const char *path, unsigned long *values, int n);

#endif
