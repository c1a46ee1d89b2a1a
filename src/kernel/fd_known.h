/* SPDX-License-Identifier: MIT */
/*
 * What is noted of the descriptors of each process: FD_CLOSED, FD_OTHER or the inode
 * of a socket, which the map of holdings then finds.
 */
#ifndef SKTOP_KERNEL_FD_KNOWN_H
#define SKTOP_KERNEL_FD_KNOWN_H

#include "kernel/fd_scan.h"

static inline uint32_t fd_known(const struct fd_process *p, uint32_t fd)
{
	uint32_t page = fd / FD_PAGE;

	return page < p->n_pages && p->page[page] ? p->page[page]->fd[fd % FD_PAGE] :
						    FD_CLOSED;
}

static inline bool fd_is_socket(uint32_t what)
{
	return what != FD_CLOSED && what != FD_OTHER;
}

/** Notes what a descriptor of process i is now; scan->out_of_memory tells of failure. */
void fd_note(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t what);

/** All from fd to before end are closed. */
void fd_note_closed(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t end);

/** Frees what is noted of process i; no holding of its may be left. */
void fd_known_free(struct fd_scan *scan, uint32_t i);

#endif
