/* SPDX-License-Identifier: MIT */
/*
 * The map of holdings finds the descriptors that hold a socket inode. Notes of
 * descriptors lie in pages of one process each. The map is an open-addressing table
 * over these notes, so an entry is only the place of a note. Each holder has one entry,
 * and the entries of one inode are in the same run of the table.
 */
#ifndef SKTOP_KERNEL_OWNERS_HOLDINGS_H
#define SKTOP_KERNEL_OWNERS_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#define FD_PAGE 512U

/** The notes of FD_PAGE descriptors of a process, side by side. */
struct fd_page {
	uint32_t fd[FD_PAGE]; /* FD_CLOSED, FD_OTHER or an inode */
	uint64_t sampled[FD_PAGE / 64]; /* a bit for each inode that a sample had */
	uint32_t process;     /* the scanner's number of it */
	uint32_t first;	      /* which descriptor fd[0] is */
	uint32_t number;      /* of this page, in the map */
};

/** An inode that was seen in a sample, and whose holder is not known. */
struct unheld {
	uint32_t inode;
	uint32_t tick;	/* in which it was last wanted */
	uint32_t round; /* in which it was first wanted */
};

struct holdings {
	uint32_t *slot; /* 0 = free; see holdings.c */
	uint32_t slots; /* length of slot */
	uint32_t n;	/* in use: two thirds at most */
	struct fd_page **page; /* by number; NULL = free */
	uint32_t n_pages, free_page; /* length of page; before this number none is free */
	struct unheld *unheld;
	uint32_t n_unheld, unheld_capacity;
};

/** Makes a page, all closed. NULL: no memory. */
struct fd_page *holdings_add_page(struct holdings *map, uint32_t process, uint32_t first);

/** Frees a page; no holding of its may be left. */
void holdings_free_page(struct holdings *map, struct fd_page *page);

#define HOLDINGS_NONE UINT32_MAX /* in place of a slot */

/** The slot of an inode's first entry, or HOLDINGS_NONE. */
uint32_t holdings_find(const struct holdings *map, uint32_t inode);

/** The slot behind this one of the same inode, or HOLDINGS_NONE. */
uint32_t holdings_next(const struct holdings *map, uint32_t at);

/** True when the inode, whose first slot this is, has several holders. */
bool holdings_shared(const struct holdings *map, uint32_t first);

/** NULL when somebody holds it. */
struct unheld *holdings_unheld(const struct holdings *map, uint32_t at);

struct holder {
	uint32_t process; /* the scanner's number of it */
	uint32_t fd;
};

/** Returns the holder at a slot with an inode that somebody holds. */
struct holder holdings_at(const struct holdings *map, uint32_t at);

/** Returns whether it was marked before. */
bool holdings_marked(const struct holdings *map, uint32_t at);

/** A sample has the inode of this slot: the kernel will say when its socket is gone. */
void holdings_mark(struct holdings *map, uint32_t at);

/** Makes another holder of an inode the first one. */
void holdings_prefer(struct holdings *map, uint32_t first, uint32_t other);

/** Makes room for n entries. Slots change. Returns 0 or -ENOMEM. */
int holdings_reserve(struct holdings *map, uint32_t n);

/** The state of an inode before a holder was added. */
enum holding_before {
	HOLDING_NEW,	/* nothing */
	HOLDING_WANTED, /* struct unheld, whose slot it took */
	HOLDING_HELD,	/* other holders */
};

/** Adds fd[i] of a page, an inode, that is not in yet. Returns 0 or -ENOMEM. */
int holdings_add(struct holdings *map, const struct fd_page *page, uint32_t i,
		 enum holding_before *before);

/** This inode will be looked for soon. */
void holdings_prefetch(const struct holdings *map, uint32_t inode);

/** Puts in an inode that nobody is known to hold. Returns it, or NULL: no memory. */
struct unheld *holdings_want(struct holdings *map, uint32_t inode);

/** Takes fd[i] of a page out, before it becomes another one. Slots change. */
void holdings_remove(struct holdings *map, const struct fd_page *page, uint32_t i);

/** Takes out what nobody holds and was last wanted before this tick. */
void holdings_forget(struct holdings *map, uint32_t tick);

/** Frees everything but the pages, which have to be freed before. */
void holdings_free(struct holdings *map);

#endif
