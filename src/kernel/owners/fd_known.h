/* SPDX-License-Identifier: MIT */
/*
 * Each descriptor of each process has a note: FD_CLOSED, FD_OTHER or the inode of a
 * socket. The map of holdings finds a note by its inode.
 */
#ifndef SKTOP_KERNEL_OWNERS_FD_KNOWN_H
#define SKTOP_KERNEL_OWNERS_FD_KNOWN_H

#include "kernel/owners/fd_scan.h"

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

/**
 * Returns true if a walk has to look at a descriptor. FD_FREE looks at descriptors that are noted
 * as closed, and at sockets that were in no sample: no event reports their end, so they may be
 * closed, too.
 */
static inline bool fd_is_due(const struct fd_process *p, uint32_t fd, enum fd_walk how)
{
	uint32_t known = fd_known(p, fd), at = fd % FD_PAGE;
	bool sampled = fd_is_socket(known) &&
		       (p->page[fd / FD_PAGE]->sampled[at / 64] >> (at % 64) & 1);

	switch (how) {
	case FD_FREE:
		return known == FD_CLOSED || (fd_is_socket(known) && !sampled);
	case FD_FILES:
		return known == FD_OTHER;
	case FD_HELD:
		return sampled;
	default:
		return true;
	}
}

/**
 * Returns where a walk ends: FD_FILES and FD_HELD end behind the last descriptor that has a note,
 * others at FDS_MAX.
 */
static inline uint32_t fd_end(const struct fd_process *p, enum fd_walk how)
{
	return how == FD_FILES || how == FD_HELD ? p->n_pages * FD_PAGE : FDS_MAX;
}

/** Returns true for a walk that searches. Such a walk ends when no inode is wanted any more. */
static inline bool fd_is_search(enum fd_walk how)
{
	return how == FD_FREE || how == FD_FILES;
}

/** Returns the place where a walk that stopped goes on, or NULL if it begins anew. */
static inline uint32_t *fd_cursor(struct fd_process *p, enum fd_walk how)
{
	return how == FD_WHOLE ? &p->cursor : how == FD_HELD ? &p->checked : NULL;
}

/** Notes the new state of a descriptor of process i. Sets scan->out_of_memory if it fails. */
void fd_note(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t what);

/** Notes that all descriptors from fd to before end are closed. */
void fd_note_closed(struct fd_scan *scan, uint32_t i, uint32_t fd, uint32_t end);

/** Frees all notes of process i. It must not have holdings in the map any more. */
void fd_known_free(struct fd_scan *scan, uint32_t i);

#endif
