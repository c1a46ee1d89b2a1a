/* SPDX-License-Identifier: MIT */
/*
 * Which process holds which socket inode at which descriptor: open addressing, one
 * entry for each holder, those of one inode in the same run of the table.
 */
#ifndef SKTOP_KERNEL_HOLDINGS_H
#define SKTOP_KERNEL_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

/** In place of a process: the inode was seen in a sample, its holder is not known. */
#define HOLDING_NOBODY UINT32_MAX

struct holding {
	uint32_t inode; /* 0 = free entry */
	uint32_t process; /* the scanner's number of it, or HOLDING_NOBODY */
	uint32_t fd;	/* nobody: tick in which it was last wanted */
	uint32_t set;	/* in the first entry of an inode: its set in the owner table,
			 * 0 = to be made. nobody: round in which it was first wanted */
};

struct holdings {
	struct holding *entry;
	uint32_t slots; /* length of entry */
	uint32_t n;	/* in use: four fifths at most */
};

/** The first entry of an inode, or NULL. */
struct holding *holdings_find(const struct holdings *map, uint32_t inode);

/** The entry after this one of the same inode, or NULL. */
struct holding *holdings_next(const struct holdings *map, const struct holding *at);

/** Makes room for n entries. Pointers to entries end. Returns 0 or -ENOMEM. */
int holdings_reserve(struct holdings *map, uint32_t n);

/** What was there of an inode before a holder was added. */
enum holding_before {
	HOLDING_NEW,	/* nothing */
	HOLDING_WANTED, /* HOLDING_NOBODY, whose place it took */
	HOLDING_HELD,	/* other holders, or it itself */
};

/** Adds a holder. Pointers to entries end. Returns 0 or -ENOMEM. */
int holdings_add(struct holdings *map, uint32_t inode, uint32_t process, uint32_t fd,
		 enum holding_before *before);

/** This inode will be looked for soon. */
void holdings_prefetch(const struct holdings *map, uint32_t inode);

/** Puts an inode in that nobody is known to hold. Returns it, or NULL: no memory. */
struct holding *holdings_want(struct holdings *map, uint32_t inode);

/** Takes a holder out, if it is there. Pointers to entries end. */
void holdings_remove(struct holdings *map, uint32_t inode, uint32_t process, uint32_t fd);

/** Takes out what nobody holds and was last wanted before this tick. */
void holdings_forget(struct holdings *map, uint32_t tick);

void holdings_free(struct holdings *map);

#endif
