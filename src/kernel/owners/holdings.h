/* SPDX-License-Identifier: MIT */
/*
 * The map of holdings finds the descriptors that hold a socket inode. Notes of descriptors lie in
 * pages, and each page belongs to one process. The map is an open-addressing table over these
 * notes, so an entry is only the place of a note. Each holder has one entry, and the entries of
 * one inode are in the same run of the table.
 */
#ifndef SKTOP_KERNEL_OWNERS_HOLDINGS_H
#define SKTOP_KERNEL_OWNERS_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#define FD_PAGE 512U

/** These are the notes of FD_PAGE descriptors of a process, side by side. */
struct fd_page {
	uint32_t fd[FD_PAGE]; /* FD_CLOSED, FD_OTHER or an inode */
	uint64_t sampled[FD_PAGE / 64]; /* a bit for each note: a sample had its inode */
	uint32_t process;     /* the scanner's index of the process */
	uint32_t first;	      /* number of the descriptor fd[0] */
	uint32_t number;      /* number of this page in the map */
};

/** This is an inode that was seen in a sample, but has no known holder. */
struct unheld {
	uint32_t inode;
	uint32_t tick;	/* last tick that wanted it */
	uint32_t round; /* round in which it was first wanted */
};

struct holdings {
	uint32_t *slot; /* 0 = free; see holdings.c */
	uint32_t slots; /* length of slot */
	uint32_t n;	/* slots in use: at most two thirds */
	struct fd_page **page; /* pages by number; NULL = free */
	uint32_t n_pages, free_page; /* length of page; no page before free_page is free */
	struct unheld *unheld;
	uint32_t n_unheld, unheld_capacity;
};

/** Makes a page with all descriptors closed. Returns NULL if there is no memory. */
struct fd_page *holdings_add_page(struct holdings *map, uint32_t process, uint32_t first);

/** Frees a page. No descriptor of it may be in the map any more. */
void holdings_free_page(struct holdings *map, struct fd_page *page);

#define HOLDINGS_NONE UINT32_MAX /* stands for "no slot" */

/** Returns the slot of an inode's first entry, or HOLDINGS_NONE. */
uint32_t holdings_find(const struct holdings *map, uint32_t inode);

/** Returns the slot of the next entry with the same inode, or HOLDINGS_NONE. */
uint32_t holdings_next(const struct holdings *map, uint32_t at);

/** Returns true if an inode has several holders. `first` is its first slot. */
bool holdings_shared(const struct holdings *map, uint32_t first);

/** Returns the entry of an inode that has no holder, or NULL if it has one. */
struct unheld *holdings_unheld(const struct holdings *map, uint32_t at);

struct holder {
	uint32_t process; /* the scanner's index of the process */
	uint32_t fd;
};

/** Returns the holder at a slot with an inode that somebody holds. */
struct holder holdings_at(const struct holdings *map, uint32_t at);

/** Returns true if the entry was marked before. */
bool holdings_marked(const struct holdings *map, uint32_t at);

/**
 * Marks an entry, because a sample has its inode: the kernel will report when the socket is gone.
 */
void holdings_mark(struct holdings *map, uint32_t at);

/** Makes another holder of an inode the first one. */
void holdings_prefer(struct holdings *map, uint32_t first, uint32_t other);

/** Makes room for n entries, which changes slots. Returns 0 or -ENOMEM. */
int holdings_reserve(struct holdings *map, uint32_t n);

/** This is the state of an inode before a holder was added. */
enum holding_before {
	HOLDING_NEW,	/* it was not in the map */
	HOLDING_WANTED, /* it had a struct unheld, and the holder took its slot */
	HOLDING_HELD,	/* it had other holders */
};

/** Adds the inode fd[i] of a page, which must not be in the map yet. Returns 0 or -ENOMEM. */
int holdings_add(struct holdings *map, const struct fd_page *page, uint32_t i,
		 enum holding_before *before);

/** Fetches the slot of an inode early, because the caller will look for it soon. */
void holdings_prefetch(const struct holdings *map, uint32_t inode);

/** Puts in an inode that has no known holder. Returns it, or NULL if there is no memory. */
struct unheld *holdings_want(struct holdings *map, uint32_t inode);

/** Takes out fd[i] of a page, before its note changes. This changes slots. */
void holdings_remove(struct holdings *map, const struct fd_page *page, uint32_t i);

/** Takes out inodes that have no holder and were last wanted before this tick. */
void holdings_forget(struct holdings *map, uint32_t tick);

/** Frees everything but the pages. The caller must have freed them before. */
void holdings_free(struct holdings *map);

#endif
